import { connect, type PayloadSerializer, superjsonSerializer } from "hearthwire/browser";
import { messagePackSerializer } from "hearthwire/msgpack";
import { describe, expect, it } from "vitest";
import { leaves, plain, rich } from "../serializers/values.js";
import type { Workshop } from "./support/page-objects.js";
import { reachDaemon } from "./support/reach-daemon.js";

/** What the daemon of pages does not take: it registers no types and allows no regular expressions. */
const refused = new Set(["a RegExp", "an instance of a registered class", "a Map with keys of all kinds"]);

describe.each<readonly [string, () => PayloadSerializer]>([
  ["superjson", superjsonSerializer],
  ["messagepack", messagePackSerializer],
])("a page by %s", (_name, make) => {
  it("sends and gets back every value", async () => {
    const { url, options } = await reachDaemon();
    using workshop = await connect<Workshop>(`${url}workshop`, { ...options, isolated: true, serializers: [make()] });
    const sent = [...plain, ...leaves, ...rich].filter(([what]) => !refused.has(what));
    const received = await Promise.all(sent.map(async ([what, value]) => [what, await workshop.echo(value)]));
    expect(received).toStrictEqual(sent);
  });

  it("sends a file of its form and gets another", async () => {
    const { url, options } = await reachDaemon();
    using workshop = await connect<Workshop>(`${url}workshop`, { ...options, isolated: true, serializers: [make()] });
    const signed = await workshop.signed(new File(["a letter"], "letter.txt", { type: "text/plain", lastModified: 7 }));
    expect(signed).toBeInstanceOf(File);
    expect([signed.name, signed.type, signed.lastModified]).toEqual(["signed-letter.txt", "text/plain", 7]);
    expect(await signed.text()).toBe("a letter, signed");
  });
});
