import { usePlatformHmac } from "../auth/mac.js";
import { installAsyncContext } from "./async-context-store.js";
import { config } from "./config.js";
import { nodeHmac } from "./platform-hmac.js";

/** What Node does better than any runtime; done when a program serves or connects, not at import. */
export function installHost(): void {
  installAsyncContext();
  usePlatformHmac(config.get("platformHmac") ? nodeHmac : undefined);
}
