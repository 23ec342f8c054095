import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicketAt, type TicketOptions } from "../../src/auth/ticket.js";
import type { CoreOptions } from "../../src/daemon/options.js";
import type { Authorizer } from "../../src/objects/call-handler-options.js";
import { expose } from "../../src/objects/expose.js";
import { bodyOf } from "../../src/wire/frame.js";
import type { Message, Target } from "../../src/wire/message.js";
import { Bench, type RawPeer } from "../daemon/raw-peer.js";
import { settled } from "../objects/inbound.js";

class Desk {
  lends() {
    return "lent";
  }
  erase() {
    return "erased";
  }
}
expose(Desk, ["lends", "erase"]);

class Shop {
  desk() {
    return new Desk();
  }
  echo(value: unknown) {
    return value;
  }
  erase() {
    return "erased";
  }
  get label() {
    return "shop";
  }
  set label(_value: string) {}
}
expose(Shop, { except: [], members: { label: { writable: true }, erase: { oneway: true } } });

class Vault {
  opens() {
    return "gold";
  }
  get label() {
    return "vault";
  }
}
expose(Vault, { except: [] });

/** What exists and is denied, beside what is missing: names of one length, so that answers must have the same bytes. */
const OBJECTS = {
  denied: { target: "vault", member: "opens" },
  missing: { target: "vaulx", member: "opens" },
} as const;
const MEMBERS = { denied: { target: "shop", member: "erase" }, missing: { target: "shop", member: "erasx" } } as const;
const BY_REFERENCE = { denied: { target: 1, member: "erase" }, missing: { target: 1, member: "erasx" } } as const;

const ALLOWED = (object: string, member: string): boolean => object !== "vault" && member !== "erase";

interface Rule {
  readonly core?: Partial<CoreOptions>;
  readonly objects?: readonly string[];
  readonly scope?: TicketOptions["scope"];
}

const authorized = (authorize: Authorizer): Rule => ({ core: { authorize } });
const RULES: readonly (readonly [name: string, rule: Rule])[] = [
  ["the objects of a key", { objects: ["shop", "hearthwire.daemon"] }],
  ["the scope of a ticket", { scope: { members: ["shop/desk", "shop/echo", "shop/label"] } }],
  ["an authorizer", authorized(({ object, member }) => ALLOWED(object, member))],
  [
    "an authorizer that takes its time",
    authorized(async ({ object, member }) => {
      await settled();
      return ALLOWED(object, member);
    }),
  ],
  [
    "an authorizer that fails",
    authorized(({ object, member }) => {
      if (ALLOWED(object, member)) return true;
      throw new Error("no database");
    }),
  ],
];

/** Every way to use a member of a target. */
const WAYS: Readonly<Record<string, (target: Target, member: string) => readonly Message[]>> = {
  "a call": (target, member) => [["call", 9, target, member, { json: [] }]],
  "a call with arguments that the member doesn't take": (target, member) => [
    ["call", 9, target, member, { json: [1, 2] }],
  ],
  "a get": (target, member) => [["get", 9, target, member]],
  "a set": (target, member) => [["set", 9, target, member, { json: "x" }]],
  "a call on the result": (target, member) => [
    ["call", 9, target, member, { json: [] }],
    ["call", 10, [9], "lends", { json: [] }],
  ],
  "a call with the result as its argument": (target, member) => [
    ["call", 9, target, member, { json: [] }],
    ["call", 10, "shop", "echo", { json: [[2, 9]], meta: { values: { 0: [["custom", "ref"]] }, v: 1 } }],
  ],
  "a batch that stops": (target, member) => [
    ["call", 9, target, member, { json: [] }],
    ["call", 10, "shop", "echo", { json: ["later"] }, { o: 2 }],
  ],
};

async function bench({ core, objects, scope }: Rule): Promise<{ bench: Bench; peer: RawPeer }> {
  const connects = Key.generate({ id: "ann", ...(objects !== undefined && { objects }) });
  const mints = Key.generate({ id: "root", use: "mint" });
  const keys = new KeyRing([connects, mints]);
  const made = new Bench({ ...core, keys, objects: { shop: new Shop(), vault: new Vault() } });
  const ticket = mintTicketAt(made.clock.now(), { keys, subject: "ann", ...(scope !== undefined && { scope }) });
  const credential = scope === undefined ? ({ method: 1, key: connects } as const) : ({ method: 2, ticket } as const);
  return { bench: made, peer: await made.member({ credential }) };
}

