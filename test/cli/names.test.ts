import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import { formatKeyFile } from "../../src/node/key-file-format.js";
import { MemoryStorage } from "../../src/naming/memory-storage.js";
import type { NameServer } from "../../src/naming/name-server.js";
import { connect } from "../../src/node/connect.js";
import type { DiscoverOptions } from "../../src/node/discover-names.js";
import type { FoundNameServer } from "../../src/node/discovery-asker.js";
import { serve } from "../../src/node/serve.js";
import { serveNames } from "../../src/node/serve-names.js";
import { callContext } from "../../src/objects/call-context.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { discoverNamesCommand } from "../../src/cli/names-discover.js";
import { ChaosProxy } from "../support/chaos-proxy.js";
import { type Ended, FakeIo, runLine } from "./support/fake-io.js";

const ann = Key.generate({ id: "ann" });
const bob = Key.generate({ id: "bob" });
const at = (id: string, port = 7766): string => `ws://127.0.0.1:${port}/${id}`;

let folder: string;
let daemon: Awaited<ReturnType<typeof serveNames>>;
/** The deadline of the last lookup. */
let lookedUp: Date | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-cli-names-"));
  for (const key of [ann, bob]) await writeFile(join(folder, `${key.id}.json`), formatKeyFile([key]), { mode: 0o600 });
  daemon = await serveNames({
    port: 0,
    keys: new KeyRing([ann, bob]),
    interceptors: [
      (call, next) => {
        if (call.member === "lookup") lookedUp = callContext().deadline;
        return next(call);
      },
    ],
  });
});
afterAll(async () => {
  await daemon.close({ graceMs: 0 });
  await rm(folder, { recursive: true });
});
/** Each test finds no names. */
beforeEach(async () => {
  lookedUp = undefined;
  using names = await connect<NameServer>(daemon.url("names"), { key: ann, isolated: true });
  for (const path of ["a", "b", "s", "w"]) await names.remove({ prefix: path });
});

const argsOf = (args: readonly string[], who: Key): readonly string[] => [
  ...["names", ...args, "--names", daemon.url("names")],
  ...["--key-file", join(folder, `${who.id}.json`)],
];
/** `hearthwire names ...` as ann. */
const names = (...args: readonly string[]): Promise<Ended> => runLine(argsOf(args, ann));
const documents = ({ out }: Ended): readonly Readonly<Record<string, unknown>>[] =>
  out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
/** Registers by the command, for a minute. */
async function register(...args: readonly string[]): Promise<void> {
  expect(await names("register", "--lease", "1m", ...args)).toMatchObject({ code: 0, err: "" });
}

