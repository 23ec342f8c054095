import { Key, KeyRing } from "hearthwire";
import { type FakeClock, fakeClock } from "hearthwire/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { DiscoveryProof } from "../../src/auth/discovery-proof.js";
import { DiscoveryAsker, type FoundNameServer } from "../../src/node/discovery-asker.js";
import { DiscoveryResponder } from "../../src/node/discovery-responder.js";
import { decodeDiscoveryQuestion } from "../../src/wire/discovery-message.js";
import { MemoryNetwork } from "./support/memory-link.js";

const key = Key.generate({ id: "team" });
const proof = new DiscoveryProof(key);
const address = "wss://192.168.1.5:7765/names";
const office: FoundNameServer = { name: "office", address };

let network: MemoryNetwork;
let clock: FakeClock;
beforeEach(() => {
  network = new MemoryNetwork();
  clock = fakeClock();
});

function respond({ keys = new KeyRing([key]), name = "office", at = address } = {}): KeyRing {
  new DiscoveryResponder(network.link(), { keys, name, address: at, clock });
  return keys;
}

const asker = (options: { timeoutMs?: number; signal?: AbortSignal; by?: Key } = {}): DiscoveryAsker =>
  new DiscoveryAsker(network.link(), {
    key: options.by ?? key,
    clock,
    timeoutMs: options.timeoutMs ?? 3_000,
    signal: options.signal,
  });

async function all(found: AsyncIterable<FoundNameServer>): Promise<FoundNameServer[]> {
  const list: FoundNameServer[] = [];
  for await (const one of found) list.push(one);
  return list;
}

/** All that is found until the time is over. */
async function search(by = asker()): Promise<FoundNameServer[]> {
  const found = all(by.ask());
  await clock.advance(3_000);
  return found;
}

/** The bytes of a question that an honest asker could send now, and its nonce. */
const question = (askedAtMs = clock.now()): Uint8Array =>
  proof.signQuestion({ askedAtMs, nonce: crypto.getRandomValues(new Uint8Array(16)) });

describe("a search", () => {
  test("finds the servers that have the key, each once", async () => {
    respond();
    respond({ name: "attic", at: "wss://192.168.1.6:7765/names" });
    expect(await search()).toEqual([office, { name: "attic", address: "wss://192.168.1.6:7765/names" }]);
  });

  test("finds nothing where nobody answers, and ends in time", async () => {
    expect(await search()).toEqual([]);
  });

  test("asks again, so that one lost packet loses nothing, each time with another nonce", async () => {
    await search();
    const nonces = network.sent.map(({ bytes }) => Buffer.from(decodeDiscoveryQuestion(bytes).nonce).toString("hex"));
    expect(nonces).toHaveLength(3);
    expect(new Set(nonces).size).toBe(3);
  });

  test("ends at once when its loop is left, and leaves no timer", async () => {
    respond();
    for await (const found of asker().ask()) {
      expect(found).toEqual(office);
      break;
    }
    const asked = network.countOf("question");
    await clock.advance(60_000);
    expect(network.countOf("question")).toBe(asked);
  });

  test("throws the reason of its signal, before and during it", async () => {
    const reason = new Error("enough");
    await expect(all(asker({ signal: AbortSignal.abort(reason) }).ask())).rejects.toBe(reason);
    expect(network.sent).toEqual([]);
    const abort = new AbortController();
    const found = all(asker({ signal: abort.signal }).ask());
    abort.abort(reason);
    await expect(found).rejects.toBe(reason);
  });

  test.each([
    ["unsigned", (bytes: Uint8Array) => bytes.fill(0, -32)],
    ["tampered with", (bytes: Uint8Array) => bytes.fill(0x39, -40, -38)],
    ["empty", () => new Uint8Array(0)],
    ["of 9000 bytes", () => new Uint8Array(9_000)],
  ])("ignores an answer that is %s", async (_, harm) => {
    const by = asker();
    const found = search(by);
    const { nonce } = decodeDiscoveryQuestion(network.sent[0]!.bytes);
    const answer = proof.signAnswer({ answeredAtMs: clock.now(), nonce, ...office });
    network.send("answer", harm(answer.slice()));
    expect(await found).toEqual([]);
    expect(by.faults).toEqual(new Map([["foreign", 1]]));
  });

  test("ignores an answer to an earlier question, and one that is too old", async () => {
    respond();
    await search();
    const earlier = network.sent.find(({ kind }) => kind === "answer")!;
    network = new MemoryNetwork();
    const by = asker();
    const found = search(by);
    network.send("answer", earlier.bytes);
    const { nonce } = decodeDiscoveryQuestion(network.sent[0]!.bytes);
    network.send("answer", proof.signAnswer({ answeredAtMs: clock.now() - 60_001, nonce, ...office }));
    expect(await found).toEqual([]);
    expect(by.faults).toEqual(new Map([["stale", 2]]));
  });

  test("finds at most 64 servers", async () => {
    for (let index = 0; index < 70; index++)
      respond({ name: `n${index}`, at: `wss://192.168.1.5:${1000 + index}/names` });
    expect(await search()).toHaveLength(64);
  });

  test("finds the server behind any number of forged answers, which take no place of a server", async () => {
    const by = asker();
    const found = search(by);
    const { nonce } = decodeDiscoveryQuestion(network.sent[0]!.bytes);
    const stranger = new DiscoveryProof(Key.generate({ id: "team" }));
    for (let index = 0; index < 5_000; index++) {
      const at = `wss://192.168.1.5:${1 + index}/names`;
      network.send("answer", stranger.signAnswer({ answeredAtMs: clock.now(), nonce, name: "evil", address: at }));
    }
    respond();
    expect(await found).toEqual([office]);
    expect(by.faults).toEqual(new Map([["foreign", 5_000]]));
  });

  test("takes the places of 64 servers by different addresses alone, however often each is told of", async () => {
    const found = search();
    const { nonce } = decodeDiscoveryQuestion(network.sent[0]!.bytes);
    const answer = proof.signAnswer({ answeredAtMs: clock.now(), nonce, ...office });
    for (let times = 0; times < 1_000; times++) network.send("answer", answer);
    respond({ name: "attic", at: "wss://192.168.1.6:7765/names" });
    expect(await found).toEqual([office, { name: "attic", address: "wss://192.168.1.6:7765/names" }]);
  });
});

