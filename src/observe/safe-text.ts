/** Whatever a peer can choose is cut here, unless it is known to be shorter. */
const MAX_LENGTH = 200;

/** Line breaks, escape sequences, direction marks and signs of no width, with which a peer could forge or hide text of a log. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Text fit for any log or terminal: control characters as `\u....`. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A peer's own words: escaped, and at most so many characters of them. @default 200 */
export function safeText(text: string, maxLength = MAX_LENGTH): string {
  return escaped(text.slice(0, maxLength)).slice(0, maxLength);
}
