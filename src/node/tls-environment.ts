import { ConfigError } from "../errors/hearthwire-error.js";

/**
 * Refuses an environment that switches the checks of certificates off for the whole process: whoever reads `wss:` and
 * sees TLS at work would be talking to anyone.
 *
 * @param environment @default process.env
 * @throws ConfigError `HW_OPTION_INVALID` while `NODE_TLS_REJECT_UNAUTHORIZED` is `0`, the one value that Node heeds
 */
export function requireCertificateChecks(environment: NodeJS.ProcessEnv = process.env): void {
  if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return;
  throw new ConfigError(
    "HW_OPTION_INVALID",
    `"NODE_TLS_REJECT_UNAUTHORIZED" must not be 0 in the environment, got 0: TLS would accept every certificate; unset it, ` +
      `and name an authority of your own by "tls.ca"`,
  );
}
