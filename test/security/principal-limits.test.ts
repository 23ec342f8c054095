import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { LimitError } from "../../src/errors/hearthwire-error.js";
import { openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import type { Message } from "../../src/wire/message.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import { Bench, RawPeer } from "../daemon/raw-peer.js";
import { settled } from "../objects/inbound.js";

const buy = (id: number, options?: { w: 1 }): Message =>
  options === undefined
    ? ["call", id, "shop", "buy", { json: ["candle"] }]
    : ["call", id, "shop", "buy", { json: ["candle"] }, options];

const LIMITED = (limit: string, allowed: number) =>
  expect.objectContaining({
    code: "HW_LIMIT",
    wire: 1,
    message: expect.stringContaining(`"limits.${limit}"`) as string,
    data: expect.objectContaining({
      json: expect.objectContaining({ limit, allowed, retryable: true }) as object,
    }) as object,
  }) as object;

/** Two sessions of ann and one of bob. */
async function crowd(options: ConstructorParameters<typeof Bench>[0]) {
  const bob = Key.generate({ id: "bob" });
  const bench = new Bench(options);
  bench.keys.add(bob);
  const ann = await bench.member();
  const annAgain = await bench.member();
  const other = await bench.member({ credential: { method: 1, key: bob } });
  return { bench, ann, annAgain, other, bob };
}

const errors = (peer: RawPeer): readonly Message[] => peer.messages().filter(([name]) => name === "err");

describe("S16: one principal's flood", () => {
  it("S16: of calls that run is bounded over all of its sessions, and touches nobody else", async () => {
    const finish: (() => void)[] = [];
    const shop = { wait: () => new Promise<void>((resolve) => finish.push(resolve)), buy: () => "bought" };
    const { ann, annAgain, other } = await crowd({ objects: { shop }, limits: { maxCallsPerPrincipal: 2 } });
    const wait = (id: number): Message => ["call", id, "shop", "wait", { json: [] }];
    ann.say(wait(1));
    annAgain.say(wait(1), wait(2));
    expect((await annAgain.answer("err", 2))[2]).toEqual(LIMITED("maxCallsPerPrincipal", 2));
    other.say(wait(1), buy(2));
    expect(await other.answer("ok", 2)).toEqual(["ok", 2, { json: "bought" }]);
    finish[0]!();
    await ann.answer("ok", 1);
    annAgain.say(buy(3));
    expect(await annAgain.answer("ok", 3)).toEqual(["ok", 3, { json: "bought" }]);
  });

  it("S16: of calls in a second is bounded over all of its sessions: gets, sets and looks too", async () => {
    const { bench, ann, annAgain, other } = await crowd({ limits: { callsPerSecondPerPrincipal: 5 } });
    ann.say(buy(1), ["get", 2, "shop", "buy"], ["look", 3, "shop"]);
    annAgain.say(["set", 1, "shop", "buy", { json: 1 }], ["look", 2, "shop", 1], buy(3), ["look", 4, "shop"]);
    for (const id of [3, 4])
      expect((await annAgain.answer("err", id))[2]).toEqual(LIMITED("callsPerSecondPerPrincipal", 5));
    expect(errors(ann).map(([, id]) => id)).toEqual([2]);
    other.say(buy(1), buy(2), buy(3), buy(4), buy(5));
    await other.answer("ok", 5);
    await bench.clock.advance(200);
    ann.say(buy(4), buy(5));
    await ann.answer("ok", 4);
    expect((await ann.answer("err", 5))[2]).toEqual(LIMITED("callsPerSecondPerPrincipal", 5));
    expect(bench.ran.length).toBe(7);
  });

  it("S16: of one-way calls is dropped, and told to this side alone", async () => {
    const { bench, ann } = await crowd({ limits: { callsPerSecondPerPrincipal: 1 } });
    ann.say(buy(1), buy(2, { w: 1 }), buy(3, { w: 1 }));
    await ann.answer("ok", 1);
    await settled();
    expect(errors(ann)).toEqual([]);
    expect(bench.unobserved).toEqual([
      [expect.objectContaining({ limit: "callsPerSecondPerPrincipal" }), { object: "shop", member: "buy" }],
      [expect.any(LimitError), { object: "shop", member: "buy" }],
    ]);
    expect(bench.ran.length).toBe(1);
  });

  it("S16: of calls with payloads that are refused, or on what is missing, counts as well", async () => {
    const { ann } = await crowd({ limits: { callsPerSecondPerPrincipal: 3 } });
    ann.say(
      ["call", 1, "shop", "buy", { json: { length: 1 } }],
      ["call", 2, 77, "buy", { json: [] }],
      ["call", 3, "nothing", "buy", { json: [] }],
      buy(4),
    );
    await ann.answer("err", 4);
    expect(errors(ann).map(([, , error]) => (error as { code: string }).code)).toEqual([
      "HW_BAD_PAYLOAD",
      "HW_REFERENCE_GONE",
      "HW_NO_SUCH_OBJECT",
      "HW_LIMIT",
    ]);
  });

  it("S16: of calls leaves room again, however they end: cancelled, refused, failed, their session gone", async () => {
    const shop = {
      wait: () => new Promise<never>(() => undefined),
      fail: () => {
        throw new Error("no");
      },
      later: async () => {
        await settled();
        return 1;
      },
    };
    const { bench, ann, annAgain } = await crowd({
      objects: { shop },
      limits: { maxCallsPerPrincipal: 2 },
      sessions: { windowMs: 0 },
    });
    for (let round = 0; round < 20; round++) {
      ann.say(
        ["call", round * 2 + 1, "shop", "fail", { json: [] }],
        ["call", round * 2 + 2, "shop", "nothing", { json: [] }],
      );
      await ann.answer("err", round * 2 + 2);
    }
    expect(errors(ann).every(([, , error]) => (error as { code?: string }).code !== "HW_LIMIT")).toBe(true);
    annAgain.say(["call", 1, "shop", "later", { json: [] }], ["cancel", 1]);
    await annAgain.answer("err", 1);
    await settled();
    await settled();
    annAgain.say(["call", 2, "shop", "later", { json: [] }], ["call", 3, "shop", "later", { json: [] }]);
    annAgain.transport.destroy();
    for (let turn = 0; turn < 4; turn++) await settled();
    ann.say(["call", 101, "shop", "later", { json: [] }], ["call", 102, "shop", "later", { json: [] }]);
    await ann.answer("ok", 101);
    await ann.answer("ok", 102);
    expect(bench.daemon.sessions.size).toBe(2);
  });

  it("S16: of sessions takes no room of others: not of those that are refused, nor of those that say nothing more", async () => {
    const { bench, ann, annAgain, bob } = await crowd({ limits: { maxSessions: 4, maxSessionsPerPrincipal: 2 } });
    for (let more = 0; more < 10; more++) await bench.proved();
    const refused = await bench.proved();
    refused.say(["open"], buy(1));
    expect((await refused.answer("refused"))[1]).toEqual(LIMITED("maxSessionsPerPrincipal", 2));
    expect(await refused.heard.closed_).toMatchObject({ code: 4403 });
    expect(bench.ran).toEqual([]);
    expect(bench.refusals.at(-1)).toMatchObject({
      principal: { id: "key:ann" },
      reason: expect.stringContaining('"limits.maxSessionsPerPrincipal"') as string,
    });
    await bench.member({ credential: { method: 1, key: bob } });
    ann.transport.destroy();
    annAgain.transport.destroy();
    await bench.clock.advance(5_000);
    await bench.member();
  });

  // One key holder had 2000 sessions that were proved and not opened, 5 s each, whatever the limits said.
  it("S16: of sessions that hold open back is bounded to 64 in all: the oldest goes, with its line", async () => {
    const { bench, ann, bob } = await crowd({ limits: { maxSessions: 10, maxSessionsPerPrincipal: 2 } });
    const other = await bench.proved({ credential: { method: 1, key: bob } });
    other.say(["open"]);
    await other.answer("ready");
    const held: RawPeer[] = [];
    for (let more = 0; more < 64; more++) held.push(await bench.proved());
    expect(held.every(({ heard }) => heard.closings.length === 0)).toBe(true);
    for (let more = 0; more < 136; more++) held.push(await bench.proved());
    await bench.clock.advance(0);
    const ended = held.filter(({ heard }) => heard.closings.length > 0);
    expect(ended).toEqual(held.slice(0, 136));
    expect(ended[0]!.heard.closings[0]).toMatchObject({ code: 4429 });
    expect(await ended[0]!.answer("bye")).toMatchObject({ 1: "overloaded" });
    expect(bench.refusals).toHaveLength(136);
    expect(bench.refusals[0]).toMatchObject({
      principal: { id: "key:ann" },
      reason: "64 sessions had not been opened yet, and this one, the oldest, made room",
    });
    // Open ones are none of them, and those that are left may still say it.
    ann.say(buy(1));
    await ann.answer("ok", 1);
    other.say(buy(1));
    await other.answer("ok", 1);
    held.at(-1)!.say(["open"]);
    expect((await held.at(-1)!.answer("refused"))[1]).toEqual(LIMITED("maxSessionsPerPrincipal", 2));
    await bench.clock.advance(10_000);
    expect(bench.daemon.sessions.size).toBe(4);
  });

  it("S16: of sessions leaves nobody out who has opened or ended his: only those that are held back count", async () => {
    const { bench } = await crowd({});
    const held = await bench.proved();
    for (let more = 0; more < 140; more++) {
      if (more % 2 === 0) await bench.member();
      else (await bench.proved()).transport.destroy();
    }
    await bench.clock.advance(0);
    expect(held.heard.closings).toEqual([]);
    held.say(["open"]);
    await held.answer("ready");
  });

  it("S16: of sessions is torn down when it does not answer the close, at the latest with the 64th after it", async () => {
    const bench = new Bench();
    const destroyed: number[] = [];
    for (let one = 0; one < 129; one++) {
      const [near, far] = transportPair();
      const { start, send, bufferedBytes } = { start: far.start.bind(far), send: far.send.bind(far), bufferedBytes: 0 };
      const destroy = (): void => (destroyed.push(one), far.destroy());
      bench.daemon.accept({ start, send, close: () => undefined, destroy, bufferedBytes }, {});
      const peer = new RawPeer(near);
      await peer.greet(bench.handshake());
      peer.transport.send(peer.confirm);
      await bench.clock.advance(0);
    }
    expect(destroyed).toEqual([0]);
  });

  it("S16: is answered to a program by a LimitError that names the limit and can be retried", async () => {
    const key = Key.generate({ id: "ann" });
    const limits = { callsPerSecondPerPrincipal: 1 };
    await using daemon = await serve({ shop: { buy: () => "bought" } }, { keys: new KeyRing([key]), limits });
    await using connection = openConnection<{ shop: { buy(): string } }>(daemon.url(), { key });
    const shop = connection.object("shop");
    expect(await shop.buy()).toBe("bought");
    await expect(shop.buy()).rejects.toSatisfy(
      (error) => error instanceof LimitError && error.limit === "callsPerSecondPerPrincipal" && error.allowed === 1,
    );
    await expect(shop.buy()).rejects.toMatchObject({ retryable: true, delivery: "not-sent" });
  });
});
