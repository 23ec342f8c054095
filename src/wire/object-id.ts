import { MAX_OBJECT_ID_LENGTH } from "./constants.js";

/** Longest name of a member, in UTF-16 units. */
export const MAX_MEMBER_LENGTH = 256;

const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f/]/;

/** Whether a text can be an object id: 1..256 UTF-16 units, no control characters, no `/` (protocol.md section 1). */
export function isObjectId(text: string): boolean {
  return text.length > 0 && text.length <= MAX_OBJECT_ID_LENGTH && !FORBIDDEN.test(text);
}

/** What {@link isObjectId} asks for, to end a sentence. */
export const OBJECT_ID_RULE = `1..${MAX_OBJECT_ID_LENGTH} characters without "/" and control characters`;
