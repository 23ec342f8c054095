import { connect, type Connecting, connectionOf, release, type Remote } from "hearthwire/browser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Probe } from "./support/page-objects.js";
import { reachDaemon } from "./support/reach-daemon.js";

/** What programs, tools and test runners do to a value they know nothing of. */
const probings: Readonly<Record<string, (value: object) => unknown>> = {
  "console.log": (value) => console.log(value),
  "console.table": (value) => console.table([value]),
  "JSON.stringify": (value) => JSON.stringify({ value }),
  "string conversion": (value) => `${String(value)} ${value + ""}`,
  "Object.keys": (value) => [...Object.keys(value), ...Reflect.ownKeys(value)],
  "for in": (value) => {
    for (const key in value) throw new Error(`has the key ${key}`);
  },
  toEqual: (value) => expect(value).toEqual(value),
  "not.toEqual": (value) => expect(value).not.toEqual({ a: 1 }),
  "not.toMatchObject": (value) => expect(value).not.toMatchObject({ a: 1 }),
  "a failing expectation, which prints it": (value) => expect(() => expect(value).toBe(1)).toThrow("Object.is"),
  instanceof: (value) => [value instanceof Promise, value instanceof Date, value instanceof Node],
  "what frameworks look at": (value) => {
    const looked = value as Record<string | symbol, unknown>;
    return ["$$typeof", "nodeType", "toJSON", "asymmetricMatch", "__v_isRef", "_owner", Symbol.iterator].filter(
      (name) => looked[name] === 1,
    );
  },
  structuredClone: (value) => {
    // A proxy can't be cloned; trying it calls nothing.
    expect(() => structuredClone(value)).toThrow("could not be cloned");
  },
};
const titles = Object.keys(probings);

/** What a probe was asked for, by its own count and by refusals that nobody waited for, besides what the test asks. */
async function askedOf(probe: Connecting<Probe> | Remote<Probe>): Promise<readonly string[]> {
  const asked: string[] = [];
  const stop = connectionOf(probe).on("unobserved", (_error, { member }) => asked.push(member));
  const uses = await probe.count();
  for (let other = 1; other < uses; other++) asked.push("a member");
  // Answers come in order: what was refused before this one has been told.
  await probe.count();
  stop();
  return asked;
}

describe("a proxy", () => {
  let probe: Remote<Probe>;

  beforeEach(async () => {
    const { url, options } = await reachDaemon();
    probe = await connect<Probe>(`${url}probe`, { ...options, isolated: true });
  });
  afterEach(() => release(probe));

  it.each(titles)("makes no remote call under %s", async (title) => {
    await probings[title]!(probe);
    expect(await askedOf(probe)).toEqual([]);
  });

  it("makes no remote call when it is awaited", async () => {
    await (probe as unknown as Promise<unknown>);
    expect(await askedOf(probe)).toEqual([]);
  });

  it("makes one when an accessor of it is awaited", async () => {
    await probe.uses;
    expect(await askedOf(probe)).toEqual(["a member"]);
  });
});

describe("what connect gives", () => {
  let connecting: Connecting<Probe>;

  beforeEach(async () => {
    const { url, options } = await reachDaemon();
    connecting = connect<Probe>(`${url}probe`, { ...options, isolated: true });
  });
  afterEach(() => release(connecting));

  it.each(titles)("makes no remote call under %s", async (title) => {
    await probings[title]!(connecting);
    expect(await askedOf(connecting)).toEqual([]);
  });

  it("makes a call of whatever name it is called by, until the object's members are known", async () => {
    (connecting as unknown as { unknown(): unknown }).unknown();
    expect(await askedOf(connecting)).toEqual(["unknown"]);
  });
});

describe("a member of what connect gives", () => {
  let connecting: Connecting<Probe>;

  beforeEach(async () => {
    const { url, options } = await reachDaemon();
    connecting = connect<Probe>(`${url}probe`, { ...options, isolated: true });
  });
  afterEach(() => release(connecting));

  it.each(titles)("makes no remote call under %s", async (title) => {
    await probings[title]!(connecting.uses);
    expect(await askedOf(connecting)).toEqual([]);
  });

  it("makes no remote call when members of its own are looked at", async () => {
    const { uses } = connecting as unknown as { uses: { name: { length: unknown } } };
    expect(typeof uses.name.length).toBe("function");
    expect(await askedOf(connecting)).toEqual([]);
  });
});
