import { deflateRawSync, inflateRawSync } from "node:zlib";
import { connect, customSerializer, expose, Key, serve } from "hearthwire/node";
import { messagePackSerializer } from "hearthwire/msgpack";
import type { PayloadSerializer } from "hearthwire";
import { describe, expect, test } from "vitest";
import { leaves, money, plain, rich } from "../serializers/values.js";

class Store {
  readonly said: unknown[] = [];
  echo(value: unknown): unknown {
    return value;
  }
  async size(file: Blob): Promise<number> {
    return (await file.text()).length;
  }
  file(): File {
    return new File(["from the store"], "a.txt", { type: "text/plain", lastModified: 5 });
  }
  async tell(listener: (value: unknown) => unknown): Promise<void> {
    this.said.push(await listener(new Map([["when", new Date(0)]])));
  }
}
expose(Store, ["echo", "size", "file", "tell"]);

/** The example of the guide. */
const compressed = (): PayloadSerializer =>
  customSerializer({
    id: 128,
    name: "compressed",
    encode: (tree) => deflateRawSync(JSON.stringify(tree)),
    decode: (bytes) => JSON.parse(inflateRawSync(bytes, { maxOutputLength: 2 ** 22 }).toString()),
    types: [money],
    allowRegExp: true,
  });

async function storeBy(serializers: () => readonly PayloadSerializer[] | undefined) {
  const key = Key.generate({ id: "store" });
  const store = new Store();
  const endpoint = () => {
    const given = serializers();
    return given === undefined ? { types: [money] } : { serializers: given };
  };
  const daemon = await serve({ store }, { keys: key, ...endpoint() });
  const remote = await connect<Store>(`${daemon.url()}store`, {
    key,
    isolated: true,
    ...endpoint(),
  });
  return {
    store,
    remote,
    [Symbol.asyncDispose]: async () => {
      remote[Symbol.dispose]();
      await daemon.close({ graceMs: 0 });
    },
  };
}

describe.each([
  ["superjson and its types", () => undefined],
  ["messagepack", () => [messagePackSerializer({ types: [money], allowRegExp: true })]],
  ["a serializer of the program's own", () => [compressed()]],
])("over a socket, %s", (_name, serializers) => {
  test("carries values both ways", async () => {
    await using session = await storeBy(serializers);
    const all = [...plain, ...leaves, ...rich].filter(([what]) => serializers() !== undefined || what !== "a RegExp");
    for (const [what, value] of all) expect([what, await session.remote.echo(value)]).toStrictEqual([what, value]);
  });

  test("carries a Blob of 2 MiB in pieces, a File, callbacks and what a Blob is beside", async () => {
    await using session = await storeBy(serializers);
    expect(await session.remote.size(new Blob(["x".repeat(2 * 1024 * 1024)]))).toBe(2 * 1024 * 1024);
    const file = await session.remote.file();
    expect([file.name, file.type, file.lastModified, await file.text()]).toEqual([
      "a.txt",
      "text/plain",
      5,
      "from the store",
    ]);
    await session.remote.tell((value) => [value, 1n]);
    expect(session.store.said).toStrictEqual([[new Map([["when", new Date(0)]]), 1n]]);
  });
});
