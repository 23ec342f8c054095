import type { MulticastDNS, Options } from "multicast-dns";
import { ConfigError, ConnectionError } from "../errors/hearthwire-error.js";
import { multicastInterfaces } from "./multicast-interfaces.js";

/** What questions and answers of discovery go over: to everybody on the link, or lost. */
export interface DiscoveryLink {
  /** To all on the link; what can't be sent is lost, as on any such link. */
  send(kind: DiscoveryKind, bytes: Uint8Array): void;
  /** The one receiver of what others, and this side itself, sent. */
  receive(receiver: DiscoveryReceiver): void;
  close(): Promise<void>;
}

/** Which of the two a packet holds. */
export type DiscoveryKind = "question" | "answer";

/** Takes what came, from whomever: nothing of it is proved. */
export type DiscoveryReceiver = (kind: DiscoveryKind, bytes: Uint8Array) => void;

/** DNS-SD's name of the service (RFC 6763 section 7). */
export const SERVICE = "_hearthwire._tcp.local";
const MDNS_PORT = 5353;
/** Longest string in a TXT record (RFC 1035 section 3.3). */
const MAX_STRING_BYTES = 255;

/** Where a link is opened. */
export interface DiscoveryLinkOptions {
  /** The machine's own IPv4 addresses whose networks it reaches. @default all but loopback, 8 at most */
  readonly interfaces?: readonly string[] | undefined;
  /** UDP port, for tests. @default 5353 */
  readonly port?: number | undefined;
}

/**
 * Opens multicast DNS (RFC 6762) on every network of this machine, by the library `multicast-dns`. One TXT record holds a
 * question as an additional of the query, or an answer. Everything goes to the group 224.0.0.251, which no router passes
 * on, so that nobody's address can be given as the one to answer to.
 *
 * @throws ConfigError `HW_OPTION_INVALID` when `multicast-dns` is not installed
 * @throws ConnectionError `HW_CONNECT_FAILED` when no network takes multicast, or its port is closed to this program
 */
export async function openDiscoveryLink(options: DiscoveryLinkOptions = {}): Promise<DiscoveryLink> {
  const makeMdns = await library();
  const { interfaces = multicastInterfaces(), port = MDNS_PORT } = options;
  if (interfaces.length === 0) {
    throw new ConnectionError(
      "HW_CONNECT_FAILED",
      'could not look for name servers: this machine has no IPv4 network but loopback; give the server\'s address by "names"',
    );
  }
  const opened: MulticastDNS[] = [];
  try {
    // One after another, so that those before one that fails can be closed.
    for (const address of interfaces) {
      // Bound to the address itself, a socket would get no multicast on Linux.
      const mdns = makeMdns({ interface: address, bind: "0.0.0.0", port });
      opened.push(mdns);
      await ready(mdns);
    }
  } catch (cause) {
    await closeAll(opened);
    throw new ConnectionError(
      "HW_CONNECT_FAILED",
      `could not open UDP port ${port} for multicast DNS: ${(cause as Error).message}; another program may hold it for itself alone`,
      { cause },
    );
  }
  return new MulticastLink(opened);
}

class MulticastLink implements DiscoveryLink {
  readonly #opened: readonly MulticastDNS[];

  constructor(opened: readonly MulticastDNS[]) {
    this.#opened = opened;
  }

  send(kind: DiscoveryKind, bytes: Uint8Array): void {
    const record = { name: SERVICE, type: "TXT", ttl: 0, data: stringsOf(bytes) } as const;
    for (const mdns of this.#opened) {
      if (kind === "answer") mdns.respond([record]);
      else mdns.query({ questions: [{ name: SERVICE, type: "TXT" }], additionals: [record] });
    }
  }

  receive(receiver: DiscoveryReceiver): void {
    for (const mdns of this.#opened) {
      mdns.on("query", (packet) => pass("question", packet.additionals, receiver));
      mdns.on("response", (packet) => pass("answer", packet.answers, receiver));
    }
  }

  close(): Promise<void> {
    return closeAll(this.#opened);
  }
}

/** Others' services are on the link as well; of ours a packet holds one record. */
function pass(kind: DiscoveryKind, records: readonly unknown[] | undefined, receiver: DiscoveryReceiver): void {
  const record = records?.[0] as
    | { readonly name?: unknown; readonly type?: unknown; readonly data?: unknown }
    | undefined;
  if (record?.type !== "TXT" || record.name !== SERVICE || !Array.isArray(record.data)) return;
  const strings = record.data.filter((one): one is Uint8Array => one instanceof Uint8Array);
  receiver(kind, Uint8Array.from(Buffer.concat(strings)));
}

function stringsOf(bytes: Uint8Array): Buffer[] {
  const strings: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += MAX_STRING_BYTES) {
    strings.push(Buffer.from(bytes.subarray(at, at + MAX_STRING_BYTES)));
  }
  return strings;
}

/** Loaded on use: who doesn't look for servers need not have it. */
async function library(): Promise<(options: Options) => MulticastDNS> {
  try {
    return (await import("multicast-dns")).default;
  } catch (cause) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      '"discovery" needs the package "multicast-dns", which is not installed: npm install multicast-dns',
      { cause },
    );
  }
}

/** A network that goes away later makes sending fail: the packet is lost, and no event may end the process. */
function ready(mdns: MulticastDNS): Promise<void> {
  return new Promise((resolve, reject) => {
    mdns.once("ready", resolve);
    mdns.on("error", reject);
  });
}

async function closeAll(opened: readonly MulticastDNS[]): Promise<void> {
  await Promise.all(opened.map((mdns) => new Promise<void>((resolve) => mdns.destroy(() => resolve()))));
}
