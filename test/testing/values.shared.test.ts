import { jsonSerializer, superjsonSerializer } from "hearthwire";
import { messagePackSerializer } from "hearthwire/msgpack";
import { linkedPeers, type LinkedOptions } from "hearthwire/testing";
import { describe, expect, test } from "vitest";
import { jsonInBytes } from "../serializers/byte-serializers.js";
import { leaves, money, plain, rich } from "../serializers/values.js";

/** Takes what is given and gives it back; keeps what came last. */
class Mirror {
  last: unknown;
  echo(value: unknown): unknown {
    return (this.last = value);
  }
  make(key: keyof typeof unsendable): unknown {
    return { made: unsendable[key] };
  }
}
const unsendable = {
  "an instance of": new (class Shelf {})(),
  "a symbol": Symbol("x"),
  "an instance of WeakMap": new WeakMap(),
  "a RegExp": /a/,
  "a hole in an array": Object.assign([], { 1: 1 }),
  "a Promise": Promise.resolve(1),
};
const members = { echo: true, make: true };
const mirrored = (mirror: Mirror): object => ({
  echo: (value: unknown) => mirror.echo(value),
  make: (key: keyof typeof unsendable) => mirror.make(key),
});
type Served = Pick<Mirror, keyof typeof members>;

const both = (serializers: NonNullable<LinkedOptions["client"]>["serializers"]): LinkedOptions =>
  serializers === undefined ? {} : { client: { serializers }, daemon: { serializers } };
const endpoints: readonly (readonly [string, LinkedOptions])[] = [
  ["superjson", both([superjsonSerializer({ types: [money], allowRegExp: true })])],
  ["messagepack", both([messagePackSerializer({ types: [money], allowRegExp: true })])],
  ["a program's own serializer", both([jsonInBytes({ types: [money], allowRegExp: true })])],
];

async function mirrorBy(options: LinkedOptions) {
  const mirror = new Mirror();
  const peers = await linkedPeers({ mirror: mirrored(mirror) as Served }, options);
  return { mirror, peers, remote: peers.object("mirror") };
}

describe.each(endpoints)("a call by %s", (_name, options) => {
  test("carries every value, as an argument and as a result", async () => {
    const { mirror, peers, remote } = await mirrorBy(options);
    await using _ = peers;
    for (const [name, value] of [...plain, ...leaves, ...rich]) {
      const result = await remote.echo([value]);
      expect([name, mirror.last, result]).toStrictEqual([name, [value], [value]]);
    }
  });

  test("calls functions back, reads streams, passes a pipelined result on", async () => {
    const { peers, remote } = await mirrorBy(options);
    await using _ = peers;
    const said: unknown[] = [];
    const back = (await remote.echo((word: unknown) => void said.push(word))) as (word: unknown) => void;
    back(new Date(0));
    expect(said).toEqual([new Date(0)]);
    expect(await remote.echo([remote.echo(7), { at: remote.echo(new Date(1)) }])).toEqual([7, { at: new Date(1) }]);
    async function* numbers(): AsyncGenerator<bigint> {
      yield 1n;
      yield 2n;
    }
    const items: unknown[] = [];
    for await (const item of (await remote.echo(numbers())) as AsyncIterable<unknown>) items.push(item);
    expect(items).toEqual([1n, 2n]);
  });

  test("keeps the fields and cause of errors, thrown and in values", async () => {
    const thrown = Object.assign(new RangeError("empty", { cause: new TypeError("why") }), { shelf: 7n });
    const fail = (): never => {
      throw thrown;
    };
    await using peers = await linkedPeers({ store: { fail, echo: (value: unknown) => value } }, options);
    const store = peers.object("store");
    const told = { name: "RangeError", message: "empty", details: { shelf: 7n }, cause: { message: "why" } };
    await expect(store.fail()).rejects.toMatchObject(told);
    expect(await store.echo([thrown])).toMatchObject([told]);
  });

  test("carries a thrown value that is no error", async () => {
    const fail = (): never => {
      throw new Map([[1n, "x"]]);
    };
    await using peers = await linkedPeers({ store: { fail } }, options);
    await expect(peers.object("store").fail()).rejects.toStrictEqual(new Map([[1n, "x"]]));
  });
});

describe("what can't be sent", () => {
  test.each(Object.keys(unsendable) as (keyof typeof unsendable)[])("is refused by its path: %s", async (what) => {
    const { peers, remote } = await mirrorBy({});
    await using _ = peers;
    await expect(remote.echo([{ deep: unsendable[what] }])).rejects.toMatchObject({
      code: "HW_CANNOT_SEND",
      delivery: "not-sent",
      message: expect.stringMatching(new RegExp(`^args\\[0\\]\\[0\\]\\.deep(\\[0\\])?: ${what}`)),
    });
    await expect(remote.make(what)).rejects.toMatchObject({
      code: "HW_CANNOT_SEND",
      delivery: "ran",
      message: expect.stringMatching(new RegExp(`^result\\.made(\\[0\\])?: ${what}`)),
    });
    expect(await remote.echo(1)).toBe(1);
  });
});

describe("types", () => {
  test("make a class travel by value with the default serializer, both ways", async () => {
    const [, instance] = rich.find(([name]) => name === "an instance of a registered class")!;
    await using peers = await linkedPeers(
      { mirror: { echo: (value: unknown) => value } },
      { client: { types: [money] }, daemon: { types: [money] } },
    );
    expect(await peers.object("mirror").echo({ price: instance })).toStrictEqual({ price: instance });
  });

  test("known to one end alone are refused, each by its name for it", async () => {
    const [, instance] = rich.find(([name]) => name === "an instance of a registered class")!;
    const echo = { mirror: { echo: (value: unknown) => value, make: () => instance } };
    await using peers = await linkedPeers(echo, { client: { types: [money] } });
    await expect(peers.object("mirror").echo(instance)).rejects.toMatchObject({ code: "HW_BAD_PAYLOAD" });
    await expect(peers.object("mirror").make()).rejects.toMatchObject({
      code: "HW_CANNOT_SEND",
      message: expect.stringContaining(
        'result: an instance of Money can\'t be sent; expose its class to send a reference, register it in "types"',
      ),
    });
  });
});

describe("negotiation", () => {
  test("takes the client's first that the daemon accepts", async () => {
    const echo = { mirror: { echo: (value: unknown) => value } };
    await using peers = await linkedPeers(echo, {
      client: { serializers: [messagePackSerializer(), jsonSerializer(), superjsonSerializer()] },
      daemon: { serializers: [superjsonSerializer(), jsonSerializer()] },
    });
    // Plain JSON has no Date: json was chosen, and not superjson.
    await expect(peers.object("mirror").echo(new Date(0))).rejects.toMatchObject({ code: "HW_CANNOT_SEND" });
  });

  test("fails the connection where both ends have nothing in common, and tells the daemon's owner what to set", async () => {
    const echo = { mirror: { echo: (value: unknown) => value } };
    const refused: string[] = [];
    await using peers = await linkedPeers(echo);
    peers.daemon.on("refused", ({ reason }) => refused.push(reason));
    const other = peers.another({ client: { serializers: [messagePackSerializer()] } });
    await expect(other.ready).rejects.toMatchObject({ name: "ConnectionError" });
    expect(refused).toEqual(['the peer offers the serializers 3, this daemon accepts 1; set "serializers"']);
  });
});
