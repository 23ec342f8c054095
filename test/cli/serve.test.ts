import { createServer, type AddressInfo } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveNames } from "hearthwire/node";
import { type CliDepot, cliDepot } from "./support/cli-depot.js";
import { runLine } from "./support/fake-io.js";

let depot: CliDepot;
beforeAll(async () => (depot = await cliDepot()));
afterAll(() => depot[Symbol.asyncDispose]());

let modules = 0;
/** Writes a module, under a name that none was loaded by before. */
async function moduleOf(text: string, ending = "mjs"): Promise<string> {
  const file = join(depot.folder, `module-${modules++}.${ending}`);
  await writeFile(file, text);
  return file;
}

const CLOCK = "export const objects = { clock: () => 'noon', bell: () => 'dong' };\n";

describe("hearthwire serve", () => {
  test("serves what a module exports until Ctrl-C, which is no failure", async () => {
    const io = depot.world();
    const ended = runLine(["serve", await moduleOf(CLOCK)], io);
    const [, url = ""] = await io.written(/^clock {2}(ws:\/\/127\.0\.0\.1:\d+\/clock)$/m);
    expect(await depot.run(["call", url, ""])).toEqual({ code: 0, out: "noon\n", err: "" });
    io.interrupt();
    expect(await ended).toMatchObject({ code: 0, err: "" });
    expect((await depot.run(["call", url, ""])).code).toBe(3);
  });

  test("lets calls that run come to their end", async () => {
    const io = depot.world();
    const slow = runLine(["echo"], io);
    const [, url = ""] = await io.written(/(ws:\S+)/);
    const caller = depot.world();
    const answer = runLine(["call", url, "slow", "300"], caller);
    await expect.poll(async () => (await depot.run(["call", url, "count"])).out).toMatch(/^[1-9]/);
    io.interrupt();
    expect(await answer).toEqual({ code: 0, out: "after 300 ms\n", err: "" });
    expect((await slow).code).toBe(0);
  });

  test("prints addresses as documents for programs", async () => {
    const io = depot.world();
    const ended = runLine(["serve", await moduleOf(CLOCK), "--json", "--path", "/rpc"], io);
    await io.written(/bell/);
    io.interrupt();
    await ended;
    const base = /^ws:\/\/127\.0\.0\.1:\d+\/rpc\//;
    expect(io.documents).toEqual([
      { object: "clock", url: expect.stringMatching(base) as string },
      { object: "bell", url: expect.stringMatching(base) as string },
    ]);
  });

  test("takes the module's options, and before those its own", async () => {
    const text = `${CLOCK} export const options = { path: "/of-module", listObjects: true };\n`;
    const file = await moduleOf(text);
    for (const [args, path] of [
      [[], "of-module"],
      [["--path", "/mine"], "mine"],
    ] as const) {
      const io = depot.world();
      const ended = runLine(["serve", file, ...args], io);
      const [, found] = await io.written(/ws:\/\/127\.0\.0\.1:\d+\/(\S+)\/clock/);
      expect(found).toBe(path);
      io.interrupt();
      await ended;
    }
  });

  test.each([
    ["no objects", "export const stock = {};", 'must export "objects"'],
    ["an empty record", "export const objects = {};", 'must export at least one object in "objects"'],
    ["options that are none", `${CLOCK} export const options = 1;`, 'may export "options"'],
    [
      "a server of its own",
      `${CLOCK} export const options = { server: {} };`,
      "a program calls serve(objects, options) itself",
    ],
    ["an option that there isn't", `${CLOCK} export const options = { prot: 1 };`, '"prot"'],
    ["a fault of its own", 'throw new TypeError("broken here");', "can't be loaded: TypeError: broken here"],
  ])("refuses a module with %s", async (_what, text, sentence) => {
    const { code, out, err } = await depot.run(["serve", await moduleOf(text)]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(sentence);
    expect(err).toMatch(/\(HW_OPTION_INVALID\)\n$/);
    expect(err).not.toMatch(/^ {4}at /m);
  });

  test("refuses a file that isn't there", async () => {
    const { code, err } = await depot.run(["serve", "./missing.mjs"]);
    expect({ code, err }).toEqual({
      code: 2,
      err: 'error: "module" ./missing.mjs: there is no such file (HW_OPTION_INVALID)\n',
    });
  });

  test.each([
    [["--port", "65536"], 2, "it must be an integer 0..65535."],
    [["--grace", "-1"], 2, "it must be a number of milliseconds"],
    [["--host", "0.0.0.0"], 2, "(HW_INSECURE_BIND)"],
    [["--tls-cert", "cert.pem"], 2, "(HW_OPTION_INVALID)"],
    [["--socket", "relative.sock"], 2, "(HW_OPTION_INVALID)"],
  ])("refuses %j", async (args, code, sentence) => {
    const ended = await depot.run(["serve", await moduleOf(CLOCK), ...args]);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(sentence);
  });

  test("ends with 1 when somebody else has the port", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, err } = await depot.run(["serve", await moduleOf(CLOCK), "--port", String(port)]);
    other.close();
    expect(code).toBe(1);
    expect(err).toContain("(HW_PORT_IN_USE)");
  });
});

