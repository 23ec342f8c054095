import { describe as group, expect, test } from "vitest";
import type { Connection } from "../../src/client/connection.js";
import { describe } from "../../src/client/describe.js";
import type { MemberDescription } from "../../src/client/object-description.js";
import { oneway } from "../../src/client/oneway.js";
import { openConnection } from "../../src/client/default-connect.js";
import { release } from "../../src/client/proxy-functions.js";
import type { AnyRemote, Remote } from "../../src/client/remote.js";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { settle, StubPeer } from "./stub-peer.js";

const anyText = { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) } as const;

class Shelf {
  label(): string {
    return "top";
  }
}
expose(Shelf, ["label"]);

class Warehouse {
  level = 0;
  store(_item: string): void {}
  async *watch(): AsyncGenerator<number> {}
  hint(): void {}
  get size(): number {
    return 1;
  }
  get quantity(): number {
    return this.level;
  }
  set quantity(quantity: number) {
    this.level = quantity;
  }
  shelf(): Shelf {
    return new Shelf();
  }
  opener(): () => string {
    return () => "open";
  }
  async lookAt(thing: Remote<() => void>): Promise<unknown> {
    return describe(thing);
  }
}
expose(Warehouse, {
  only: ["store", "watch", "hint", "size", "quantity", "shelf", "opener", "lookAt"],
  members: {
    store: { idempotent: true, input: [{ "~standard": { ...anyText } }] },
    hint: { oneway: true },
    quantity: { writable: true },
  },
});

const PLAIN = { isWritable: false, isOneway: false, isIdempotent: false } as const;
const method = (name: string): MemberDescription => ({ name, kind: "method", ...PLAIN });

const shop = () => linkedPeers({ warehouse: new Warehouse(), add: (a: number, b: number) => a + b });

/** A function is taken by `connect`; as an object of a connection it is a proxy all the same. */
const functionOf = ({ connection }: { readonly connection: unknown }): AnyRemote =>
  (connection as Connection).object<Shelf>("add");

group("a description", () => {
  test("tells the members of a named object, sorted by name, with what they are", async () => {
    await using peers = await shop();
    expect(await describe(peers.object("warehouse"))).toEqual({
      object: "warehouse",
      members: [
        { ...method("hint"), isOneway: true },
        method("lookAt"),
        method("opener"),
        { ...PLAIN, name: "quantity", kind: "accessor", isWritable: true },
        method("shelf"),
        { ...PLAIN, name: "size", kind: "accessor" },
        { ...method("store"), isIdempotent: true, input: [{ vendor: "own", isTooLarge: false }] },
        { ...PLAIN, name: "watch", kind: "stream" },
      ],
    });
  });

  test("tells of a function that it is one method without a name", async () => {
    await using peers = await shop();
    expect(await describe(functionOf(peers))).toEqual({ object: "add", members: [method("")] });
  });

  test("tells of references, of objects and functions, in both directions", async () => {
    await using peers = await shop();
    const warehouse = peers.object("warehouse");
    expect(await describe(await warehouse.shelf())).toEqual({ object: "", members: [method("label")] });
    expect(await describe(await warehouse.opener())).toEqual({ object: "", members: [method("")] });
    expect(await warehouse.lookAt(() => undefined)).toEqual({ object: "", members: [method("")] });
    expect(await warehouse.lookAt(new Shelf() as never)).toEqual({ object: "", members: [method("label")] });
  });

  test("takes the promise of a proxy in the same round trip", async () => {
    await using peers = await shop();
    const shelf = peers.object("warehouse").shelf();
    expect(await describe(shelf)).toEqual({ object: "", members: [method("label")] });
  });

  test("takes a view", async () => {
    await using peers = await shop();
    const view = oneway(functionOf(peers)) as unknown as AnyRemote;
    expect(await describe(view)).toEqual({ object: "add", members: [method("")] });
  });

  test("tells only of members that this peer may use", async () => {
    await using peers = await linkedPeers(
      { warehouse: new Warehouse() },
      { daemon: { authorize: ({ member }) => member === "size" } },
    );
    const { members } = await describe(peers.object("warehouse"));
    expect(members.map(({ name }) => name)).toEqual(["size"]);
  });

  test("can't tell a denied object from one that is missing", async () => {
    await using peers = await linkedPeers({ warehouse: new Warehouse() }, { daemon: { authorize: () => false } });
    const denied = describe(peers.object("warehouse"));
    await expect(denied).rejects.toMatchObject({ code: "HW_NO_SUCH_OBJECT", object: "warehouse" });
    const missing = describe(peers.connection.object<Warehouse>("warehousf"));
    const messages = await Promise.all([denied, missing].map((told) => told.catch((error: Error) => error.message)));
    expect(messages[0]).toBe(String(messages[1]).replace("warehousf", "warehouse"));
  });

  test("refuses what is no proxy, and what was released", async () => {
    await using peers = await shop();
    await expect(describe({} as never)).rejects.toMatchObject({ code: "HW_OPTION_INVALID" });
    const shelf = await peers.object("warehouse").shelf();
    release(shelf);
    await expect(describe(shelf)).rejects.toMatchObject({ code: "HW_RELEASED" });
  });

  test("refuses the promise of a value", async () => {
    await using peers = await shop();
    const stored = peers.object("warehouse").store("candle") as unknown as AnyRemote;
    await expect(describe(stored)).rejects.toMatchObject({ code: "HW_NOT_REMOTE" });
  });

  test("rejects with why a connection never came about", async () => {
    await using connection = openConnection("ws://127.0.0.1:1/");
    await expect(describe(connection.object("warehouse"))).rejects.toMatchObject({ code: "HW_CREDENTIALS_MISSING" });
  });
});

