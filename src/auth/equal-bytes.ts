/**
 * Whether two byte strings are equal, in a time that depends on their lengths only: every byte is looked at, so a forger
 * can't learn a tag byte by byte. `@noble/hashes` exports no such comparison.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= a[index]! ^ b[index]!;
  return difference === 0;
}
