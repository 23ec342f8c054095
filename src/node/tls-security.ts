import type { TLSSocket } from "node:tls";
import type { TransportSecurity } from "../transport/transport.js";
import { readCertificate } from "./read-certificate.js";

/** RFC 9266 section 4.2. */
const CHANNEL_BINDING_LABEL = "EXPORTER-Channel-Binding";
/** From which the keys of method 3 come (protocol.md section 4). */
const KEYING_MATERIAL_LABEL = "EXPORTER-hearthwire-1";
const EXPORTED_BYTES = 32;

/**
 * Reads what a TLS connection says of itself; its handshake must be done. Below TLS 1.3 nothing is exported: there it
 * takes an extension that Node can't see to bind the value to this one connection (RFC 9266 section 3).
 *
 * @throws when a certificate that TLS verified can't be read
 */
export function tlsSecurity(socket: TLSSocket): TransportSecurity {
  const isTls13 = socket.getProtocol() === "TLSv1.3";
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return {
    ...(isTls13
      ? {
          channelBinding: exported(socket, CHANNEL_BINDING_LABEL),
          keyingMaterial: exported(socket, KEYING_MATERIAL_LABEL),
        }
      : {}),
    ...(certificate === undefined ? {} : { peerCertificate: readCertificate(certificate) }),
  };
}

function exported(socket: TLSSocket, label: string): Uint8Array {
  return new Uint8Array(socket.exportKeyingMaterial(EXPORTED_BYTES, label, Buffer.alloc(0)));
}
