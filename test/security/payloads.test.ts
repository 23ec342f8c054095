import { beforeAll, describe, expect, it } from "vitest";
import suite from "../vectors/json-test-suite.json" with { type: "json" };
import naughty from "../vectors/naughty-strings.json" with { type: "json" };
import { endpointSerializers } from "../../src/serializers/endpoint-serializers.js";
import { FrameType } from "../../src/wire/constants.js";
import { bodyOf } from "../../src/wire/frame.js";
import { joined } from "../fuzz/mutate-bytes.js";
import { turnOfTheLoop } from "../fuzz/fuzz-target.js";
import { PayloadSession } from "./support/payload-session.js";

let session: PayloadSession;
beforeAll(async () => void (session = await new PayloadSession().begin()));

const annotated = (json: string, values: string): string => `{"json":[${json}],"meta":{"values":${values},"v":1}}`;
const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

/** Payloads that no handler may ever see, by the row that they are of. */
const REFUSED: readonly (readonly [row: string, what: string, payload: string])[] = [
  ["row 67", "a path through __proto__", annotated('{"a":1}', '{"0.__proto__.x":["undefined"]}')],
  ["row 67", "a path through constructor.prototype", annotated("{}", '{"0.constructor.prototype.x":["undefined"]}')],
  ["row 67", "a path to prototype", annotated("{}", '{"0.prototype":["undefined"]}')],
  ["row 67", "a path with an escape that is none", annotated('{"a":null}', '{"0.\\\\a":["undefined"]}')],
  ["row 67", "paths of superjson 0", '{"json":[null],"meta":{"values":{"0":["undefined"]}}}'],
  ["row 67", "the version __proto__", '{"json":[null],"meta":{"values":{"0":["undefined"]},"v":"__proto__"}}'],
  ["row 68", "an own __proto__", '{"json":[{"__proto__":{"polluted":1}}]}'],
  ["row 68", "an own constructor", '{"json":[{"constructor":{"prototype":{"polluted":1}}}]}'],
  ["row 68", "an own prototype, deep inside", '{"json":[[{"a":[{"prototype":{"polluted":1}}]}]]}'],
  ["row 69", "an index beyond the array", annotated("[]", '{"0.4294967294":["undefined"]}')],
  ["row 69", "the length of an array", annotated("[]", '{"0.length":["number"]}')],
  ["row 69", "a name in an array", annotated("[null]", '{"0.foo":["undefined"]}')],
  ["row 70", "a class that is not registered", annotated("{}", '{"0":[["class","Money"]]}')],
  ["row 70", "a class that is an object's own", annotated("{}", '{"0":[["class","Object"]]}')],
  ["row 72", "the type toString", annotated("1", '{"0":["toString"]}')],
  ["row 72", "the type constructor", annotated("1", '{"0":["constructor"]}')],
  ["row 72", "the custom type toString", annotated("1", '{"0":[["custom","toString"]]}')],
  ["row 72", "the typed array constructor", annotated("[1]", '{"0":[["typed-array","constructor"]]}')],
  ["row 73", "a RegExp that runs for seconds", annotated('"/(a+)+$/"', '{"0":["regexp"]}')],
  ["row 74", "an Error of superjson's own", annotated('{"name":"E","message":"m"}', '{"0":["Error"]}')],
  ["row 74", "an error whose name is an object", annotated('{"name":{},"message":"m"}', '{"0":[["custom","error"]]}')],
  ["row 75", "a bigint of 1025 digits", annotated(`"${"9".repeat(1025)}"`, '{"0":["bigint"]}')],
  ["row 75", "a bigint in hex", annotated('"0x10"', '{"0":["bigint"]}')],
  ["row 75", "true as a bigint", annotated("true", '{"0":["bigint"]}')],
  ["row 75", "no digits as a bigint", annotated('""', '{"0":["bigint"]}')],
  ["row 75", "digits with _ as a bigint", annotated('"1_000"', '{"0":["bigint"]}')],
  ["row 76", "JSON 66 deep", `{"json":${deep(66)}}`],
  ["row 78", "an array of 1e5 elements", `{"json":[[${Array.from({ length: 100_000 }, () => 1).join(",")}]]}`],
  ["row 82", "a number beyond all", '{"json":[1e999]}'],
  ["row 82", "a Date beyond the last", annotated('"+275760-09-13T00:00:00.001Z"', '{"0":["Date"]}')],
  ["row 83", "a URL with javascript:", annotated('"javascript:alert(1)"', '{"0":["URL"]}')],
  ["row 83", "a URL with file:", annotated('"file:///etc/passwd"', '{"0":["URL"]}')],
  ["row 85", "null", "null"],
  ["row 85", "5", "5"],
  ["row 85", "[]", "[]"],
  ["row 85", '"x"', '"x"'],
];

