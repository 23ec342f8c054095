import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AttackedDaemon, MAX_GROWTH_BYTES } from "./support/attacked-daemon.js";
import type { HostilePeer } from "./support/hostile-peer.js";
import { findKeyBytes } from "./support/key-bytes.js";

let attacked: AttackedDaemon;
beforeAll(async () => {
  attacked = await AttackedDaemon.start({
    program: fileURLToPath(new URL("./support/harmable-program.ts", import.meta.url)),
  });
});
afterAll(() => attacked[Symbol.asyncDispose]());

/** Has the daemon do itself a harm. */
async function harm(member: string, ...args: readonly unknown[]): Promise<void> {
  await using peer = await attacked.peer();
  peer.say(["call", 1, "harm", member, { json: args }]);
  await peer.answer("ok", 1);
}

const isUnharmed = (): Promise<void> => attacked.isUnharmed({ withinMs: 200 });

describe("isUnharmed", () => {
  test("passes when nothing has happened", async () => {
    await expect(attacked.isUnharmed()).resolves.toBeUndefined();
  });

  test("notices a prototype that was changed", async () => {
    await harm("pollute");
    await expect(isUnharmed()).rejects.toThrow("Object.prototype.polluted was changed");
    await harm("restore");
    await expect(attacked.isUnharmed()).resolves.toBeUndefined();
  });

  test("notices memory that is kept, 10 MiB and more", async () => {
    await harm("leak", MAX_GROWTH_BYTES / 2);
    await expect(attacked.isUnharmed()).resolves.toBeUndefined();
    await harm("leak", MAX_GROWTH_BYTES / 2 + 1024 * 1024);
    await expect(isUnharmed()).rejects.toThrow(/1\d\.\d MiB more memory/);
    await harm("restore");
    await expect(attacked.isUnharmed()).resolves.toBeUndefined();
  });

  test("notices a session, a socket, a peer in the waiting room, and what sessions hold", async () => {
    await using peer = await attacked.peer();
    peer.say(["call", 1, "target", "hang", { json: [] }], ["call", 2, "target", "held", { json: [] }]);
    await peer.answer("ok", 2);
    await using _line = await attacked.webSocket();
    const said = isUnharmed();
    await expect(said).rejects.toThrow("2 sessions instead of 1\n1 peers wait\n3 sockets instead of 1");
    await expect(said).rejects.toThrow("callsRunning: 1\nreferences: 1");
  });

  test("waits for what an attack has left to go", async () => {
    await expect(attacked.isUnharmed()).resolves.toBeUndefined();
  });
});

describe("a peer", () => {
  test("says what it wants with a right tag", async () => {
    await using peer = await attacked.peer();
    expect(await attacked.event("accepted")).toBe("key:eve");
    peer.say(["call", 1, "target", "increment", { json: [] }]);
    expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: 1 }]);
  });

  test.each([
    ["connected", 1],
    ["greeted", 1],
    ["confirmed", 0],
  ] as const)("stops when it is %s", async (until, waiting) => {
    await using _peer: HostilePeer = await attacked.peer({ until });
    await expect.poll(async () => (await attacked.facts()).waiting).toBe(waiting);
  });

  test("writes bytes between its frames", async () => {
    await using peer = await attacked.peer();
    peer.frame({ opcode: 3 });
    expect(await peer.closeCode()).toBe(1002);
  });
});

describe("findKeyBytes", () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 130);
  const buffer = Buffer.from(key);
  test.each([
    ["raw", Buffer.concat([Buffer.from("key: "), buffer])],
    ["hex", Buffer.from(`key=${buffer.toString("hex").toUpperCase()};`)],
    ["hex", Buffer.from([...key].map((byte) => byte.toString(16).padStart(2, "0")).join(" "))],
    ["numbers", Buffer.from(JSON.stringify([...key]))],
    ["numbers", Buffer.from([...key].join(",\n  "))],
    ["base64", Buffer.from(Buffer.concat([buffer]).toString("base64"))],
    ["base64", Buffer.from(Buffer.concat([Buffer.from("1"), buffer, Buffer.from("x")]).toString("base64"))],
    ["base64", Buffer.from(Buffer.concat([Buffer.from("12"), buffer, Buffer.from("xy")]).toString("base64"))],
    ["base64url", Buffer.from(Buffer.concat([Buffer.from("123"), buffer]).toString("base64url"))],
  ])("finds it as %s", (notation, output) => {
    expect(findKeyBytes(output, key)).toBe(notation);
  });

  test("does not find another key", () => {
    const other = Uint8Array.from(key, (byte) => byte ^ 1);
    for (const output of [buffer, Buffer.from(buffer.toString("hex")), Buffer.from(buffer.toString("base64"))]) {
      expect(findKeyBytes(output, other)).toBeUndefined();
    }
  });
});

// Last: they end the process or stain its output.
describe("isUnharmed, for good", () => {
  test("notices a key in the output", async () => {
    await harm("print", Buffer.from(attacked.keys.eve.export()).toString("hex"));
    await expect(isUnharmed()).rejects.toThrow('the daemon printed the key "eve" (hex)');
  });

  test("notices that the process has ended", async () => {
    await using peer = await attacked.peer();
    peer.say(["call", 1, "harm", "exit", { json: [] }]);
    await peer.closeCode();
    await expect(isUnharmed()).rejects.toThrow(/the child (ended with 7|has ended)/);
  });
});