describe("names register", () => {
  test("with a lease returns at once, and says until when", async () => {
    const ended = await names("register", "shop/cart", at("cart"), "--lease", "10m", "--tag", "eu", "--tag", "gpu");
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(ended.out).toMatch(/^shop\/cart is ws:\/\/127\.0\.0\.1:7766\/cart until 2\d{3}-.*Z\.\n$/);
    const [found, ...others] = documents(await names("lookup", "shop/cart", "--json"));
    expect([found, others]).toEqual([
      {
        name: "shop/cart",
        address: at("cart"),
        tags: ["eu", "gpu"],
        owner: "key:ann",
        load: 0,
        leaseEndsAt: expect.stringMatching(/Z$/),
      },
      [],
    ]);
    const leftMs = Date.parse(String(found?.["leaseEndsAt"])) - Date.now();
    expect(Math.abs(leftMs - 600_000)).toBeLessThan(60_000);
  });

  test("without one lasts until Ctrl-C, which is no failure", async () => {
    const io = new FakeIo();
    const running = runLine(argsOf(["register", "shop/cart", at("cart"), "--load", "2.5"], ann), io);
    await io.written(/^shop\/cart is ws:\S+ until Ctrl-C\.$/m);
    expect(documents(await names("list", "--json"))).toMatchObject([{ name: "shop/cart", load: 2.5 }]);
    io.interrupt();
    expect(await running).toMatchObject({ code: 0, err: "" });
    await expect.poll(async () => (await names("lookup", "shop/cart")).code).toBe(1);
  });

  test("goes on with a name server that was started again, and ends when the name is somebody else's there", async () => {
    const keys = new KeyRing([ann, bob]);
    const before = await serveNames({ port: 0, keys });
    const { port = 0 } = before.address;
    const args = (...rest: readonly string[]) => [
      ...["names", ...rest, "--names", before.url("names"), "--key-file", join(folder, "ann.json")],
    ];
    const io = new FakeIo();
    const running = runLine(args("register", "shop/cart", at("cart")), io);
    await io.written(/until Ctrl-C/);
    await before.close({ graceMs: 0 });
    const again = await serveNames({ port, keys });
    expect(await runLine(args("lookup", "shop/cart", "--wait", "20s"))).toMatchObject({ code: 0 });
    await again.close({ graceMs: 0 });

    const storage = new MemoryStorage();
    const leaseEndsAtMs = Date.now() + 3_600_000;
    await storage.put({
      ...{ name: "shop/cart", owner: "key:bob", leaseEndsAtMs },
      address: at("x"),
      tags: [],
      load: 0,
    });
    await using _last = await serveNames({ port, keys, storage });
    expect(await running).toMatchObject({ code: 1, err: expect.stringContaining("(HW_NAME_TAKEN)") });
  });

  test("keeps a name for its address unless it is told otherwise", async () => {
    const io = new FakeIo();
    const running = runLine(argsOf(["register", "worker", at("worker", 1)], ann), io);
    await io.written(/until Ctrl-C/);
    expect(await names("register", "worker", at("worker", 2), "--lease", "1m")).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("(HW_NAME_TAKEN)"),
    });
    await register("worker", at("worker", 2), "--replica");
    expect((await names("lookup", "worker")).out.split("\n").sort()).toEqual(["", at("worker", 1), at("worker", 2)]);
    await register("worker", at("worker", 3), "--replace");
    expect((await names("lookup", "worker")).out).toBe(`${at("worker", 3)}\n`);
    const asBob = await runLine(argsOf(["register", "worker", at("worker", 4), "--lease", "1m", "--replace"], bob));
    expect(asBob).toMatchObject({ code: 1, err: expect.stringContaining("belongs to somebody else") });
    io.interrupt();
    await running;
  });

  test.each([
    [["shop/cart"], 2, "missing required argument 'address'"],
    [["shop/cart", at("cart"), "--replica", "--replace"], 2, "cannot be used with option '--replace'"],
    [["shop/cart", at("cart"), "--lease", "10"], 2, "it must be a number with its unit"],
    [["shop/cart", at("cart"), "--load", "-1"], 2, "it must be a number, 0 or more."],
    [["shop/cart", at("cart"), "--lease", "25h"], 2, "argument '25h' is invalid. it must be 1s..24h."],
    [["/cart", at("cart"), "--lease", "1m"], 2, "value '/cart' is invalid for argument 'name'. it must be 1..128"],
    [["shop/cart", "http://127.0.0.1/cart", "--lease", "1m"], 2, "it must be a ws:, wss: or ws+unix: URL"],
    [
      ["shop/cart", at("cart"), "--tag", "a b", "--lease", "1m"],
      2,
      "'--tag <tag>' argument 'a b' is invalid. it must be 1..64",
    ],
  ])("refuses %j", async (args, code, sentence) => {
    expect(await names("register", ...args)).toEqual({ code, out: "", err: expect.stringContaining(sentence) });
    expect((await names("list", "--count")).out).toBe("0\n");
  });
});

describe("names list of nothing", () => {
  test("says on a terminal that there is nothing, and never on the standard output", async () => {
    const list = async (isTty: boolean, ...args: readonly string[]) => {
      const { out, err } = await runLine(argsOf(["list", ...args], ann), { isTty });
      return [out, err];
    };
    expect(await list(true)).toEqual(["", "Nothing is registered.\n"]);
    expect(await list(true, "--prefix", "shop/")).toEqual(["", "Nothing that is registered matches.\n"]);
    expect(await list(true, "--json")).toEqual(["", ""]);
    expect(await list(false)).toEqual(["", ""]);
    await register("shop/cart", at("cart"));
    expect((await list(true))[1]).toBe("");
  });
});