describe("a server", () => {
  test("answers each question once, however often it comes", () => {
    respond();
    const asked = question();
    for (let times = 0; times < 3; times++) network.send("question", asked);
    expect(network.countOf("answer")).toBe(1);
  });

  test("answers no old question, also when it has forgotten that it answered it", async () => {
    respond();
    const asked = question(clock.now() + 60_000);
    network.send("question", asked);
    for (const laterMs of [60_000, 60_000, 1, 60_000]) {
      await clock.advance(laterMs);
      network.send("question", asked);
      network.send("question", question(clock.now() - 60_001));
    }
    expect(network.countOf("answer")).toBe(1);
  });

  test("says nothing to who doesn't have the key, and answers no bytes that are no question", () => {
    respond();
    const stranger = new DiscoveryProof(Key.generate({ id: "team" }));
    network.send("question", stranger.signQuestion({ askedAtMs: clock.now(), nonce: new Uint8Array(16) }));
    const unknown = new DiscoveryProof(Key.generate({ id: "nobody" }));
    network.send("question", unknown.signQuestion({ askedAtMs: clock.now(), nonce: new Uint8Array(16) }));
    for (const size of [0, 1, 47, 447, 448, 449, 9_000]) network.send("question", new Uint8Array(size));
    network.send("question", question().subarray(0, 447));
    network.send("answer", question());
    expect(network.countOf("answer")).toBe(1);
    network.send("question", question());
    expect(network.countOf("answer")).toBe(2);
  });

  test("answers 10 questions in a second, and more in the next", async () => {
    respond();
    for (let index = 0; index < 30; index++) network.send("question", question());
    expect(network.countOf("answer")).toBe(10);
    await clock.advance(1_000);
    for (let index = 0; index < 30; index++) network.send("question", question());
    expect(network.countOf("answer")).toBe(20);
  });

  test("derives what it checks by once for each key", () => {
    respond();
    const derive = vi.spyOn(key, "derive");
    const forged = question();
    forged[447]! ^= 1;
    for (let index = 0; index < 1_000; index++) network.send("question", forged);
    network.send("question", question());
    expect(derive.mock.calls.map(([label]) => label)).toEqual(["discovery", "discovery"]);
    derive.mockRestore();
  });

  test("answers an honest question among any number of forged ones, and of answered ones that come again", () => {
    respond();
    const asked = question();
    network.send("question", asked);
    const forged = question();
    forged[447]! ^= 1;
    for (let index = 0; index < 5_000; index++) network.send("question", index % 2 === 0 ? forged : asked);
    expect(network.countOf("answer")).toBe(1);
    network.send("question", question());
    expect(network.countOf("answer")).toBe(2);
  });

  test("no longer answers under a key that was removed", () => {
    const keys = respond();
    network.send("question", question());
    keys.remove("team");
    network.send("question", question());
    expect(network.countOf("answer")).toBe(1);
  });

  test("doesn't answer under a key that mints tickets, or is of a passphrase", () => {
    const bytes = key.export();
    respond({ keys: new KeyRing([Key.from(bytes, { id: "team", use: "mint" })]) });
    respond({ keys: new KeyRing([Key.from(bytes, { id: "team", requireTls: true })]) });
    network.send("question", question());
    expect(network.countOf("answer")).toBe(0);
  });
});
