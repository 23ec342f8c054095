import { ConfigError } from "../errors/hearthwire-error.js";
import { isLoopbackHost } from "../wire/loopback-host.js";

/**
 * Refuses a daemon beyond this machine without TLS: frames are signed, and everybody on the way could read them.
 * @param url as it would be dialled
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function requirePrivateLine(
  url: string,
  { allowPlaintext }: { readonly allowPlaintext?: boolean | undefined },
): void {
  const { protocol, hostname, host } = new URL(url);
  if (protocol !== "ws:" || allowPlaintext === true || isLoopbackHost(hostname)) return;
  throw new ConfigError(
    "HW_OPTION_INVALID",
    `"allowPlaintext" must be true to connect to ws://${host}, beyond this machine: everybody on the way could read calls ` +
      `and results. Use wss://${host} (in a page: open it by https:), a tunnel, or say allowPlaintext: true`,
  );
}
