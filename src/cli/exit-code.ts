/** What the command's exit status says. */
export const ExitCode = {
  /** It did what it was asked for. */
  DONE: 0,
  /** The call or the check failed. */
  FAILED: 1,
  /** It was used wrongly: an option, an argument, a setting. */
  USAGE: 2,
  /** There was nobody to talk to, or he refused. */
  NO_CONNECTION: 3,
  /** Ctrl-C, or a signal to end, came first. */
  INTERRUPTED: 130,
} as const;

/** One of the values of `ExitCode`. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