describe("names list", () => {
  beforeEach(async () => {
    await register("shop/cart", at("cart"), "--tag", "eu", "--tag", "gpu", "--load", "3");
    await register("shop/till", at("till"), "--tag", "eu");
    await register("shop/eu/till", at("till", 1), "--tag", "us");
    await register("bank", at("bank"));
  });

  test("is a table for people", async () => {
    const { code, out } = await names("list", "--prefix", "shop/c");
    const [until] = documents(await names("lookup", "shop/cart", "--json")).map((found) => found["leaseEndsAt"]);
    expect([code, out.split("\n")]).toEqual([
      0,
      [
        "NAME       ADDRESS                    TAGS    OWNER    LOAD  UNTIL",
        `shop/cart  ws://127.0.0.1:7766/cart  eu,gpu  key:ann     3  ${String(until)}`,
        "",
      ].map((line, index) =>
        index === 0 ? line.replace("ADDRESS                  ", "ADDRESS                 ") : line,
      ),
    ]);
  });

  test.each([
    [[], ["bank", "shop/cart", "shop/eu/till", "shop/till"]],
    [
      ["--prefix", "shop/"],
      ["shop/cart", "shop/eu/till", "shop/till"],
    ],
    [
      ["--glob", "shop/*"],
      ["shop/cart", "shop/till"],
    ],
    [
      ["--glob", "**/till"],
      ["shop/eu/till", "shop/till"],
    ],
    [["--tag", "eu", "--tag", "gpu"], ["shop/cart"]],
    [
      ["--any-tag", "gpu", "--any-tag", "us"],
      ["shop/cart", "shop/eu/till"],
    ],
    [["--prefix", "shop/t", "--any-tag", "us"], []],
  ])("%j lists %j", async (args, expected) => {
    const listed = await names("list", ...args, "--json");
    expect(documents(listed).map(({ name }) => name)).toEqual(expected);
    expect(await names("list", ...args, "--count")).toEqual({ code: 0, out: `${expected.length}\n`, err: "" });
    expect(documents(await names("list", ...args, "--count", "--json"))).toEqual([{ count: expected.length }]);
  });

  test("refuses a filter that is none", async () => {
    expect(await names("list", "--glob", "[a]")).toMatchObject({
      code: 2,
      err: expect.stringContaining("'--glob <pattern>' argument '[a]' is invalid. it must be 1..128 characters"),
    });
  });
});

describe("names of a registrant that is not there", () => {
  test("are away, in listings, lookups and watches, and come last", async () => {
    const storage = new MemoryStorage();
    // What was bound to a session before the name server was started anew.
    const facts = { name: "worker", owner: "key:ann", tags: [], load: 0, leaseEndsAtMs: undefined };
    await storage.put({ ...facts, address: at("worker", 1) });
    await using server = await serveNames({ port: 0, keys: new KeyRing([ann]), storage });
    const run = (...args: readonly string[]) =>
      runLine(["names", ...args, "--names", server.url("names"), "--key-file", join(folder, "ann.json")]);
    await run("register", "worker", at("worker", 2), "--replica", "--lease", "1h");
    const terminal = new FakeIo({ isTty: true });
    await runLine(
      ["names", "lookup", "worker", "--names", server.url("names"), "--key-file", join(folder, "ann.json")],
      terminal,
    );
    expect(terminal.outLines.join("\n")).toMatch(
      new RegExp(`^${at("worker", 2)}\n${at("worker", 1)}  away, until 2\\S+Z$`),
    );
    // Scripts take a line for an address.
    expect((await run("lookup", "worker")).out).toBe(`${at("worker", 2)}\n${at("worker", 1)}\n`);
    expect((await run("list")).out).toMatch(/^worker .*:1\/worker .* away, until 2\S+Z$/m);
    const io = new FakeIo();
    const args = ["names", "watch", "--names", server.url("names"), "--key-file", join(folder, "ann.json")];
    const watching = runLine(args, io);
    await io.written(/^\+ {2}worker {2}\S+:1\/worker {2}load 0 {2}away, until 2\S+Z$/m);
    io.interrupt();
    await watching;
    const [there, away] = documents(await run("lookup", "worker", "--json"));
    expect([there, away]).toEqual([
      expect.not.objectContaining({ awayUntil: expect.anything() }),
      expect.objectContaining({ awayUntil: expect.stringMatching(/Z$/) }),
    ]);
  });
});

