import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../src/daemon/audit-trail.js";
import type { Message } from "../../src/wire/message.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import type { HostilePeer } from "./support/hostile-peer.js";

const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

let attacked: AttackedDaemon;
beforeAll(async () => {
  const program = fileURLToPath(new URL("./support/guarded-program.ts", import.meta.url));
  const limits = { callsPerSecondPerPrincipal: 1_000, callBurstPerPrincipal: 20_000, maxSessionsPerPrincipal: 8 };
  attacked = await AttackedDaemon.start({ program, serve: { limits } });
});
afterEach(() => attacked.isUnharmed());
afterAll(() => attacked[Symbol.asyncDispose]());

/** What the trail has said since it was asked last. */
async function trail(): Promise<readonly { readonly line: string; readonly entry: AuditEntry }[]> {
  await using ann = await attacked.peer({ key: attacked.keys.ann });
  ann.say(["call", 1, "trail", "lines", { json: [] }]);
  const [, , payload] = await ann.answer("ok", 1);
  const { json } = payload as { json: readonly string[] };
  return json.map((line) => ({ line, entry: JSON.parse(line) as AuditEntry }));
}

const call = (id: number, object: string, member: string): Message => ["call", id, object, member, { json: [] }];

async function errorOf(peer: HostilePeer, message: Message): Promise<string> {
  peer.say(message);
  return JSON.stringify((await peer.answer("err", message[1] as number))[2]);
}

test.each<[string, Message, Message]>([
  ["an object", call(1, "vault", "open"), call(2, "vaulx", "open")],
  ["a member", call(1, "target", "increment"), call(2, "target", "incrememt")],
  ["a look", ["look", 1, "vault"], ["look", 2, "vaulx"]],
  ["an accessor", ["get", 1, "vault", "open"], ["get", 2, "vaulx", "open"]],
])("row 93: %s that is denied reads as one that is missing", async (_what, denied, missing) => {
  await using peer = await attacked.peer();
  const [one, other] = [await errorOf(peer, denied), await errorOf(peer, missing)];
  expect(other.replace("vaulx", "vault").replace("incrememt", "increment")).toBe(one);
  expect(await attacked.canary.increment()).toBeGreaterThan(0);
});

test("row 19: calls that come with a handshake that the hook refuses don't run", async () => {
  const before = await attacked.canary.increment();
  await using peer = await attacked.peer({ until: "confirmed" });
  peer.say(["open", { json: "a ghost" }], call(1, "target", "increment"), call(2, "target", "facts"));
  peer.say(call(3, "target", "increment"));
  expect((await peer.heard.closed_).code).toBe(4403);
  expect(peer.messages().map(([name]) => name)).toEqual(["refused"]);
  expect(await attacked.canary.increment()).toBe(before + 1);
});

test("row 19: a DATA frame in place of HELLO is refused", async () => {
  await using friend = await attacked.peer({ until: "confirmed" });
  await using stranger = await attacked.peer({ until: "connected" });
  stranger.transport.send(friend.data(["open"], call(1, "target", "increment")));
  expect((await stranger.heard.closed_).code).toBe(4401);
});

describe("row 119: in what the daemon logs", () => {
  test("row 119: names, handshake data and close reasons of a peer are one line each and at most 200 characters", async () => {
    await trail();
    const hostile = `x\u2028y\u202ez\u061c${"long".repeat(50)}`;
    const withControls = `\r\n{"event":"accepted","principal":"key:ann"}\u001b[2J${hostile}`;
    await using peer = await attacked.peer();
    await errorOf(peer, call(1, "target", hostile));
    await errorOf(peer, ["look", 2, hostile]);
    await using refused = await attacked.peer({ until: "confirmed" });
    refused.say(["open", { json: withControls + "y".repeat(10_000) }]);
    await refused.heard.closed_;
    await using leaving = await attacked.peer({ until: "connected" });
    leaving.webSocket.close(4_000, "\r\n\u001b[31mforged\u2029");
    await attacked.event("refused", /forged/);
    const told = await trail();
    for (const { line, entry } of told) {
      expect(line).not.toMatch(UNSAFE);
      for (const field of Object.values(entry)) expect(String(field).length).toBeLessThanOrEqual(200);
    }
    expect(told.filter(({ entry }) => entry.event === "denied").length).toBe(2);
    expect(told.filter(({ entry }) => entry.event === "refused").map(({ entry }) => entry.reason)).toEqual([
      expect.stringContaining("\\u000d\\u000a{"),
      expect.stringContaining("\\u000d\\u000a\\u001b[31mforged\\u2029"),
    ]);
  });

  test("row 119: 1 000 probes of one peer are 21 lines, and nobody waits for them", async () => {
    await trail();
    await using peer = await attacked.peer();
    for (let frame = 0; frame < 10; frame++) {
      peer.say(...Array.from({ length: 100 }, (_, index) => call(frame * 100 + index + 1, `o${frame}`, `m${index}`)));
      await peer.answer("err", frame * 100 + 100);
      if (frame % 5 === 0) await attacked.answersCanary();
    }
    const denied = (await trail()).filter(({ entry }) => entry.event === "denied");
    expect(denied.length).toBeLessThanOrEqual(21);
  });
});

test("S16: a principal that opens sessions without end gets eight, and others get theirs", async () => {
  const peers = await Promise.all(Array.from({ length: 8 }, () => attacked.peer()));
  for (let more = 0; more < 5; more++) {
    await using excess = await attacked.peer({ until: "confirmed" });
    excess.say(["open"]);
    expect(JSON.stringify(await excess.answer("refused"))).toContain("maxSessionsPerPrincipal");
  }
  await using other = await attacked.peer({ key: attacked.keys.ann });
  other.say(call(1, "target", "facts"));
  await other.answer("ok", 1);
  for (const peer of peers) await peer[Symbol.asyncDispose]();
});
