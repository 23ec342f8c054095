import { isIP } from "node:net";

/** Where a daemon listens unless told otherwise: the literal, since a name resolves to whatever the host's files say. */
export const LOOPBACK_ADDRESS = "127.0.0.1";

/** Whether an IP literal is this machine's own: 127.0.0.0/8, `::1`, or the former written as IPv6. */
export function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(plain) === 4 ? plain.startsWith("127.") : address === "::1";
}

/** Whether an IP literal stands for every interface of the machine. */
export function isWildcardAddress(address: string): boolean {
  return address === "0.0.0.0" || address === "::" || address === "::ffff:0.0.0.0";
}