describe("a payload", () => {
  it.each(REFUSED)("%s, S5: with %s is refused before anything runs", async (_row, _what, payload) => {
    const { outcome } = await session.call(payload);
    expect([outcome, session.received]).toEqual(["HW_BAD_PAYLOAD", []]);
    expect(await session.isUnharmed()).toBe(true);
  });

  it.each([
    ["a bigint of 1024 digits", annotated(`"${"9".repeat(1024)}"`, '{"0":["bigint"]}'), BigInt("9".repeat(1024))],
    ["JSON 64 deep, the arguments around it", `{"json":${deep(64)}}`, JSON.parse(deep(63))],
    ["the last Date", annotated('"+275760-09-13T00:00:00.000Z"', '{"0":["Date"]}'), new Date(8.64e15)],
    ["a URL with https:", annotated('"https://example.org/"', '{"0":["URL"]}'), new URL("https://example.org/")],
    ["-0", annotated('"-0"', '{"0":["number"]}'), -0],
    ["NaN", annotated('"NaN"', '{"0":["number"]}'), Number.NaN],
    ["2^53+2", '{"json":[9007199254740994]}', 2 ** 53 + 2],
  ])("row 75, row 76, row 82, row 83: with %s is taken exactly", async (_, payload, value) => {
    expect((await session.call(payload)).outcome).toBe("ok");
    expect(session.received.splice(0)).toEqual([value]);
  });

  it("row 63: shared references stay as small as they came", async () => {
    const equalities = JSON.stringify(
      Object.fromEntries(Array.from({ length: 26 }, (_, at) => [`0.l${at}`, [`0.l${at + 1}.0`, `0.l${at + 1}.1`]])),
    );
    const json = JSON.stringify(Object.fromEntries(Array.from({ length: 27 }, (_, at) => [`l${at}`, [0, 0]])));
    await session.call(`{"json":[${json}],"meta":{"v":1,"referentialEqualities":${equalities}}}`);
    expect(JSON.stringify(session.received.splice(0))).toBe(`[${json}]`);
  });

  it("row 65, S5: no function comes to stand under then, and a value that has one as data is awaited at once", async () => {
    const stolen =
      '{"json":[{"a":{},"then":null}],"meta":{"v":1,"referentialEqualities":{"0.a":["0.then","constructor"]}}}';
    expect((await session.call(stolen)).outcome).toBe("ok");
    expect(await session.received.splice(0)[0]).toEqual({ a: {}, then: null });
    const planted = annotated('{"then":[0,1,"function"]}', '{"0.then":[["custom","ref"]]}');
    expect(await session.call(planted)).toMatchObject({ outcome: "HW_BAD_PAYLOAD" });
    expect(session.received).toEqual([]);
  });

  it("row 71: a class of superjson's global instance is not visible to the daemon", async () => {
    const { SuperJSON } = await import("superjson");
    class Leaked {}
    SuperJSON.registerClass(Leaked, { identifier: "Leaked" });
    expect((await session.call(annotated("{}", '{"0":[["class","Leaked"]]}'))).outcome).toBe("HW_BAD_PAYLOAD");
    expect(session.received).toEqual([]);
  });

  it("row 74: an error arrives as a RemoteError of strings, whatever its name, stack and causes", async () => {
    const chain = Array.from({ length: 9 }).reduce<string>(
      (cause) => `{"name":"E","message":"m","cause":${cause}}`,
      '{"name":"E","message":"m"}',
    );
    expect((await session.call(annotated(chain, '{"0":[["custom","error"]]}'))).outcome).toBe("HW_BAD_PAYLOAD");
    await session.call(
      annotated('{"name":"constructor","message":"m","stack":"at fake.ts:1"}', '{"0":[["custom","error"]]}'),
    );
    expect(session.received.splice(0)[0]).toMatchObject({
      name: "constructor",
      message: "m",
      remoteStack: "at fake.ts:1",
    });
  });

  it("row 78: a key or a string of 1 MiB is taken, and a frame above the limit closes the line", async () => {
    const long = "k".repeat(2 ** 20);
    expect((await session.call(`{"json":[{"${long}":"${long.slice(0, 2 ** 19)}"}]}`)).outcome).toBe("ok");
    session.received.length = 0;
    const own = await new PayloadSession().begin();
    own.peer.line.deliver(own.peer.data({ head: `["${"x".repeat(2 ** 21)}"]`, segments: [] }));
    expect(own.peer.line.closing?.code).toBe(1009);
  });

  it("row 81: lone surrogates and NUL come through exactly; a byte order mark, overlong UTF-8 and lone bytes end the session", async () => {
    await session.call('{"json":["\\ud800","\\u0000","\\ufeff"]}');
    expect(session.received.splice(0)).toEqual(["\ud800", "\u0000", "\ufeff"]);
    for (const bytes of [[0xef, 0xbb, 0xbf], [0xc0, 0x80], [0x80], [0xed, 0xa0, 0x80]]) {
      const own = await new PayloadSession().begin();
      const head = joined(Uint8Array.of(...bytes), new TextEncoder().encode("[]"));
      own.peer.line.deliver(own.peer.bytes(joined(Uint8Array.of(0, 0, 0, head.length), head, Uint8Array.of(0, 0))));
      await turnOfTheLoop();
      expect([own.peer.line.closing?.code, await own.isUnharmed()]).toEqual([4400, true]);
    }
  });

  // A handler's error that held one ReadableStream twice, or something that can't be opened as a stream, ended the session.
  it.each([
    ["a ReadableStream twice", () => new ReadableStream()],
    [
      "what throws when it is opened",
      () =>
        Object.create({
          [Symbol.asyncIterator]: () => {
            throw new Error("shut");
          },
        }) as object,
    ],
  ])("row 74: a thrown error that holds %s fails its call alone", async (_, make) => {
    const stream = make();
    const fail = (): never => {
      throw Object.assign(new Error("it failed", { cause: stream }), { stream });
    };
    const own = await new PayloadSession({ failing: { fail } }).begin();
    expect((await own.call('{"json":[]}', { object: "failing", member: "fail" })).message).toMatch(
      /it failed|can't be sent/,
    );
    expect((await own.call('{"json":[1]}')).outcome).toBe("ok");
  });

  it("row 86: a cycle in a result is the daemon's own error, and never null", async () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    session.given = cycle;
    const answer = await session.call('{"json":[]}', { member: "give" });
    expect(answer.outcome).toBe("HW_CANNOT_SEND");
    expect(answer.message).toMatch(/result\.self: a cycle can't be sent/);
  });
});

