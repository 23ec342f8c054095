/** Size of every key of this protocol, long-term or derived. */
export const KEY_BYTES = 32;
