/**
 * The number an option of the command line gives.
 *
 * @param {string} name
 * @param {string} text as given
 * @param {number} least
 * @param {number} most
 * @throws {Error} that names the option, what it got and what it takes
 */
export function integerOption(name, text, least, most) {
  const number = Number(text);
  if (text.trim() !== "" && Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`"--${name}" must be an integer ${least}..${most}, got ${text}`);
}
