import { expect, it } from "vitest";
import type { Remote } from "../../src/client/remote.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

type Take = (routing: { readonly topic: string }, blob: Uint8Array) => void;

/** Hands on what it is given: the routing is read, the blob is bytes to it. */
class Switchboard {
  readonly #takers = new Map<string, Remote<Take>>();

  subscribe(topic: string, take: Remote<Take>): void {
    this.#takers.set(topic, take);
  }

  async publish(routing: { readonly topic: string }, blob: Uint8Array): Promise<void> {
    await this.#takers.get(routing.topic)?.(routing, blob);
  }
}
expose(Switchboard, ["subscribe", "publish"]);

it("bytes that one client packed are handed on to another without being read on the way", async () => {
  await using peers = await linkedPeers({ switchboard: new Switchboard() });
  const received: unknown[] = [];
  await peers
    .another()
    .object("switchboard")
    .subscribe("prices", (routing, blob) => void received.push(routing, blob));
  // Whatever both clients agree on; what is inside is no business of the switchboard, even if nobody can read it.
  const packed = new TextEncoder().encode('{"__proto__": broken on purpose');
  await peers.object("switchboard").publish({ topic: "prices" }, packed);
  expect(received).toEqual([{ topic: "prices" }, packed]);
});

it("a megabyte of bytes counts as one value, where a payload may hold 100 000", async () => {
  const sizes: number[] = [];
  const take = { take: (blob: Uint8Array) => void sizes.push(blob.byteLength) };
  await using peers = await linkedPeers({ take });
  const blob = new Uint8Array(1024 * 1024).fill(7);
  await peers.object("take").take(blob);
  expect(sizes).toEqual([blob.length]);
});
