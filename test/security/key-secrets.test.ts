import { Console } from "node:console";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeBase64Url } from "../../src/auth/base64url.js";
import { deriveKey, KeySchedule } from "../../src/auth/key-schedule.js";
import { Key } from "../../src/auth/key.js";
import { importCryptoKey, keyFromCryptoKey, sealTicket } from "../../src/auth/key-from-crypto-key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicket, openTicket, ticketSecret } from "../../src/auth/ticket.js";
import { TicketDenyList } from "../../src/auth/ticket-deny-list.js";
import type { Connection } from "../../src/client/connection.js";
import { openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { ticketEndpoint } from "../../src/gateway/ticket-endpoint.js";
import { client, mint, server, shakeHands } from "../auth/handshake-fixtures.js";
import { findKeyBytes } from "./support/key-bytes.js";

const alice = Key.generate({ id: "alice" });
const root = Key.generate({ id: "root", use: "mint" });
const ticket = mintTicket(root, { subject: "zoe" });
const secrets: Readonly<Record<string, Uint8Array>> = {
  "alice's key": alice.export(),
  "the root": root.export(),
  "the ticket's key": ticketSecret(ticket),
  "the key of alice's HELLO": deriveKey(alice.export(), "hello"),
  "the key of the ticket's HELLO": deriveKey(ticketSecret(ticket), "hello"),
};

/** Everything that somebody may do to an object to look at it. */
const looks: Readonly<Record<string, (value: unknown) => string>> = {
  inspect: (value) => inspect(value),
  "inspect, with everything": (value) =>
    inspect(value, {
      showHidden: true,
      showProxy: true,
      getters: true,
      depth: 30,
      maxArrayLength: null,
      maxStringLength: null,
    }),
  "console.log": (value) =>
    logged((console_) =>
      console_.log(
        "%s %o %O %j",
        value,
        value,
        value,
        quiet(() => JSON.stringify(value)),
      ),
    ),
  "console.table and dir": (value) =>
    logged((console_) => (console_.table([value]), console_.dir(value, { depth: null, showHidden: true }))),
  "JSON.stringify": (value) => quiet(() => JSON.stringify(value)),
  structuredClone: (value) => quiet(() => inspect(structuredClone(value), { showHidden: true, depth: 30 })),
  "a spread and its entries": (value) =>
    inspect([{ ...Object(value) }, Reflect.ownKeys(Object(value) as object)], { depth: 30 }),
  "string conversion": (value) => quiet(() => `${String(value)} ${value as string}`),
};

/** What a look throws is looked at in its place. */
function quiet(look: () => string): string {
  try {
    return look() ?? "";
  } catch (error) {
    return inspect(error, { showHidden: true, depth: 10 });
  }
}

function logged(log: (console_: Console) => void): string {
  let text = "";
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => ((text += chunk.toString("latin1")), done()),
  });
  log(new Console({ stdout: stream, stderr: stream }));
  return text;
}

/** Which secrets stand in a text, and how. */
function secretsIn(output: string): readonly string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const notation = findKeyBytes(Buffer.from(output, "latin1"), secret);
    return notation === undefined ? [] : [`${name}: ${notation}`];
  });
}

const keys = new KeyRing([alice, root], { find: async () => undefined });
let daemon: Daemon;
let connection: Connection;
const held: Record<string, unknown> = {};
const events: unknown[] = [];

beforeAll(async () => {
  const keysOption = { keys, deniedTickets: new TicketDenyList(), listObjects: true };
  daemon = await serve({ shop: { hello: () => "there" } }, keysOption);
  daemon.on("accepted", (session) => events.push(session));
  daemon.on("refused", (refusal) => events.push(refusal));
  const connectOptions = { key: alice, isolated: true };
  connection = openConnection(daemon.url(), connectOptions);
  await connection.ready;
  const byTicket = openConnection(daemon.url(), { ticket, isolated: true });
  await byTicket.ready;
  const failed = openConnection(daemon.url(), { key: Key.from(alice.export(), { id: "mallory" }), isolated: true });
  const exchange = shakeHands(client({ credential: { method: 2, ticket: mint() } }), server());
  Object.assign(held, {
    "a key": alice,
    "a key's schedule": new KeySchedule(alice.export()),
    "a sealed key": await keyFromCryptoKey(await importCryptoKey(alice.export()), { id: "alice" }),
    "a ring": keys,
    "keys in a list": [alice, root],
    "options of serve": keysOption,
    "options of connect": connectOptions,
    "a daemon": daemon,
    "a session of a daemon": [...daemon.sessions.values()],
    "a connection": connection,
    "a connection by ticket": byTicket,
    "a proxy": connection.object("shop"),
    "an opened ticket": openTicket(ticket),
    "a sealed ticket": await sealTicket(ticket),
    "a ticket's payload": ticket.payload,
    "a deny list": keysOption.deniedTickets,
    "a ticket endpoint": ticketEndpoint({ keys: root, subject: () => "zoe" }),
    "a grant and a principal": [exchange.accepted.grant, exchange.accepted.principal],
    "halves of a handshake": [client({ credential: { method: 1, key: alice } }), server({ keys })],
    "the refusal of a connection": await failed.closed,
    "events of the daemon": events,
  });
});
afterAll(async () => {
  await connection.close();
  await daemon.close({ graceMs: 0 });
});

