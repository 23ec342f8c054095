import { networkInterfaces } from "node:os";

/** More are virtual ones of containers, most likely, and each is a socket. */
const MOST = 8;

/** This machine's IPv4 addresses, one of each network but loopback. */
export function multicastInterfaces(): readonly string[] {
  return Object.values(networkInterfaces())
    .map((addresses) => addresses?.find(({ family, internal }) => family === "IPv4" && !internal)?.address)
    .filter((address) => address !== undefined)
    .slice(0, MOST);
}
