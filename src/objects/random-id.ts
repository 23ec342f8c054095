import { randomBytes } from "../auth/random-bytes.js";

/** 128 random bits in hex: nobody guesses one. */
export function randomId(): string {
  return Array.from(randomBytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
