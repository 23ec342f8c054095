import { ClientHandshake, type ClientHandshakeOptions } from "../auth/client-handshake.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { TransportSecurity } from "../transport/transport.js";
import { audienceOf } from "../wire/address.js";
import { after } from "../wire/after.js";
import { AuthMethod } from "../wire/constants.js";
import type { LineSecurity } from "./line-security.js";

/** What a handshake over one line is made of. */
export interface SecureHandshakeOptions extends Omit<
  ClientHandshakeOptions,
  "audience" | "channelBinding" | "keyingMaterial"
> {
  readonly url: string;
  readonly security: LineSecurity | undefined;
}

/**
 * The client's half of a handshake over a line that is open, once the host has nothing against what it sees of the line;
 * bound to its TLS where the key or the host's options demand it. By default it is not: behind a proxy that ends TLS the
 * daemon sees none.
 *
 * @throws ConfigError `HW_OPTION_INVALID` when it is to be bound and no TLS 1.3 is seen; what the host throws
 */
export function secureHandshake(
  options: SecureHandshakeOptions,
  seen: TransportSecurity | undefined,
): ClientHandshake | Promise<ClientHandshake> {
  const { url, security, credential, serializers, maxFrameBytes, resume, random } = options;
  return after(security?.verify(url, seen), () => {
    const key =
      credential.method === AuthMethod.KEY && credential.key.requireChannelBinding ? credential.key : undefined;
    const isBound = security?.requireChannelBinding === true || key !== undefined;
    if (isBound && seen?.channelBinding === undefined) {
      const whose = key === undefined ? "" : ` of the key "${key.id}"`;
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"requireChannelBinding"${whose} must be met by TLS 1.3 that this program sees, and ${url} shows none: browsers can't ` +
          `look, in Node take connect of "hearthwire/node" and a wss: address, or use another key`,
      );
    }
    return new ClientHandshake({
      credential,
      serializers,
      maxFrameBytes,
      resume,
      random,
      audience: audienceOf(url),
      channelBinding: isBound ? seen?.channelBinding : undefined,
      keyingMaterial: seen?.keyingMaterial,
    });
  });
}