const MEMBER = ["store", "method"];

/** A schema whose text has so many characters. */
const schemaOf = (length: number): string => `{"d":"${"x".repeat(length - '{"d":""}'.length)}"}`;
/** So many of the largest. */
const schemas = (count: number) => Array.from({ length: count }, () => ["zod", schemaOf(65_536)]);
const nested = (depth: number): string => `{"d":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;

group("the description of a peer that lies", () => {
  test.each([
    ["nothing", undefined],
    ["a text", "store"],
    ["an object", { 0: MEMBER, length: 1 }],
    ["a member that is none", ["store"]],
    ["a member without a kind", [["store"]]],
    ["a member with four elements", [[...MEMBER, {}, {}]]],
    ["a name that is no text", [[1, "method"]]],
    ["a name that nobody can expose", [["then", "method"]]],
    ["a name of 257 characters", [["m".repeat(257), "method"]]],
    ["a name twice", [["size", "get"], MEMBER, MEMBER]],
    ["an unknown kind", [["store", "methods"]]],
    ["details that are no object", [[...MEMBER, 1]]],
    ["details that are null", [[...MEMBER, null]]],
    ["details that are a Map", [[...MEMBER, new Map()]]],
    ["an unknown detail", [[...MEMBER, { oneway: 1 }]]],
    ["idempotent as a boolean", [[...MEMBER, { idempotent: true }]]],
    ["input that is no list", [[...MEMBER, { input: {} }]]],
    ["a parameter that is no list", [[...MEMBER, { input: ["zod"] }]]],
    ["a parameter without a vendor", [[...MEMBER, { input: [[]] }]]],
    ["a vendor that is no text", [[...MEMBER, { input: [[1]] }]]],
    ["a parameter of three elements", [[...MEMBER, { input: [["zod", "{}", 1]] }]]],
    ["a schema that is a value", [[...MEMBER, { input: [["zod", {}]] }]]],
    ["a schema that is no JSON", [[...MEMBER, { input: [["zod", "{"]] }]]],
    ["a schema that is a list", [[...MEMBER, { input: [["zod", "[]"]] }]]],
    ["a size mark other than 1", [[...MEMBER, { input: [["zod", 2]] }]]],
    ["a vendor of 65 characters", [[...MEMBER, { input: [["v".repeat(65)]] }]]],
    ["a schema of 65 537 characters", [[...MEMBER, { input: [["zod", schemaOf(65_537)]] }]]],
    ["schemas of 262 145 characters", [[...MEMBER, { input: [...schemas(4), ["zod", "{}"]] }]]],
    ["a schema that nests 257 deep", [[...MEMBER, { input: [["zod", nested(257)]] }]]],
    ["names that are not sorted", [MEMBER, ["size", "get"]]],
    ["a function with members", [["", "method"], MEMBER]],
    ["a function that is read", [["", "get"]]],
    ["details of an accessor", [["size", "get", { idempotent: 1 }]]],
    ["empty details", [[...MEMBER, {}]]],
  ])("ends with a ProtocolError: %s", async (_what, lie) => {
    const peer = new StubPeer();
    const told = describe(peer.named<AnyRemote>());
    await settle();
    peer.answer(lie);
    const error = await told.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ peer: "ws://stub.test/" });
  });

  test("believes their rejected neighbours: all kinds, all details", async () => {
    const peer = new StubPeer();
    const told = describe(peer.named<AnyRemote>());
    await settle();
    expect(peer.lastCall).toMatchObject({ kind: "look", args: [1] });
    const input = [["zod", '{"type":"string","properties":{"__proto__":{}}}'], ["own"], ["", 1]];
    peer.answer([
      ["a", "get"],
      ["b", "get set"],
      ["c", "oneway"],
      ["d", "stream"],
      ["e", "method", { idempotent: 1, input }],
    ]);
    const { members } = await told;
    expect(members.map(({ kind }) => kind)).toEqual(["accessor", "accessor", "method", "stream", "method"]);
    expect(members[4]).toEqual({
      ...method("e"),
      isIdempotent: true,
      input: [
        { vendor: "zod", jsonSchema: { type: "string", properties: { ["__proto__"]: {} } }, isTooLarge: false },
        { vendor: "own", isTooLarge: false },
        { vendor: "", isTooLarge: true },
      ],
    });
  });

  test.each([
    ["a vendor of 64 characters", [[...MEMBER, { input: [["v".repeat(64)]] }]]],
    ["schemas of 262 144 characters, the most that one and all may have", [[...MEMBER, { input: schemas(4) }]]],
    ["a schema that nests 256 deep", [[...MEMBER, { input: [["zod", nested(256)]] }]]],
    ["names in order", [["size", "get"], MEMBER]],
    ["a function alone", [["", "method"]]],
    ["details of a one-way", [["hint", "oneway", { idempotent: 1 }]]],
    ["nothing", []],
  ])("believes their rejected neighbours: %s", async (_what, list) => {
    const peer = new StubPeer();
    const told = describe(peer.named<AnyRemote>());
    await settle();
    peer.answer(list);
    expect((await told).members).toHaveLength(list.length);
  });
});
