import { createHmac, createSecretKey } from "node:crypto";
import type { PlatformHmac } from "../auth/mac.js";

/** HMAC-SHA-256 of `node:crypto`. */
export const nodeHmac: PlatformHmac = (key) => {
  const secret = createSecretKey(key);
  return (message) => createHmac("sha256", secret).update(message).digest();
};
