/** The version of this package, as its package.json has it; written here because pages can't read that file. */
export const VERSION = "0.1.0";
