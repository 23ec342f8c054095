import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fakeClock } from "hearthwire/testing";
import { ConnectionError, Key } from "hearthwire/node";
import { commandSentence } from "../../src/cli/command-sentence.js";
import { sayRefusedPeers } from "../../src/cli/refused-peers.js";
import { formatKeyFile } from "../../src/node/key-file-format.js";
import type { DaemonEvents } from "../../src/daemon/daemon-events.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { Emitter } from "../../src/observe/emitter.js";
import { type CliDepot, cliDepot } from "./support/cli-depot.js";
import { FakeIo, runLine } from "./support/fake-io.js";

let depot: CliDepot;
let zed: string;
beforeAll(async () => {
  depot = await cliDepot();
  zed = join(depot.folder, "zed.json");
  await writeFile(zed, formatKeyFile([Key.generate({ id: "zed" })]), { mode: 0o600 });
});
afterAll(() => depot[Symbol.asyncDispose]());

describe("a wrong key", () => {
  test.each([
    ["echo", ["echo"], (url: string) => ["call", url, "echo", "1"]],
    ["names serve", ["names", "serve", "--port", "0"], (url: string) => ["names", "list", "--names", url]],
  ])("is told by %s, and by who showed it, with the remedy", async (_name, serving, asking) => {
    const io = depot.world();
    const ended = runLine(serving, io);
    const [, url = ""] = await io.written(/(ws:\S+)/);
    const { code, out, err } = await depot.run([...asking(url), "--key-file", zed]);
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toContain(`The key that was shown is "zed" of ${zed}: name another file by --key-file, or see by `);
    expect(err).toContain('"hearthwire keys fingerprint zed" on both sides');
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    await io.written(
      /^refused: 127\.0\.0\.1 with the key "zed": no key with the id "zed"; name a file that has it by "--key-file"$/m,
    );
    io.interrupt();
    expect((await ended).code).toBe(0);
  });

  test("is told to programs as a document on the standard error output", async () => {
    const io = depot.world();
    const ended = runLine(["echo", "--json"], io);
    const [, url = ""] = await io.written(/"url":"([^"]+)"/);
    const { err } = await depot.run(["call", url, "echo", "1", "--key-file", zed, "--json"]);
    const { error } = JSON.parse(err) as { error: { message: string; code: string } };
    expect(error.code).toBe("HW_REFUSED");
    expect(error.message).toContain(`The key that was shown is "zed" of ${zed}: `);
    await io.written(/"refused"/);
    io.interrupt();
    await ended;
    expect(io.errLines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { refused: { remoteAddress: "127.0.0.1", keyId: "zed" } },
    ]);
  });

  test("is not blamed for what others refuse for another reason", async () => {
    const full = new ConnectionError("HW_REFUSED", "ws://127.0.0.1:1/ has reached a limit; try again later");
    const io = new FakeIo({ options: { keyFile: zed } });
    expect(await commandSentence(io, full, new Set())).toBe(full.message);
  });
});

describe("sayRefusedPeers", () => {
  const world = (options = {}) => {
    const io = new FakeIo(options);
    const events = new Emitter<DaemonEvents>();
    const clock = fakeClock();
    const daemon = { on: events.on.bind(events) } as unknown as Daemon;
    return { io, events, clock, told: sayRefusedPeers(io, daemon, clock) };
  };

  test("sends nothing of a peer's to the terminal as it is", () => {
    const { io, events } = world();
    events.emit("refused", { remoteAddress: "10.0.0.7", keyId: "\u001b[2J\u202e", reason: "a\nb\u0007" });
    expect(io.errLines).toEqual(['refused: 10.0.0.7 with the key "\\u001b[2J\\u202e": a\\u000ab\\u0007']);
  });

  test("tells 20 of an address in 10 seconds, then the last one, and those of others all the same", async () => {
    const { io, events, clock } = world();
    for (let count = 0; count < 30; count++)
      events.emit("refused", { remoteAddress: "10.0.0.7", reason: `no ${count}` });
    events.emit("refused", { remoteAddress: "10.0.0.8", reason: "no" });
    expect(io.errLines).toHaveLength(21);
    expect(io.errLines.at(-1)).toBe("refused: 10.0.0.8: no");
    await clock.advance(10_000);
    expect(io.errLines.slice(21)).toEqual(["refused: 10.0.0.7 (and 9 before it): no 29"]);
  });

  test("tells the last of it when it ends, and no more", async () => {
    const { io, events, clock, told } = world();
    for (let count = 0; count < 22; count++) events.emit("refused", { remoteAddress: "10.0.0.7", reason: "no" });
    told[Symbol.dispose]();
    expect(io.errLines.at(-1)).toBe("refused: 10.0.0.7 (and 1 before it): no");
    events.emit("refused", { reason: "late" });
    await clock.advance(20_000);
    expect(io.errLines).toHaveLength(21);
  });
});
