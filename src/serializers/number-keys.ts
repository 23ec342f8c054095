/** What the square of the number of number keys is divided by. */
export const KEYS_PER_NODE = 512;

/**
 * The nodes that a map or set counts for its number and bigint keys, beside the keys themselves: their square divided by
 * 512, rounded down. Engines hash numbers without a seed, so a peer can choose n of them that collide and cost n * n
 * steps: 60 000 in one set took 4 s. Strings have seeded hashes, and objects random ones.
 */
export function nodesOfNumberKeys(keys: Iterable<unknown>): number {
  let count = 0;
  for (const key of keys) if (typeof key === "number" || typeof key === "bigint") count++;
  return Math.floor((count * count) / KEYS_PER_NODE);
}