/** The bodies of the frames that the daemon has sent, as text. */
function bodies(peer: RawPeer): readonly string[] {
  peer.messages();
  return peer.heard.frames.slice(1).map((frame) => new TextDecoder().decode(bodyOf(frame)));
}

/** What a session hears when it uses something. */
async function heard(
  rule: Rule,
  messages: readonly Message[],
): Promise<{ answers: readonly string[]; unobserved: readonly string[] }> {
  const { bench: made, peer } = await bench(rule);
  if (messages.some(([name, , target]) => name !== "look" && target === 1)) {
    peer.say(["call", 1, "shop", "desk", { json: [] }]);
    await peer.answer("ok", 1);
  }
  const before = bodies(peer).length;
  peer.say(...messages);
  // A fence: what is answered to this was asked last.
  peer.say(["call", 99, "shop", "echo", { json: ["fence"] }]);
  await peer.answer("ok", 99);
  for (let turn = 0; turn < 20; turn++) await settled();
  return { answers: bodies(peer).slice(before), unobserved: made.unobserved.map(([error]) => error.message) };
}

describe.each(RULES)("%s", (name, rule) => {
  const pairs: Readonly<Record<string, { readonly denied: Named; readonly missing: Named }>> = {
    object: OBJECTS,
    ...(name === "the objects of a key" ? {} : { member: MEMBERS }),
    // An object whose members are not known at once can't be sent.
    ...(rule.core === undefined || name.endsWith("its time")
      ? {}
      : { "member of what is held by reference": BY_REFERENCE }),
  };
  interface Named {
    readonly target: string | number;
    readonly member: string;
  }
  const renamed = (texts: readonly string[]): readonly string[] =>
    texts.map((text) => text.replaceAll("vaulx", "vault").replaceAll("erasx", "erase"));

  describe.each(Object.entries(pairs))("a denied %s", (_kind, { denied, missing }) => {
    it.each(Object.entries(WAYS))(
      "row 93: is answered as one that is missing is, to the byte: %s",
      async (_way, use) => {
        const [one, other] = [
          await heard(rule, use(denied.target, denied.member)),
          await heard(rule, use(missing.target, missing.member)),
        ];
        expect(one.answers.length).toBeGreaterThan(0);
        expect(renamed(other.answers)).toEqual(one.answers);
        expect(one.answers.join("")).toContain(typeof denied.target === "string" ? "HW_NO_SUCH_" : "HW_NO_SUCH_MEMBER");
        expect(one.answers.join("")).not.toMatch(/gold|erased/);
      },
    );

    it("row 93: a one-way call to it is as silent as one to what is missing", async () => {
      const use = ({ target, member }: Named): readonly Message[] => [
        ["call", 9, target, member, { json: [] }, { w: 1 }],
      ];
      const [one, other] = [await heard(rule, use(denied)), await heard(rule, use(missing))];
      expect(renamed(other.answers)).toEqual(one.answers);
      expect(one.answers.join("")).toContain("fence");
      expect(one.answers.join("")).not.toContain("HW_");
      // What the authorizer itself throws is not about the call.
      const told = (texts: readonly string[]) => new Set(renamed(texts).filter((text) => text !== "no database"));
      expect(told(other.unobserved)).toEqual(told(one.unobserved));
      expect(told(one.unobserved).size).toBe(1);
    });

    it.each([
      ["first", true],
      ["last", false],
    ])("row 93: is answered in its turn, in the same frame, when it is asked %s", async (_when, isFirst) => {
      const { peer } = await bench(rule);
      if (typeof denied.target === "number") {
        peer.say(["call", 1, "shop", "desk", { json: [] }]);
        await peer.answer("ok", 1);
      }
      const call = (id: number, { target, member }: Named): Message => ["call", id, target, member, { json: [] }];
      peer.say(...(isFirst ? [call(8, denied), call(9, missing)] : [call(8, missing), call(9, denied)]));
      await peer.answer("err", 9);
      const answers = peer.messages().filter(([said]) => said === "err");
      expect(answers.map(([, id]) => id)).toEqual([8, 9]);
      expect(bodies(peer).at(-1)).toContain('["err",8,');
    });
  });

  it.each([
    ["looked at", []],
    ["described", [1]],
  ] as const)(
    "row 93: an object of which everything is denied reads as a missing one when it is %s",
    async (_way, details) => {
      const look = (target: string): readonly Message[] => [["look", 9, target, ...details] as unknown as Message];
      const [one, other] = [await heard(rule, look("vault")), await heard(rule, look("vaulx"))];
      expect(renamed(other.answers)).toEqual(one.answers);
      expect(one.answers.join("")).toContain("HW_NO_SUCH_OBJECT");
    },
  );

  it.each([
    ["first", ["vault", "vaulx"]],
    ["last", ["vaulx", "vault"]],
  ])("row 93: a look at it is answered in its turn, when it is asked %s", async (_when, [first = "", last = ""]) => {
    const { peer } = await bench(rule);
    peer.say(["look", 8, first], ["look", 9, last]);
    await peer.answer("err", 9);
    expect(
      peer
        .messages()
        .filter(([said]) => said === "err")
        .map(([, id]) => id),
    ).toEqual([8, 9]);
  });
});