describe("names serve, where the port is taken", () => {
  const serveAt = (port: number, who: Key = ann): Promise<Ended> =>
    runLine(["names", "serve", "--port", String(port), "--key-file", join(folder, `${who.id}.json`)]);

  test("says that a name server of this key is there already", async () => {
    await register("shop/cart", at("cart"));
    const { port = 0 } = daemon.address;
    const { code, err } = await serveAt(port);
    expect(code).toBe(1);
    expect(err).toMatch(
      `error: a name server is already running at ws://127.0.0.1:${port}/names, with one name; it is used by those that name it. There is nothing to do`,
    );
  });

  test("says that a daemon with another key has the port", async () => {
    await using other = await serveNames({ port: 0, keys: new KeyRing([bob]) });
    const { code, err } = await serveAt(other.address.port ?? 0);
    expect([code, err]).toEqual([1, expect.stringContaining("by a daemon that does not accept this key")]);
  });

  test("says that a daemon without names has the port", async () => {
    await using other = await serve({ shop: { open: () => 1 } }, { keys: new KeyRing([ann]) });
    const { code, err } = await serveAt(other.address.port ?? 0);
    expect([code, err]).toEqual([1, expect.stringContaining("by a daemon with this key that is no name server")]);
  });

  test("says that something else has the port, also of what says nothing", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { code, err } = await serveAt(port);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(`"--port" ${port} of 127.0.0.1 is in use by another program, which is no daemon`),
    ]);
    server.close();
  });

  test("refuses to be discovered where nobody else reaches it", async () => {
    const ended = await runLine([
      "names",
      "serve",
      "--port",
      "0",
      "--discovery",
      "--key-file",
      join(folder, "ann.json"),
    ]);
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining('"discovery" needs a daemon that other') });
  });
});

describe("names discover", () => {
  const found = [
    { name: "office", address: "wss://192.168.1.5:7765/names" },
    { name: "attic\u001b", address: "wss://192.168.1.6:7765/names" },
  ];

  async function discover(servers: readonly FoundNameServer[], io = new FakeIo(), ...args: readonly string[]) {
    let asked: DiscoverOptions | undefined;
    io.options = { ...io.options, keyFile: join(folder, "ann.json") };
    const command = discoverNamesCommand(io, async function* (options) {
      asked = options;
      yield* servers;
    });
    await command.parseAsync(args, { from: "user" });
    return { io, asked };
  }

  test("prints what answers, and asks with the key for 3 s", async () => {
    const { io, asked } = await discover(found);
    expect(io.output).toBe(
      "SERVER       ADDRESS\noffice       wss://192.168.1.5:7765/names\nattic\\u001b  wss://192.168.1.6:7765/names\n",
    );
    expect(io.exitCode).toBeUndefined();
    expect(asked).toMatchObject({ timeoutMs: 3_000, signal: io.signal });
    expect(asked?.key.fingerprint).toBe(ann.fingerprint);
    expect((await discover(found, undefined, "--wait", "1m")).asked).toMatchObject({ timeoutMs: 60_000 });
  });

  test("prints a document for each with --json", async () => {
    const { io } = await discover(found, new FakeIo({ options: { json: true } }));
    expect(io.documents).toEqual(found);
  });

  test("ends with 1 when none answers", async () => {
    const { io } = await discover([]);
    expect([io.exitCode, io.output, io.errors]).toEqual([1, "", expect.stringContaining("no name server answered")]);
  });

  test("waits no longer than a minute", async () => {
    expect(await names("discover", "--wait", "61s")).toMatchObject({
      code: 2,
      err: expect.stringContaining("at most 1m"),
    });
  });
});

describe("names lookup", () => {
  test("ends with 1 when there is no such name", async () => {
    expect(await names("lookup", "shop/cart")).toEqual({
      code: 1,
      out: "",
      err: expect.stringContaining("(HW_NAME_UNKNOWN)"),
    });
  });

  test("waits for a name, and gives the call that much more time", async () => {
    const waiting = names("lookup", "shop/cart", "--wait", "1m", "--timeout", "2000");
    await expect.poll(() => lookedUp).toBeDefined();
    const leftMs = (lookedUp?.getTime() ?? 0) - Date.now();
    expect(Math.abs(leftMs - 62_000)).toBeLessThan(20_000);
    await register("shop/cart", at("cart"));
    expect(await waiting).toEqual({ code: 0, out: `${at("cart")}\n`, err: "" });
  });

  test("waits no longer than it is told to, nor after Ctrl-C", async () => {
    expect(await names("lookup", "shop/cart", "--wait", "20ms")).toMatchObject({ code: 1 });
    const io = new FakeIo();
    lookedUp = undefined;
    const waiting = runLine(argsOf(["lookup", "shop/cart", "--wait", "1h"], ann), io);
    await expect.poll(() => lookedUp).toBeDefined();
    io.interrupt();
    expect(await waiting).toEqual({ code: 130, out: "", err: "" });
  });
});