describe("hearthwire serve with names", () => {
  test("registers what it serves, and takes it back before it ends", async () => {
    await using names = await serveNames({ port: 0, keys: depot.daemon.keys });
    const server = names.url("names");
    const io = depot.world();
    const ended = runLine(
      ["serve", await moduleOf(CLOCK), "--names", server, "--prefix", "eu/", "--tag", "noon", "--tag", "loud"],
      io,
    );
    await io.written(/^registered: hearthwire:eu\/clock, hearthwire:eu\/bell$/m);
    const { out } = await depot.run(["call", server, "lookup", '"eu/clock"', "--json"]);
    expect(JSON.parse(out)).toMatchObject([{ name: "eu/clock", tags: ["loud", "noon"] }]);
    io.interrupt();
    expect((await ended).code).toBe(0);
    expect((await depot.run(["call", server, "count"])).out).toBe("0\n");
  });

  test("says that a name server is away, and serves all the same", async () => {
    const io = depot.world();
    const ended = runLine(["serve", await moduleOf(CLOCK), "--names", "ws://127.0.0.1:1/names"], io);
    await io.written(/^warning: not registered, but tried again: /m);
    const [, url = ""] = await io.written(/^clock +(ws:\S+)$/m);
    expect((await depot.run(["call", url, ""])).out).toBe("noon\n");
    io.interrupt();
    expect((await ended).code).toBe(0);
  });

  test("says who removed a name, and serves on", async () => {
    await using names = await serveNames({ port: 0, keys: depot.daemon.keys });
    const server = names.url("names");
    const io = depot.world();
    const ended = runLine(["serve", await moduleOf(CLOCK), "--names", server], io);
    await io.written(/^registered: /m);
    const [, url = ""] = await io.written(/^clock +(ws:\S+)$/m);
    expect((await depot.run(["names", "remove", "clock", "--names", server])).out).toContain(`  clock  ${url}\n`);
    await io.written(
      /^warning: hearthwire:clock was removed by key:\S+: its object is served still, and registered again when this is started anew$/m,
    );
    expect((await depot.run(["call", url, ""])).out).toBe("noon\n");
    io.interrupt();
    expect((await ended).code).toBe(0);
  });

  test("refuses a tag that is none", async () => {
    const { code, err } = await depot.run(["serve", await moduleOf(CLOCK), "--tag", "a b"]);
    expect(code).toBe(2);
    expect(err).toContain("'--tag <tag>' argument 'a b' is invalid. it must be 1..64");
  });
});

describe("hearthwire echo", () => {
  test("answers with values, errors, streams, and nothing that ends it", async () => {
    const io = depot.world();
    const ended = runLine(["echo"], io);
    const [, url = ""] = await io.written(/(ws:\S+)/);
    const said = async (...args: readonly string[]) => {
      const { code, out, err } = await depot.run([args[0]!, url, ...args.slice(1)]);
      return `${code} ${out}${err}`;
    };
    expect(await said("call", "echo", '{"a":[1]}')).toBe("0 { a: [ 1 ] }\n");
    expect(await said("call", "error", '"as asked"')).toBe("1 error: RangeError: as asked (E_ECHO)\n");
    expect(await said("call", "slow", "1")).toBe("0 after 1 ms\n");
    expect(await said("call", "slow", "60001")).toBe('1 error: RangeError: "ms" must be an integer 0..60000\n');
    expect(await said("watch", "generator", "2")).toBe("0 0\n1\n");
    expect(await said("watch", "generator", "1000001")).toMatch(/^1 error: RangeError: "count" must be/);
    expect(await said("call", "numbers")).toBe("0 [ NaN, Infinity, -0 ]\n");
    expect(await said("call", "oneway", "1", "--oneway")).toBe("0 ");
    expect(await said("call", "count")).toBe("0 8\n");
    expect(await said("call", "shutdown")).toMatch(/^1 error: "echo" has no member "shutdown"/);
    io.interrupt();
    expect((await ended).code).toBe(0);
  });
});