/** Uses things as the rule has it, and says how often a hesitating authorizer is waited for before each answer. */
async function roundsOf(rule: Rule, messages: readonly Message[]): Promise<readonly number[]> {
  const waiting: ((isAllowed: boolean) => void)[] = [];
  const authorize: Authorizer = () => new Promise((resolve) => waiting.push(resolve));
  const { peer } = await bench({ ...rule, core: { authorize } });
  const rounds = async (message: Message): Promise<number> => {
    peer.say(message);
    for (let round = 0; ; round++) {
      await settled();
      if (peer.messages().some(([name, id]) => name === "err" && id === message[1])) return round;
      for (const answer of waiting.splice(0)) answer(false);
    }
  };
  const counted: number[] = [];
  for (const message of messages) counted.push(await rounds(message));
  return counted;
}

const both = (member: string): Rule => ({ scope: { members: [`vault/${member}`, `vaulx/${member}`] } });

it.each<[name: string, rule: Rule, rounds: { call: number; look: number }]>([
  ["no bounds", {}, { call: 2, look: 1 }],
  ["a scope of another member", both("label"), { call: 1, look: 1 }],
  ["a scope of a member that nothing has", both("shelf"), { call: 1, look: 1 }],
  ["a scope of this member", both("opens"), { call: 2, look: 1 }],
  ["a scope of another object", { scope: { members: ["shop/echo"] } }, { call: 0, look: 0 }],
  ["the objects of a key, not these", { objects: ["shop"] }, { call: 0, look: 0 }],
])(
  "row 93: an authorizer that hesitates holds up the answer to what is missing as long: %s",
  async (_name, rule, { call, look }) => {
    const counted = await roundsOf(rule, [
      ["call", 1, "vault", "opens", { json: [] }],
      ["call", 2, "vaulx", "opens", { json: [] }],
      ["look", 3, "vault"],
      ["look", 4, "vaulx"],
    ]);
    expect(counted).toEqual([call, call, look, look]);
  },
);

it("row 93: an authorizer that hesitates holds up the answer to a missing member as long", async () => {
  const get = (id: number, member: string): Message => ["get", id, "vault", member];
  expect(await roundsOf({}, [get(1, "label"), get(2, "labex")])).toEqual([2, 2]);
});

it("row 93: the daemon's list of objects leaves out what is denied as if it were not there", async () => {
  const listing = async (objects: Record<string, object>): Promise<string> => {
    const made = new Bench({ objects, listObjects: true, authorize: ({ object, member }) => ALLOWED(object, member) });
    const peer = await made.member();
    peer.say(["call", 1, "hearthwire.daemon", "objects", { json: [] }]);
    await peer.answer("end");
    return JSON.stringify(peer.messages().slice(1));
  };
  const listed = await listing({ shop: new Shop(), vault: new Vault() });
  expect(listed).toContain('"shop"');
  expect(listed).toBe(await listing({ shop: new Shop() }));
});

it("row 93: names that would be found on any object are missing like others", async () => {
  const { peer } = await bench({});
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  peer.say(...names.map((name, index): Message => ["call", index + 1, name, "toString", { json: [] }]));
  await peer.answer("err", names.length);
  const errors = peer
    .messages()
    .filter(([said]) => said === "err")
    .map((message) => message[2] as { code: string; message: string });
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["HW_NO_SUCH_OBJECT"]));
  expect(new Set(errors.map(({ message }, index) => message.replace(names[index]!, "")))).toHaveLength(1);
});
