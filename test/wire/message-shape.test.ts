import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { checkMessages } from "../../src/wire/message-shape.js";

const MAX_ID = Number.MAX_SAFE_INTEGER;
const anError = { name: "Error", message: "no" };
const nested = (depth: number): unknown => (depth === 0 ? anError : { ...anError, cause: nested(depth - 1) });

const check = (messages: readonly unknown[], segmentCount = 0) =>
  checkMessages(messages, { segmentCount, isJoined: false });

/** One accepted message, and others that differ from it in one thing that makes them wrong. */
interface Case {
  readonly accepted: readonly unknown[];
  readonly rejected: readonly unknown[];
}

const cases: readonly Case[] = [
  {
    accepted: ["open"],
    rejected: [["open", 1, 2], ["OPEN"], [], "open", null, { 0: "open" }, [["open"]], ["__proto__"], ["constructor"]],
  },
  { accepted: ["open", null], rejected: [["open", null, null]] },
  { accepted: ["ready"], rejected: [["ready", 1, 2]] },
  { accepted: ["ready", { json: 1 }], rejected: [["ready", { json: 1 }, {}]] },
  { accepted: ["refused", anError], rejected: [["refused"], ["refused", "no"], ["refused", anError, {}]] },
  {
    accepted: ["call", 1, "warehouse", "store", { json: [] }],
    rejected: [
      ["call", 1, "warehouse", "store"],
      ["call", 0, "warehouse", "store", { json: [] }],
      ["call", -1, "warehouse", "store", { json: [] }],
      ["call", 1.5, "warehouse", "store", { json: [] }],
      ["call", "1", "warehouse", "store", { json: [] }],
      ["call", null, "warehouse", "store", { json: [] }],
      ["call", 1, "warehouse", 7, { json: [] }],
      ["call", 1, "warehouse", null, { json: [] }],
      ["call", 1, "warehouse", "store", { json: [] }, null],
      ["call", 1, "warehouse", "store", { json: [] }, []],
      ["call", 1, "warehouse", "store", { json: [] }, {}, 1],
    ],
  },
  { accepted: ["call", MAX_ID, "o", "m", null], rejected: [["call", MAX_ID + 1, "o", "m", null]] },
  {
    accepted: ["call", 1, "o".repeat(256), "m", 0],
    rejected: [
      ["call", 1, "o".repeat(257), "m", 0],
      ["call", 1, "", "m", 0],
    ],
  },
  {
    accepted: ["call", 1, MAX_ID, "m", 0],
    rejected: [
      ["call", 1, MAX_ID + 1, "m", 0],
      ["call", 1, 0, "m", 0],
      ["call", 1, -3, "m", 0],
      ["call", 1, true, "m", 0],
      ["call", 1, null, "m", 0],
      ["call", 1, {}, "m", 0],
    ],
  },
  { accepted: ["call", 1, "o", "", 0], rejected: [["call", 1, "o", undefined, 0]] },
  { accepted: ["call", 1, "o", "m".repeat(256), 0], rejected: [["call", 1, "o", "m".repeat(257), 0]] },
  {
    accepted: ["call", 1, "o", "m", 0, {}],
    rejected: [
      ["call", 1, "o", "m", 0, { x: 1 }],
      ["call", 1, "o", "m", 0, JSON.parse('{"__proto__":1}')],
    ],
  },
  {
    accepted: ["call", 1, "o", "m", 0, { d: 1 }],
    rejected: [
      ["call", 1, "o", "m", 0, { d: 0 }],
      ["call", 1, "o", "m", 0, { d: 1.5 }],
      ["call", 1, "o", "m", 0, { d: "1" }],
    ],
  },
  { accepted: ["call", 1, "o", "m", 0, { d: 2 ** 31 - 1 }], rejected: [["call", 1, "o", "m", 0, { d: 2 ** 31 }]] },
  {
    accepted: ["call", 1, "o", "m", 0, { c: "c".repeat(128) }],
    rejected: [
      ["call", 1, "o", "m", 0, { c: "c".repeat(129) }],
      ["call", 1, "o", "m", 0, { c: 1 }],
    ],
  },
  {
    accepted: ["call", 1, "o", "m", 0, { t: "t".repeat(64) }],
    rejected: [
      ["call", 1, "o", "m", 0, { t: "t".repeat(65) }],
      ["call", 1, "o", "m", 0, { t: null }],
    ],
  },
  {
    accepted: ["call", 1, "o", "m", 0, { a: { k: "v" } }],
    rejected: [
      ["call", 1, "o", "m", 0, { a: { k: 1 } }],
      ["call", 1, "o", "m", 0, { a: ["v"] }],
      ["call", 1, "o", "m", 0, { a: null }],
      ["call", 1, "o", "m", 0, { a: "v" }],
    ],
  },
  {
    accepted: ["call", 1, "o", "m", 0, { a: annotations(16) }],
    rejected: [["call", 1, "o", "m", 0, { a: annotations(17) }]],
  },
  {
    accepted: ["call", 1, "o", "m", 0, { a: { k: "v".repeat(4095) } }],
    rejected: [
      ["call", 1, "o", "m", 0, { a: { k: "v".repeat(4096) } }],
      ["call", 1, "o", "m", 0, { a: { ["k".repeat(4097)]: "" } }],
    ],
  },
  {
    accepted: ["call", 1, "o", "m", 0, { w: 1 }],
    rejected: [
      ["call", 1, "o", "m", 0, { w: 0 }],
      ["call", 1, "o", "m", 0, { w: true }],
      ["call", 1, "o", "m", 0, { w: 2 }],
    ],
  },
  {
    accepted: ["get", 1, "o", "m"],
    rejected: [
      ["get", 1, "o"],
      ["get", 0, "o", "m"],
      ["get", 1, 0, "m"],
      ["get", 1, "o", 1],
      ["get", 1, "o", "m", null],
      ["get", 1, "o", "m", { x: 1 }],
    ],
  },
  {
    accepted: ["get", 1, "o", "m", { d: 5 }],
    rejected: [
      ["get", 1, "o", "m", { d: 5 }, 1],
      ["get", 1, "o", "m", { json: 1 }, {}],
    ],
  },
  {
    accepted: ["set", 1, 2, "m", 0],
    rejected: [
      ["set", 1, 2, "m"],
      ["set", 0, 2, "m", 0],
      ["set", 1, -2, "m", 0],
      ["set", 1, 2, 3, 0],
      ["set", 1, 2, "m", 0, 1],
    ],
  },
  {
    accepted: ["set", 1, 2, "m", 0, { c: "" }],
    rejected: [
      ["set", 1, 2, "m", 0, { c: "" }, 1],
      ["set", 1, 2, "m", 0, { C: "" }],
    ],
  },
  {
    accepted: ["look", 1, "o"],
    rejected: [
      ["look", 1],
      ["look", 0, "o"],
      ["look", 1, ""],
      ["look", 1, "o", {}],
    ],
  },
  {
    accepted: ["look", 1, "o", 1],
    rejected: [
      ["look", 1, "o", 0],
      ["look", 1, "o", 2],
      ["look", 1, "o", true],
      ["look", 1, "o", null],
      ["look", 1, "o", 1, 1],
    ],
  },
  { accepted: ["ok", 1], rejected: [["ok"], ["ok", 0], ["ok", "1"]] },
  { accepted: ["ok", 1, null], rejected: [["ok", 1, null, null]] },
  {
    accepted: ["ok", 1, 0, { a: { k: "v" } }],
    rejected: [
      ["ok", 1, 0, { d: 1 }],
      ["ok", 1, 0, { w: 1 }],
      ["ok", 1, 0, { a: { k: 1 } }],
      ["ok", 1, 0, [], 1],
      ["ok", 1, 0, {}, 1],
      ["ok", 1, 0, []],
    ],
  },
  {
    accepted: ["err", 1, anError],
    rejected: [
      ["err", 1],
      ["err", 0, anError],
      ["err", 1, null],
      ["err", 1, "no"],
      ["err", 1, []],
    ],
  },
  {
    accepted: ["err", 1, anError, { a: {} }],
    rejected: [
      ["err", 1, anError, { c: "" }],
      ["err", 1, anError, {}, {}],
      ["err", 1, anError, null],
    ],
  },
  { accepted: ["cancel", 1], rejected: [["cancel"], ["cancel", 0], ["cancel", 1, 1]] },
  {
    accepted: ["item", 1, null],
    rejected: [
      ["item", 1],
      ["item", 0, null],
      ["item", 1, null, 1],
    ],
  },
  {
    accepted: ["credit", 1, 1],
    rejected: [
      ["credit", 1],
      ["credit", 0, 1],
      ["credit", 1, 0],
      ["credit", 1, "1"],
      ["credit", 1, 1, 1],
    ],
  },
  { accepted: ["credit", 1, 1024], rejected: [["credit", 1, 1025]] },
  { accepted: ["end", 1], rejected: [["end"], ["end", 0]] },
  { accepted: ["end", 1, null], rejected: [["end", 1, null, 1]] },
  {
    accepted: ["fail", 1, anError],
    rejected: [
      ["fail", 1],
      ["fail", 0, anError],
      ["fail", 1, {}],
      ["fail", 1, anError, 1],
    ],
  },
  { accepted: ["stop", 1], rejected: [["stop"], ["stop", 0]] },
  {
    accepted: ["stop", 1, anError],
    rejected: [
      ["stop", 1, null],
      ["stop", 1, anError, 1],
    ],
  },
  {
    accepted: ["release", 1, 1],
    rejected: [
      ["release", 1],
      ["release", 0, 1],
      ["release", 1, 0],
      ["release", 1, 1.5],
      ["release", 1, 1, 1],
    ],
  },
  { accepted: ["ping", 0], rejected: [["ping"], ["ping", -1], ["ping", "0"], ["ping", 0, 0]] },
  { accepted: ["pong", MAX_ID], rejected: [["pong"], ["pong", MAX_ID + 1], ["pong", 0.5]] },
  { accepted: ["drain", 0], rejected: [["drain"], ["drain", -1], ["drain", 0, 0]] },
  { accepted: ["drain", 2 ** 31 - 1], rejected: [["drain", 2 ** 31]] },
  {
    accepted: ["bye", "done", "", 0],
    rejected: [
      ["bye", "done", ""],
      ["bye", "toString", "", 0],
      ["bye", 1, "", 0],
      ["bye", "done", null, 0],
      ["bye", "done", "", -1],
      ["bye", "done", "", 0, 0],
    ],
  },
  {
    accepted: ["bye", "revoked", "r".repeat(1024), 2 ** 48 - 1],
    rejected: [
      ["bye", "revoked", "r".repeat(1025), 0],
      ["bye", "revoked", "", 2 ** 48],
    ],
  },
];