describe("row 79: JSONTestSuite as a head", () => {
  const texts = Object.entries(suite as Readonly<Record<string, string>>);

  it.each(["y", "n", "i"] as const)(
    "%s_ texts are read, refused, or either, and never crash",
    async (kind) => {
      for (const [name, base64] of texts.filter(([each]) => each.startsWith(`${kind}_`))) {
        const own = await new PayloadSession().begin();
        const json = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const before = new TextEncoder().encode('[["call",1,"target","take",{"json":[');
        const head = joined(before, json, new TextEncoder().encode("]}]]"));
        const size = new Uint8Array(4);
        new DataView(size.buffer).setUint32(0, head.length);
        own.peer.line.deliver(own.peer.bytes(joined(size, head, Uint8Array.of(0, 0))));
        await turnOfTheLoop();
        const isRead = own.peer.line.closing === undefined;
        // "[1]garbage" and the like become right when text follows; what is broken inside stays broken.
        if (kind === "y") expect([name, isRead]).toEqual([name, true]);
        if (own.received.length > 0 && kind === "n") expect(COMPLETED_BY_CONTEXT).toContain(name);
        own.received.length = 0;
        expect([name, await own.isUnharmed()]).toEqual([name, true]);
      }
    },
    60_000,
  );
});

/** Texts that are wrong alone, and right as elements of an array. */
const COMPLETED_BY_CONTEXT: readonly string[] = Object.keys(suite).filter((name) => {
  const json = Buffer.from((suite as Readonly<Record<string, string>>)[name]!, "base64").toString("utf8");
  try {
    return JSON.parse(`[${json}]`) !== undefined;
  } catch {
    return false;
  }
});