describe("names remove", () => {
  test("removes a name, one of its addresses, or what matches, of one's own", async () => {
    for (const port of [1, 2, 3]) await register("worker", at("worker", port), "--replica");
    for (const name of ["shop/a", "shop/b"]) await register(name, at("x"));
    expect((await names("remove", "worker", "--address", at("worker", 2))).out).toBe("Removed 1 registration.\n");
    expect(documents(await names("remove", "worker", "--json"))).toEqual([{ removed: 2, served: [] }]);
    const asBob = await runLine(argsOf(["remove", "--prefix", "shop/"], bob));
    expect(asBob).toEqual({ code: 1, out: "Removed 0 registrations.\n", err: "" });
    expect((await runLine(argsOf(["remove", "shop/a"], bob))).err).toContain("(HW_NAME_TAKEN)");
    expect((await names("remove", "--prefix", "shop/")).out).toBe("Removed 2 registrations.\n");
    expect(await names("remove", "shop/a")).toMatchObject({ code: 1, out: "Removed 0 registrations.\n" });
  });

  test("says who serves on, who is told and does not register again", async () => {
    const keys = new KeyRing([ann]);
    const server = daemon.url("names");
    const options = { keys, names: { server, replica: true } } as const;
    await using one = await serve({ worker: { run: () => 1 } }, options);
    await using two = await serve({ worker: { run: () => 2 } }, options);
    await expect.poll(async () => (await names("list", "--count")).out).toBe("2\n");
    const told = new Promise((resolve) => two.on("nameRemoved", resolve));
    expect(await names("remove", "worker", "--address", two.url("worker"))).toEqual({
      code: 0,
      out: `Removed 1 registration.\nIts daemon serves on, and registers it again when it is started anew:\n  worker  ${two.url("worker")}\n`,
      err: "",
    });
    expect(await told).toEqual({ name: "worker", by: "key:ann" });
    const removed = await names("remove", "--prefix", "w", "--json");
    expect(documents(removed)).toEqual([{ removed: 1, served: [{ name: "worker", address: one.url("worker") }] }]);
    expect((await names("remove", "a b")).err).toContain("it must be 1..128 characters");
  });

  test.each([[[]], [["shop/a", "--prefix", "shop/"]]])("refuses %j as wrong usage", async (args) => {
    expect(await names("remove", ...args)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("one of them"),
    });
  });
});

describe("names tag", () => {
  test("gives a name these tags, or some more and some less, or none", async () => {
    await register("shop/cart", at("cart"), "--tag", "old");
    const tags = async (...args: readonly string[]) =>
      documents(await names("tag", "shop/cart", ...args, "--json")).map((found) => found["tags"]);
    expect(await tags("eu", "gpu")).toEqual([["eu", "gpu"]]);
    expect(await tags("--add", "us", "--remove", "eu", "--remove", "none")).toEqual([["gpu", "us"]]);
    expect(await tags("--clear")).toEqual([[]]);
    expect((await names("tag", "shop/cart", "eu")).out).toMatch(/^NAME .*\nshop\/cart .* eu /);
  });

  test.each([
    [["shop/cart"], 2, "one of these"],
    [["shop/cart", "eu", "--add", "us"], 2, "one of these"],
    [["shop/cart", "--clear", "--add", "us"], 2, "one of these"],
    [["shop/cart", "a b"], 2, "value 'a b' is invalid for argument 'tag'. it must be 1..64"],
    [["shop/none", "eu"], 1, "(HW_NAME_UNKNOWN)"],
  ])("refuses %j", async (args, code, sentence) => {
    await register("shop/cart", at("cart"));
    expect(await names("tag", ...args)).toEqual({ code, out: "", err: expect.stringContaining(sentence) });
  });
});