function annotations(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, ""]));
}

const shown = (message: unknown) => {
  const text = JSON.stringify(message) ?? String(message);
  return text.length > 80 ? `${text.slice(0, 80)}... (${text.length})` : text;
};

describe("the shape of a message", () => {
  it.each(cases.map(({ accepted }) => [shown(accepted), accepted] as const))("%s is accepted", (_, message) => {
    expect(() => check([message])).not.toThrow();
  });

  it.each(cases.flatMap(({ rejected }) => rejected.map((message) => [shown(message), message] as const)))(
    "%s is refused",
    (_, message) => {
      expect(() => check([message])).toThrow(ProtocolError);
    },
  );

  it.each(["done", "drain", "protocol", "overloaded", "expired", "revoked"])("bye code %s is accepted", (code) => {
    expect(() => check([["bye", code, "", 0]])).not.toThrow();
  });

  it("is checked for every message, the last one too", () => {
    expect(() => check([["ping", 1], ["ping", 2], ["ping"]])).toThrow("ping: has 2..2 elements, got 1");
  });

  it.each([
    ["an unknown name", ["hunter2"]],
    ["an unknown option", ["call", 1, "o", "m", 0, { hunter2: 1 }]],
    ["an unknown option of an answer", ["ok", 1, 0, { hunter2: 1 }]],
    ["an unknown field of an error", ["err", 1, { ...anError, hunter2: 1 }]],
    ["a wrong object id", ["call", 1, "hunter2".repeat(50), "m", 0]],
    ["a wrong member", ["call", 1, "o", "hunter2".repeat(50), 0]],
  ])("is refused without repeating the peer's text: %s", (_, message) => {
    expect(() => check([message])).toThrow(/^(?!.*hunter2)/s);
  });
});