describe("row 120, S41: no look shows a key", () => {
  test.each(Object.keys(looks))("%s", (name) => {
    const found = Object.entries(held).map(([what, value]) => [what, secretsIn(looks[name]!(value))]);
    expect(found).toEqual(Object.keys(held).map((what) => [what, []]));
  });

  test("the looks would see it, were it there", () => {
    const blind = new Set(["string conversion", "JSON.stringify"]);
    const seeing = Object.entries(looks).filter(([name]) => !blind.has(name));
    const leak = { leak: Buffer.from(alice.export()) };
    expect(seeing.map(([name, look]) => [name, secretsIn(look(leak)).length])).toEqual(
      seeing.map(([name]) => [name, 1]),
    );
    expect(secretsIn(looks["JSON.stringify"]!({ leak: [...alice.export()] }))).toEqual(["alice's key: numbers"]);
    expect(secretsIn(looks["string conversion"]!(encodeBase64Url(alice.export())))).toHaveLength(1);
  });

  const hex = Buffer.from(alice.export()).toString("hex");
  const base64 = Buffer.from(alice.export()).toString("base64");
  test.each<[string, () => unknown]>([
    ["a key's text that is too long", () => Key.from(`${hex}00`, { id: "alice" })],
    ["a key's text that is padded", () => Key.from(base64, { id: "alice" })],
    ["bytes too many", () => Key.from(Uint8Array.from([...alice.export(), 0]), { id: "alice" })],
    ["a key as the id", () => Key.from(alice.export(), { id: `${hex}!` })],
    ["a key as another option", () => Key.from(alice.export(), { id: "a", use: alice.export() as never })],
    ["a key as a subject", () => Key.from(alice.export(), { id: "a", subject: `${hex}\n` })],
    ["bytes in a ring", () => new KeyRing([alice.export() as never])],
    ["a text in a ring", () => new KeyRing([hex as never])],
    ["an id twice", () => new KeyRing([alice, alice])],
    ["a wrong ticket", () => openTicket({ ...ticket, payload: ticket.key })],
    ["a ticket's key that is none", () => openTicket({ ...ticket, key: `${ticket.key}=` })],
    ["a ticket's key for its payload in a deny list", () => new TicketDenyList().deny(ticket.key)],
    ["a minter that can't", () => mintTicket(alice, { subject: "zoe" })],
  ])("an error about %s says nothing of it", (_, fail) => {
    let error: unknown;
    try {
      fail();
    } catch (reason) {
      error = reason;
    }
    expect(error).toBeInstanceOf(Error);
    const shown = inspect(error, { showHidden: true, depth: 30 });
    expect(secretsIn(`${shown} ${String((error as Error).stack)} ${JSON.stringify(error)}`)).toEqual([]);
  });

  test.each<[string, object]>([
    ["keys of bytes", { keys: alice.export() }],
    ["keys of text", { keys: hex }],
    ["a misspelt option", { key: hex }],
  ])("serve refuses %s without showing them", async (_, options) => {
    const error: unknown = await serve({}, options as never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(secretsIn(inspect(error, { showHidden: true, depth: 30 }))).toEqual([]);
  });

  test.each<[string, object]>([
    ["a key of bytes", { key: alice.export() }],
    ["a key of text", { key: hex }],
    ["a function that gives text", { key: () => hex }],
    ["a ticket's text", { ticket: ticket.key }],
    [
      "a function that gives a key as its ticket",
      { ticket: () => ({ payload: ticket.key, key: ticket.key, expiresAtMs: 0 }) },
    ],
  ])("connect refuses %s without showing it", async (_, options) => {
    const failed = openConnection(daemon.url(), { ...options, isolated: true } as never);
    const error = await failed.closed;
    expect(error).toBeInstanceOf(Error);
    expect(secretsIn(inspect(error, { showHidden: true, depth: 30 }))).toEqual([]);
  });

  test("a diagnostic report of the process holds none", () => {
    // Else it asks the network for the name of each address.
    Object.assign(process.report, { excludeNetwork: true });
    expect(secretsIn(JSON.stringify(process.report.getReport(new Error("crash"))))).toEqual([]);
  });

  test("a fingerprint names a key in logs, and is nothing of its bytes", () => {
    expect(alice.fingerprint).toMatch(/^[0-9a-f]{8}$/);
    expect(hex).not.toContain(alice.fingerprint);
  });
});
