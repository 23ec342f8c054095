import { ConfigError, InsecureBindError } from "../errors/hearthwire-error.js";
import { isLoopbackAddress, isWildcardAddress } from "./loopback.js";

/** What a program said, on which depends where its daemon may listen. */
export interface BindTerms {
  /** TLS stands on the server. */
  readonly isSecure: boolean;
  readonly allowPlaintext: boolean;
  /** The program itself named who may come: keys, or whom client certificates prove. */
  readonly hasKeys: boolean;
  readonly hasPublicUrl: boolean;
}

/**
 * Refuses an address that others can reach, unless the program has said all that it takes: frames are signed either way,
 * but without TLS everyone on the way can read them; this user's key file is for this user's own machine; and on a
 * wildcard nothing but a `publicUrl` says what `Host` and audience peers come with.
 *
 * @param address an IP literal, as resolved or as read back
 * @throws InsecureBindError, ConfigError
 */
export function requireSafeBind(address: string, terms: BindTerms): void {
  if (isLoopbackAddress(address)) return;
  if (!terms.isSecure && !terms.allowPlaintext)
    throw new InsecureBindError(
      `"host" must be a loopback address such as "127.0.0.1" as long as there is no TLS, got "${address}": others could read every ` +
        `call; give "tls", listen on 127.0.0.1 with a TLS proxy in front and name that by "publicUrl", or say "allowPlaintext: true" in code`,
    );
  if (!terms.hasKeys)
    throw new ConfigError(
      "HW_CREDENTIALS_MISSING",
      `"keys" must be given for a daemon beyond loopback, here on "${address}", or "tls.certificateSubject": this user's key file is for this machine only`,
    );
  if (isWildcardAddress(address) && !terms.hasPublicUrl)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"publicUrl" must say what peers dial when the daemon listens on every address ("${address}"), or nobody's Host header is accepted`,
    );
}
