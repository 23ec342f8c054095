import { describe, expect, it } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { Key } from "../../src/auth/key.js";
import { completeSessionTimes, DEFAULT_SESSION_TIMES, type SessionTimes } from "../../src/daemon/session-times.js";
import { servePort } from "../../src/node.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { LinkedDaemon } from "../../src/testing/linked-daemon.js";
import { PORT_URL } from "../../src/transport/port-message.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import { audienceOf } from "../../src/wire/address.js";
import { Recorder } from "../transport/recorder.js";
import { Bench } from "./raw-peer.js";

describe("completeSessionTimes", () => {
  it("gives the defaults of the design", () => {
    expect(completeSessionTimes()).toEqual({
      windowMs: 120_000,
      heartbeatMs: 20_000,
      idleTimeoutMs: 0,
      maxConnectionAgeMs: 0,
    });
    expect(DEFAULT_SESSION_TIMES).toEqual(completeSessionTimes());
    expect(completeSessionTimes({ windowMs: undefined } as object)).toEqual(DEFAULT_SESSION_TIMES);
  });

  it.each([
    ["windowMs", 0, 3_600_000],
    ["heartbeatMs", 1_000, 300_000],
  ] as const)("takes %s from %d to %d and refuses both neighbours with name, range and value", (name, least, most) => {
    expect(completeSessionTimes({ [name]: least })[name]).toBe(least);
    expect(completeSessionTimes({ [name]: most })[name]).toBe(most);
    for (const value of [least - 1, most + 1, least + 0.5]) {
      expect(() => completeSessionTimes({ [name]: value })).toThrow(
        `"sessions.${name}" must be an integer ${least}..${most} (ms), got ${value}`,
      );
    }
  });

  it.each(["idleTimeoutMs", "maxConnectionAgeMs"] as const)("takes 0 for %s, and 1 s to 2^31-1 ms", (name) => {
    for (const value of [0, 1_000, 2 ** 31 - 1]) expect(completeSessionTimes({ [name]: value })[name]).toBe(value);
    for (const value of [-1, 1, 999, 1_000.5, 2 ** 31]) {
      expect(() => completeSessionTimes({ [name]: value })).toThrow(
        `"sessions.${name}" must be an integer 1000..2147483647 (ms), or 0 for none, got ${value}`,
      );
    }
  });

  it("refuses an age of lines that sessions would end with", () => {
    expect(() => completeSessionTimes({ windowMs: 0, maxConnectionAgeMs: 60_000 })).toThrow(
      '"sessions.maxConnectionAgeMs" needs sessions that outlive their lines: with "sessions.windowMs" 0 they would end',
    );
  });

  it("refuses a time that there is not, by its name", () => {
    const wrong = { window: 5_000 } as Partial<SessionTimes>;
    expect(() => completeSessionTimes(wrong)).toThrow('"sessions.window" is no time of sessions; there are windowMs');
  });
});

describe("the window of WELCOME", () => {
  it.each([
    ["120 s by default", {}, 120_000],
    ["what the daemon is told", { sessions: { windowMs: 5_000 } }, 5_000],
    ["0 when the daemon is told so", { sessions: { windowMs: 0 } }, 0],
  ])("is %s", async (_, options, windowMs) => {
    const peer = await new Bench(options).member();
    expect(peer.established.windowMs).toBe(windowMs);
  });

  it.each([
    ["0 over a port", {}, 0],
    ["what a port's daemon is told", { sessions: { windowMs: 5_000 } }, 5_000],
  ])("is %s", async (_name, options, windowMs) => {
    const key = Key.generate({ id: "worker" });
    const [near, far] = transportPair();
    const heard = new Recorder();
    using _ = servePort({}, far, { key, ...options });
    near.start(heard);
    const handshake = new ClientHandshake({
      credential: { method: 1, key },
      audience: audienceOf(PORT_URL),
      serializers: [1],
      maxFrameBytes: 65_536,
    });
    near.send(handshake.hello);
    await heard.count(1);
    expect((await handshake.welcome(heard.frames[0]!)).windowMs).toBe(windowMs);
  });
});

it("a session that ends with its line outlives the sleep of its host", async () => {
  const fake = fakeClock();
  let sleptMs = 0;
  const clock = { now: () => fake.now() + sleptMs, after: fake.after.bind(fake) };
  const linked = new LinkedDaemon({ shop: { buy: () => "bought" } }, { clock, daemon: { sessions: { windowMs: 0 } } });
  const connection = linked.connect<{ shop: { buy(): string } }>();
  await fake.advance(30_000);
  const { state } = connection;
  sleptMs = 3_600_000;
  await fake.advance(600_000);
  expect(connection.state).toBe(state);
  expect(await connection.object("shop").buy()).toBe("bought");
  await linked.close();
  expect(fake.pendingTimers).toBe(0);
});
