import { readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Command } from "commander";
import { type Key, keyFile, serveNames } from "hearthwire/node";
import type { Ticket } from "../../src/auth/ticket.js";
import { createProgram } from "../../src/cli/program.js";
import { type CliDepot, cliDepot } from "./support/cli-depot.js";
import { FakeIo, runLine } from "./support/fake-io.js";

let depot: CliDepot;
let names: Awaited<ReturnType<typeof serveNames>>;
let server: string;
let certs: string;
beforeAll(async () => {
  depot = await cliDepot({ listObjects: true });
  names = await serveNames({ port: 0, keys: await keyFile(depot.keyFile) });
  server = names.url("names");
  certs = join(depot.folder, "certs");
});
afterAll(async () => {
  await names.close({ graceMs: 0 });
  await depot[Symbol.asyncDispose]();
});

/** The texts by which 32 bytes could leak. */
function spellings(secret: Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret);
  const [hex, base64, base64url] = [bytes.toString("hex"), bytes.toString("base64"), bytes.toString("base64url")];
  const decimal = bytes.subarray(0, 8).join(", ");
  const packed = bytes.subarray(0, 8).join(",");
  return [...new Set([hex, hex.toUpperCase(), base64.replace(/=+$/, ""), base64url, decimal, packed])];
}

/** All keys of the depot's file, old and new. */
async function secrets(file = depot.keyFile): Promise<readonly Key[]> {
  return [...(await keyFile(file))];
}

describe("secrets", () => {
  test("no command prints a key, whether it succeeds or fails, for people or programs", async () => {
    const team = join(depot.folder, "team.json");
    const written: string[] = [];
    const run = async (...args: readonly string[]): Promise<void> => {
      for (const more of [[], ["--json"], ["--debug"]]) {
        const { out, err } = await depot.run([...args, ...more], { isTty: true });
        written.push(out, err);
      }
    };
    await run("keys", "new", "--id", "ann", "--copy-to", team);
    await run("keys", "new", "--use", "mint");
    await run("keys", "list");
    await run("keys", "fingerprint");
    await run("keys", "remove", "nobody");
    await run("call", depot.url, "add", "1");
    await run("call", depot.url, "fail", '"x"');
    await run("call", depot.url, "add", "1", "--key-file", team);
    await run("call", "ws://127.0.0.1:1/x", "y");
    await run("watch", depot.url, "countdown", "1");
    await run("describe", depot.url);
    await run("describe", depot.daemon.url());
    await run("ping", depot.url, "-n", "1");
    await run("names", "register", "cart", depot.url, "--lease", "1m", "--names", server);
    await run("names", "list", "--names", server);
    await run("names", "list", "--names", server, "--key-file", team);
    await run("names", "lookup", "cart", "--names", server);
    await run("ticket", "--subject", "ann");
    await run("ticket", "--subject", "ann", "--key", "ann");
    await run("config");
    await run("doctor", depot.url);
    await run("certs", "ca", "--folder", certs);
    await run("certs", "server", "--folder", certs);
    await run("certs", "client", "--name", "bob", "--folder", certs);

    const all = written.join("\n");
    expect(all).toContain("ann");
    const keys = [...(await secrets()), ...(await secrets(team))];
    expect(keys.length).toBeGreaterThan(4);
    for (const key of keys)
      for (const spelling of spellings(key.export())) expect([key.id, all.includes(spelling)]).toEqual([key.id, false]);
    for (const file of ["ca.key", "server.key", "bob.key"]) {
      const [, body = ""] = readFileSync(join(certs, file), "utf8").split("\n");
      expect(body.length).toBeGreaterThan(40);
      expect([file, all.includes(body)]).toEqual([file, false]);
    }
    expect(all).not.toContain("PRIVATE KEY");
  });

  test("a server prints no key, of those that it has and of those that it is shown", async () => {
    const io = depot.world();
    const ended = runLine(["echo"], io);
    const [, url = ""] = await io.written(/(ws:\S+)/);
    const other = join(depot.folder, "other.json");
    await depot.run(["keys", "new", "--key-file", other]);
    await depot.run(["call", url, "echo", "1"]);
    await depot.run(["call", url, "echo", "1", "--key-file", other]);
    await io.written(/^refused: /m);
    io.interrupt();
    await ended;
    for (const key of [...(await secrets()), ...(await secrets(other))])
      for (const spelling of spellings(key.export())) expect((io.output + io.errors).includes(spelling)).toBe(false);
  });

  test("keys new --show-secret prints the one that it made, so that the search above would find it", async () => {
    const { out } = await depot.run(["keys", "new", "--id", "shown", "--show-secret"]);
    const shown = (await secrets()).find(({ id }) => id === "shown")!;
    expect(spellings(shown.export()).filter((spelling) => out.includes(spelling))).toEqual([
      Buffer.from(shown.export()).toString("base64url"),
    ]);
    const others = (await secrets()).filter(({ id }) => id !== "shown");
    for (const key of others) for (const one of spellings(key.export())) expect(out.includes(one)).toBe(false);
  });

  test("ticket prints what it mints on the standard output alone", async () => {
    await depot.run(["keys", "new", "--use", "mint"]);
    const { out, err } = await depot.run(["ticket", "--subject", "ann"]);
    const { key, payload } = JSON.parse(out) as Ticket;
    expect(err).toMatch(/^Whoever has this is "ann" until /);
    expect([err.includes(key), err.includes(payload)]).toEqual([false, false]);
  });

  test("no option and no argument takes a key, a passphrase or a ticket", () => {
    const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
    const taking = all(createProgram(new FakeIo(), { use: () => undefined })).flatMap((command) => [
      ...command.options.filter(({ required, optional }) => required || optional).map(({ flags }) => flags),
      ...command.registeredArguments.map((argument) => argument.name()),
    ]);
    expect(taking.length).toBeGreaterThan(50);
    const suspicious = taking.filter((word) => /key|secret|pass|ticket|token|credential/i.test(word));
    // Files, ids and a name.
    expect([...new Set(suspicious)].toSorted()).toEqual(["--key <id>", "--key-file <file>", "--tls-key <file>"]);
  });

  test.runIf(process.getuid !== undefined)("files with keys are their owner's alone", async () => {
    const files = [
      depot.keyFile,
      ...(await readdir(certs)).filter((name) => name.endsWith(".key")).map((name) => join(certs, name)),
    ];
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect([file, (statSync(file).mode & 0o777).toString(8)]).toEqual([file, "600"]);
  });

  test("config says where keys are, and of a variable that it doesn't know only the name", async () => {
    const { out } = await depot.run(["config"], { env: { HEARTHWIRE_KEY: "hunter2" } });
    expect(out).toContain(depot.keyFile);
    expect(out).toMatch(/^HEARTHWIRE_KEY +\(not shown\)/m);
    expect(out).not.toContain("hunter2");
  });

  test("an argument that must not stand on the command line comes by the standard input", async () => {
    expect(await depot.run(["call", depot.url, "echo", "-"], { input: '"hunter2"' })).toMatchObject({
      out: "hunter2\n",
    });
    const { code, out, err } = await depot.run(["call", depot.url, "echo", "-"], { input: "hunter2" });
    expect([code, (out + err).includes("hunter2")]).toEqual([2, false]);
    const both = await depot.run(["call", depot.url, "echo", "-", "-"], { input: '"hunter2"' });
    expect([both.code, (both.out + both.err).includes("hunter2")]).toEqual([2, false]);
  });
});