describe("names watch", () => {
  test("prints what is there and then each change, until Ctrl-C", async () => {
    await register("shop/cart", at("cart"));
    await register("bank", at("bank"));
    const people = new FakeIo();
    const programs = new FakeIo();
    const watching = [people, programs].map((io, index) =>
      runLine(argsOf(["watch", "--prefix", "shop/", ...(index === 0 ? [] : ["--json"])], ann), io),
    );
    await people.written(/^= /m);
    await programs.written(/"listed"/);
    await names("tag", "shop/cart", "eu");
    await people.written(/^~ /m);
    await programs.written(/"changed"/);
    await names("remove", "shop/cart");
    await people.written(/^- /m);
    await programs.written(/"removed"/);
    for (const io of [people, programs]) io.interrupt();
    for (const ended of watching) expect(await ended).toMatchObject({ code: 130, err: "" });
    expect(people.outLines).toEqual([
      `+  shop/cart  ${at("cart")}  load 0`,
      "= from here on changes",
      `~  shop/cart  ${at("cart")}  eu  load 0`,
      `-  shop/cart  ${at("cart")}  eu  load 0`,
    ]);
    expect(programs.documents).toMatchObject([
      { kind: "added", registration: { name: "shop/cart" } },
      { kind: "listed" },
      { kind: "changed", registration: { tags: ["eu"] } },
      { kind: "removed", registration: { tags: ["eu"] } },
    ]);
  });
});

test("names watch goes on with a name server that was killed and started again", async () => {
  const keys = new KeyRing([ann]);
  // Of a name server that dies no bye comes: its lines are cut, and lead to its successor.
  await using proxy = await ChaosProxy.start({ target: 0, seed: 1 });
  const publicUrl = `ws://127.0.0.1:${proxy.port}/`;
  await using before = await serveNames({ port: 0, keys, publicUrl });
  await using after = await serveNames({ port: 0, keys, publicUrl });
  proxy.target = before.address.port!;
  const io = new FakeIo();
  const line = ["names", "watch", "--names", `${publicUrl}names`, "--key-file", join(folder, "ann.json")];
  const watching = runLine(line, io);
  await io.written(/^= from here on changes$/m);
  proxy.target = after.address.port!;
  proxy.cut();
  await using names = await connect<NameServer>(`${publicUrl}names`, { key: ann });
  await names.register("late", at("late"), { leaseMs: 60_000 });
  await io.written(/^\+ {2}late /m);
  io.interrupt();
  expect(await watching).toMatchObject({
    code: 130,
    err: "The name server was restarted: what it has is listed anew.\n",
  });
});

describe("names serve", () => {
  test("serves names until Ctrl-C, with admins who may change those of others", async () => {
    const io = new FakeIo();
    const both = join(folder, "both.json");
    await writeFile(both, formatKeyFile([ann, bob]), { mode: 0o600 });
    const line = ["names", "serve", "--port", "0", "--key-file", both, "--admin", "key:bob"];
    const running = runLine(line, io);
    const [, url = ""] = await io.written(/^names {2}(ws:\/\/127\.0\.0\.1:\d+\/names)$/m);
    const as = (who: string, ...args: readonly string[]) =>
      runLine(["names", ...args, "--names", url, "--key-file", join(folder, `${who}.json`)]);
    expect((await as("ann", "register", "shop", at("shop"), "--lease", "1m")).code).toBe(0);
    expect((await as("bob", "remove", "shop")).code).toBe(0);
    expect((await as("bob", "register", "shop", at("shop"), "--lease", "1m")).code).toBe(0);
    expect((await as("ann", "remove", "shop")).code).toBe(1);
    io.interrupt();
    expect(await running).toMatchObject({ code: 0, err: "" });
    expect((await as("ann", "list")).code).toBe(3);
  });

  test("has a port of its own", async () => {
    expect((await runLine(["names", "serve", "--help"])).out).toMatch(/port\s+7765/);
  });
});

test("a name server that refuses, or is not there, is told from one that answers", async () => {
  const stranger = join(folder, "eve.json");
  await writeFile(stranger, formatKeyFile([Key.generate({ id: "ann" })]), { mode: 0o600 });
  const line = ["names", "list", "--names", daemon.url("names"), "--key-file", stranger];
  expect(await runLine(line)).toMatchObject({ code: 3, out: "", err: expect.stringContaining("(HW_REFUSED)") });
});

test.each([["serve"], ["list"], ["lookup"], ["register"], ["remove"], ["tag"], ["watch"]])(
  "names %s has help with examples",
  async (name) => {
    const { code, out } = await runLine(["names", name, "--help"]);
    expect([code, out]).toEqual([0, expect.stringContaining("\nExamples:\n")]);
  },
);
