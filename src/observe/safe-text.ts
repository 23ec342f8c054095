/** Whatever a peer can choose is cut here, unless it is known to be shorter. */
const MAX_LENGTH = 200;

/** Line breaks, escape sequences, direction marks and signs of no width, with which a peer could forge or hide text of a log. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

/** Text fit for any log or terminal: control characters as `\u....`. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** A peer's own words: escaped, and at most so many characters of them. @default 200 */
export function safeText(text: string, maxLength = MAX_LENGTH): string {
  return escaped(text.slice(0, maxLength)).slice(0, maxLength);
}
