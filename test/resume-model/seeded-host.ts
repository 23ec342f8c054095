import { Random } from "../fuzz/random.js";

const FOUR_GIB = 2 ** 32;

/**
 * Makes keys, nonces, ids and jitter follow from a seed, until it is disposed: the same seed is the same run. Jitter has
 * numbers of its own, since some keys are made once in a process.
 */
export function seededHost(seed: number): Disposable {
  const random = new Random("bytes", seed);
  const jitter = new Random("jitter", seed);
  const realRandom = Math.random;
  Math.random = () => jitter.below(FOUR_GIB) / FOUR_GIB;
  Object.defineProperty(crypto, "getRandomValues", {
    configurable: true,
    value: (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; at++) bytes[at] = random.below(256);
      return bytes;
    },
  });
  return {
    [Symbol.dispose]: () => {
      Math.random = realRandom;
      // What stands behind it is the host's own.
      Reflect.deleteProperty(crypto, "getRandomValues");
    },
  };
}
