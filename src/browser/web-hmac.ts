import type { LateHmac } from "../auth/mac.js";

/**
 * HMAC-SHA-256 of WebCrypto, which works beside the page's thread. Gives undefined where there is none (a page that is
 * neither `https:` nor of this machine) and when it fails: `@noble/hashes` makes the tag then.
 */
export const webHmac: LateHmac = (key) => {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = subtle?.importKey("raw", new Uint8Array(key), algorithm, false, ["sign"]);
  // Told where it is used.
  imported?.catch(() => undefined);
  return async (message) => {
    try {
      if (subtle === undefined || imported === undefined) return undefined;
      return new Uint8Array(await subtle.sign("HMAC", await imported, message as Uint8Array<ArrayBuffer>));
    } catch {
      return undefined;
    }
  };
};
