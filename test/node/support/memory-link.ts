import type { DiscoveryKind, DiscoveryLink, DiscoveryReceiver } from "../../../src/node/discovery-link.js";

/** A network in memory: what one sends, all hear, the sender included, as multicast does. */
export class MemoryNetwork {
  readonly sent: { readonly kind: DiscoveryKind; readonly bytes: Uint8Array }[] = [];
  readonly #receivers = new Set<DiscoveryReceiver>();

  link(): DiscoveryLink {
    let own: DiscoveryReceiver | undefined;
    return {
      send: (kind, bytes) => this.send(kind, bytes),
      receive: (receiver) => void this.#receivers.add((own = receiver)),
      close: async () => void (own && this.#receivers.delete(own)),
    };
  }

  /** From anybody. */
  send(kind: DiscoveryKind, bytes: Uint8Array): void {
    this.sent.push({ kind, bytes });
    for (const receiver of this.#receivers) receiver(kind, bytes);
  }

  countOf(kind: DiscoveryKind): number {
    return this.sent.filter((one) => one.kind === kind).length;
  }
}
