/** How what passes through a port beside frames looks: the key of the line, and who asks for it (protocol.md section 9). */
export type PortMessage =
  /** Whoever begins to serve says so, in case an earlier "connect" was lost. */
  | { readonly hearthwire: "serving" }
  /** Whoever wants to connect asks for the key. */
  | { readonly hearthwire: "connect" }
  /** The answer: the key of one line, 32 bytes. */
  | { readonly hearthwire: "key"; readonly id: string; readonly bytes: Uint8Array };

/** The id of the key that each line over a port has, and the subject of whoever connects. */
export const PORT_KEY_ID = "port";

/** Nothing is dialled: both ends sign its origin as the audience, and it is the `peer` of errors. */
export const PORT_URL = "ws://port/";

/** Where a connection leads, for the sentences of errors. */
export function towards(url: string): string {
  return url === PORT_URL ? "over the port" : `to ${url}`;
}

/** Who is at the other end, for the sentences of errors. */
export function peerAt(url: string): string {
  return url === PORT_URL ? "the other end of the port" : url;
}

/** What a message is to the two ends of a port; undefined for whatever else passes through it. */
export function readPortMessage(message: unknown): PortMessage | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { hearthwire, id, bytes } = message as { hearthwire?: unknown; id?: unknown; bytes?: unknown };
  if (hearthwire === "serving" || hearthwire === "connect") return { hearthwire };
  if (hearthwire !== "key" || id !== PORT_KEY_ID || !(bytes instanceof Uint8Array)) return undefined;
  return { hearthwire, id, bytes };
}
