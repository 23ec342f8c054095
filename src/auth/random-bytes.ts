/** Where nonces, session ids and ticket ids come from. */
export type RandomBytes = (count: number) => Uint8Array;

/** The host's cryptographic randomness. */
export const randomBytes: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));