describe("an error record", () => {
  const accepted: readonly unknown[] = [
    { name: "", message: "" },
    { name: "n".repeat(128), message: "m".repeat(8192), code: "c".repeat(128), stack: "s".repeat(16_384), data: null },
    { ...anError, code: "HW_LIMIT", wire: 1 },
    { ...anError, code: "HW_LIMIT" },
    { ...anError, data: { json: { deep: [[[[[[[[[[[[1]]]]]]]]]]]] } } },
    { ...anError, cause: { thrown: 5 } },
    { ...anError, errors: [] },
    { ...anError, errors: Array.from({ length: 32 }, () => anError) },
    { thrown: undefined },
    { thrown: { json: null } },
    nested(8),
  ];
  const rejected: readonly unknown[] = [
    {},
    [],
    null,
    "Error",
    { name: "Error" },
    { message: "no" },
    { ...anError, name: 1 },
    { ...anError, name: "n".repeat(129) },
    { ...anError, message: "m".repeat(8193) },
    { ...anError, message: null },
    { ...anError, code: 404 },
    { ...anError, code: "c".repeat(129) },
    { ...anError, stack: "s".repeat(16_385) },
    { ...anError, stack: [] },
    { ...anError, wire: 1 },
    { ...anError, code: "ENOENT", wire: 1 },
    { ...anError, code: "HW_LIMIT", wire: true },
    { ...anError, code: "HW_LIMIT", wire: 2 },
    { ...anError, cause: null },
    { ...anError, cause: "no" },
    { ...anError, errors: {} },
    { ...anError, errors: [null] },
    { ...anError, errors: Array.from({ length: 33 }, () => anError) },
    { ...anError, extra: 1 },
    JSON.parse('{"name":"Error","message":"no","__proto__":{}}'),
    { ...anError, thrown: 1 },
    { thrown: 1, name: "Error" },
    nested(9),
    { ...anError, errors: [nested(8)] },
  ];

  it.each(accepted.map((record) => [shown(record), record] as const))("%s is accepted", (_, record) => {
    for (const message of [
      ["err", 1, record],
      ["fail", 1, record],
      ["stop", 1, record],
      ["refused", record],
    ]) {
      expect(() => check([message])).not.toThrow();
    }
  });

  it.each(rejected.map((record) => [shown(record), record] as const))("%s is refused", (_, record) => {
    for (const message of [
      ["err", 1, record],
      ["fail", 1, record],
      ["stop", 1, record],
      ["refused", record],
    ]) {
      expect(() => check([message])).toThrow(ProtocolError);
    }
  });
});