describe("row 80: the naughty strings", () => {
  it("come through exactly as arguments", async () => {
    for (const text of naughty) await session.call(JSON.stringify({ json: [text] }));
    expect(session.received.splice(0)).toEqual(naughty);
  });

  it.each([
    ["member names", (text: string) => `["call",ID,"target",${JSON.stringify(text)},{"json":[]}]`],
    ["object ids", (text: string) => `["call",ID,${JSON.stringify(text)},"take",{"json":[]}]`],
  ] as const)("are refused in one line each as %s", async (_, message) => {
    const own = await new PayloadSession().begin();
    for (const text of naughty.filter((each) => each.length > 0 && each.length <= 128 && each !== "take")) {
      const { outcome, message: sentence } = await own.say(message(text).replace("ID", String(own.nextId())));
      expect(outcome).toMatch(/^HW_NO_SUCH_(MEMBER|OBJECT)$/);
      expect(sentence).not.toMatch(/[\u0000-\u001f\u007f]/);
    }
    expect(own.received).toEqual([]);
  });

  it("are refused as key ids, with 4401 and nothing else", async () => {
    const { encodeHello, decodeHello } = await import("../../src/wire/hello.js");
    const fields = decodeHello(session.peer.handshake.hello);
    for (const text of naughty.filter((each) => new TextEncoder().encode(each).length < 256)) {
      const own = new PayloadSession();
      const line = new (await import("../fuzz/fuzz-line.js")).FuzzLine();
      own.daemon.accept(line);
      const reasons: string[] = [];
      own.daemon.on("refused", ({ reason }) => reasons.push(reason));
      line.deliver(encodeHello({ ...fields, keyId: text }));
      expect([line.closing, line.sent.length]).toEqual([{ code: 4401, reason: "" }, 0]);
      expect(reasons.join()).not.toMatch(/[\u0000-\u001f\u007f]/);
    }
  }, 30_000);
});

describe("serializers", () => {
  it("S4: one that needs trust is given as an object, never by its name", () => {
    expect(() => endpointSerializers({ serializers: ["unsafe"] as never })).toThrow(
      /"serializers" must hold serializers/,
    );
    expect(() => endpointSerializers({ serializers: [{ id: 1 }] as never })).toThrow(/"serializers"/);
  });

  it("S6: a daemon that did not offer a serializer never chooses it, and a payload in another's form is refused", async () => {
    const bytes = "81a46a736f6e9101";
    expect((await session.call("0", { segments: [bytes] })).outcome).toBe("HW_BAD_PAYLOAD");
    expect(session.received).toEqual([]);
    expect(bodyOf(session.peer.line.sent[0]!)[48]).toBe(1);
    expect(session.peer.line.sent[0]![3]).toBe(FrameType.WELCOME);
  });
});