describe("a target [id]", () => {
  const call = (id: number, target: unknown, options?: object) => [
    "call",
    id,
    target,
    "m",
    0,
    ...(options === undefined ? [] : [options]),
  ];

  it("names an earlier call of the body", () => {
    expect(() => check([call(1, "o"), call(2, [1]), call(3, [2])])).not.toThrow();
  });

  it("names an earlier get of the body", () => {
    expect(() =>
      check([["get", 1, "o", "m"], call(2, [1]), ["look", 3, [1]], ["set", 4, [1], "m", 0], ["get", 5, [1], "m"]]),
    ).not.toThrow();
  });

  it.each([
    ["a call of another body", [call(2, [1])]],
    ["a later call", [call(2, [1]), call(1, "o")]],
    ["itself", [call(1, [1])]],
    ["a one-way call", [call(1, "o", { w: 1 }), call(2, [1])]],
    ["a one-way get", [["get", 1, "o", "m", { w: 1 }], call(2, [1])]],
    ["a set", [["set", 1, "o", "m", 0], call(2, [1])]],
    ["a look", [["look", 1, "o"], call(2, [1])]],
    ["a call that was answered", [["ok", 1], call(2, [1])]],
    ["no id", [call(1, "o"), call(2, [])]],
    ["two ids", [call(1, "o"), call(2, [1, 1])]],
    ["an id in a string", [call(1, "o"), call(2, ["1"])]],
    ["an id in another array", [call(1, "o"), call(2, [[1]])]],
  ])("is refused when it names %s", (_, messages) => {
    expect(() => check(messages)).toThrow(ProtocolError);
  });

  it("costs a body of many of them no more than one pass", () => {
    const messages = [call(1, "o"), ...Array.from({ length: 1023 }, (_, index) => call(index + 2, [index + 1]))];
    let reads = 0;
    const counted = new Proxy(messages, {
      get(target, key, receiver) {
        reads++;
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
    check(counted);
    expect(reads).toBeLessThan(messages.length * 4);
  });
});

describe("the option o", () => {
  const after = (id: number, o: unknown) => ["call", id, "o", "m", 0, { o }];

  it.each([1, 2])("%d stands in any call but a body's first", (o) => {
    expect(() =>
      check([["call", 1, "o", "m", 0], after(2, o), ["set", 3, "o", "m", 0, { o }], ["get", 4, "o", "m", { o }]]),
    ).not.toThrow();
  });

  it.each([0, 3, "1", true, null])("%s is refused", (o) => {
    expect(() => check([["call", 1, "o", "m", 0], after(2, o)])).toThrow('"o" must be 1 or 2');
  });

  it.each([
    ["alone", [after(1, 1)]],
    ["after messages that are no calls", [["ping", 1], ["ok", 5], ["look", 1, "o"], after(2, 1)]],
  ])("is refused in a body's first call, %s", (_, messages) => {
    expect(() => check(messages)).toThrow('so no "o"');
  });
});

describe("a body", () => {
  const pings = (count: number): readonly unknown[] => Array.from({ length: count }, (_, at) => ["ping", at]);

  it("has up to 1024 messages", () => {
    expect(() => check(pings(1024))).not.toThrow();
  });

  it("is refused with 1025", () => {
    expect(() => check(pings(1025))).toThrow("a body has at most 1024 messages, got 1025");
  });
});

describe("a piece", () => {
  it.each([0, 1, 2])("with last %d has the frame's one segment", (last) => {
    expect(() => check([["piece", 1, last]], 1)).not.toThrow();
  });

  it("stands beside messages that have no segment", () => {
    expect(() =>
      check(
        [
          ["cancel", 3],
          ["piece", 1, 0],
          ["pong", 1],
        ],
        1,
      ),
    ).not.toThrow();
  });

  it.each([
    ["last 3", [["piece", 1, 3]], 1],
    ["last -1", [["piece", 1, -1]], 1],
    ["no last", [["piece", 1]], 1],
    ["id 0", [["piece", 0, 1]], 1],
    ["an element too many", [["piece", 1, 1, 1]], 1],
    ["no segment", [["piece", 1, 1]], 0],
    ["two segments", [["piece", 1, 1]], 2],
    [
      "another piece beside it",
      [
        ["piece", 1, 0],
        ["piece", 1, 1],
      ],
      2,
    ],
    [
      "another piece and one segment",
      [
        ["piece", 1, 0],
        ["piece", 2, 1],
      ],
      1,
    ],
  ])("is refused with %s", (_, messages, segments) => {
    expect(() => check(messages, segments)).toThrow(ProtocolError);
  });
});
