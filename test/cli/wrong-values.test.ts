import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runLine } from "./support/fake-io.js";

let folder: string;
let module: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-cli-values-"));
  module = join(folder, "clock.mjs");
  await writeFile(module, "export const objects = { clock: () => 0 };\n");
});
afterAll(() => rm(folder, { recursive: true }));

const URL = "ws://127.0.0.1:1/cart";
const DURATION = "it must be a number with its unit, ms, s, m, h or d, such as 90s, 10m or 30d.";
const MS = "it must be a number of milliseconds, 0..2147483647.";
const TAG = "it must be 1..64 characters of A-Z a-z 0-9 . _ : ~ -.";
const NAME = "it must be 1..128 characters of A-Z a-z 0-9 . _ ~ / -, the first a letter or digit.";
const PREFIX = 'it must be the beginning of a name, or "".';
const PATTERN = "it must be 1..128 characters of names and wildcards: * any but /, ** any, ? one but /.";
const MOMENT = "it must be a duration such as 30d, or a time in UTC such as 2026-12-31T23:00:00Z.";
const NAMES =
  "it must be HOST, HOST:PORT or the URL of a name server's object, such as 127.0.0.1:7765 or wss://names.lan:7765/names.";

/** One wrong value of an option: the flag as the help has it, the value, and what it must be. */
type Wrong = readonly [command: readonly string[], flags: string, value: string, must: string];

const filters = (command: readonly string[]): readonly Wrong[] => [
  [command, "--prefix <text>", "/shop", PREFIX],
  [command, "--glob <pattern>", "[a]", PATTERN],
  [command, "--tag <tag>", "a b", TAG],
  [command, "--any-tag <tag>", "a,b", TAG],
];
const listens = (command: readonly string[]): readonly Wrong[] => [
  [command, "--port <n>", "65536", "it must be an integer 0..65535."],
  [command, "--path <path>", "rpc", 'it must be a URL path such as "/rpc", without query and fragment.'],
  [command, "--public-url <url>", "shop", 'it must be a URL such as "https://app.example/rpc".'],
  [command, "--grace <ms>", "5s", MS],
];

/** Every option that takes more than any text; files and what listens are looked at below. */
const wrong: readonly Wrong[] = [
  [["config"], "--timeout <ms>", "10s", MS],
  [["config"], "--names <address>", "ws://127.0.0.1:7765", NAMES],
  [["config"], "--names <address>", "names.lan:0", NAMES],
  [["config"], "--names <address>", "names.lan/names", NAMES],
  [["ping", URL], "-n, --count <n>", "0", "it must be an integer 1..999999."],
  ...listens(["serve", "MODULE"]),
  [["serve", "MODULE"], "--prefix <text>", "/shop", PREFIX],
  [["serve", "MODULE"], "--tag <tag>", "a b", TAG],
  ...listens(["echo"]),
  ...listens(["names", "serve"]),
  ...filters(["names", "list"]),
  ...filters(["names", "watch"]),
  ...filters(["names", "remove"]),
  [["names", "lookup", "cart"], "--wait <duration>", "30", DURATION],
  [["names", "lookup", "cart"], "--wait <duration>", "61m", "it must be at most 1h."],
  [["names", "register", "cart", URL], "--lease <duration>", "999ms", "it must be 1s..24h."],
  [["names", "register", "cart", URL], "--lease <duration>", "25h", "it must be 1s..24h."],
  [["names", "register", "cart", URL], "--lease <duration>", "1", DURATION],
  [["names", "register", "cart", URL], "--load <number>", "-1", "it must be a number, 0 or more."],
  [["names", "register", "cart", URL], "--tag <tag>", "a b", TAG],
  [["names", "tag", "cart"], "--add <tag>", "a b", TAG],
  [["names", "tag", "cart"], "--remove <tag>", "", TAG],
  [["keys", "new"], "--id <id>", "a b", 'it must be 1..64 of A-Z, a-z, 0-9, ".", "_" and "-".'],
  [["keys", "new"], "--subject <subject>", "a/b", 'it must not contain "/", which divides it from that of a ticket.'],
  [["keys", "new"], "--object <id>", "a/b", 'it must be 1..256 characters without "/" and control characters.'],
  [["keys", "new"], "--not-before <when>", "soon", MOMENT],
  [["keys", "new"], "--not-after <when>", "2026-02-30T00:00:00Z", MOMENT],
  [["ticket"], "--subject <subject>", "", "it must be a string of 1..255 bytes of UTF-8 without control characters."],
  [
    ["ticket"],
    "--for <address>",
    "shop",
    "it must be the URL of a daemon or of an object, such as wss://warehouse.lan:7766/warehouse.",
  ],
  [["ticket"], "--object <id>", "a/b", 'it must be 1..256 characters without "/" and control characters.'],
  [["ticket"], "--expires <duration>", "10", DURATION],
  [["certs", "ca"], "--days <days>", "3651", "it must be a number of days, 1..3650."],
  [["certs", "server"], "--days <days>", "399", "it must be a number of days, 1..398."],
  [
    ["certs", "client", "--name", "ann"],
    "--uri <uri>",
    "ann",
    "it must be a URI in ASCII, such as spiffe://office/ann.",
  ],
];

const line = (words: readonly string[]): readonly string[] => words.map((word) => (word === "MODULE" ? module : word));

describe("a wrong value", () => {
  test.each(wrong)(
    "%j %s %j is wrong usage, said of the flag and with the value",
    async (command, flags, value, must) => {
      const flag = /--[\w-]+/.exec(flags)![0];
      expect(await runLine([...line(command), `${flag}=${value}`])).toEqual({
        code: 2,
        out: "",
        err: `error: option '${flags}' argument '${value}' is invalid. ${must}\n`,
      });
    },
  );

  test.each([
    [["names", "lookup", "/cart"], "name", "/cart", NAME],
    [["names", "register", "/cart", URL], "name", "/cart", NAME],
    [["names", "tag", "a b", "eu"], "name", "a b", NAME],
    [["names", "tag", "cart", "eu", "a b"], "tag", "a b", TAG],
  ])("%j is wrong usage, said of the argument", async (args, argument, value, must) => {
    expect(await runLine(args)).toEqual({
      code: 2,
      out: "",
      err: `error: command-argument value '${value}' is invalid for argument '${argument}'. ${must}\n`,
    });
  });

  test.each([
    [
      ["names", "register", "cart", "shop"],
      "value 'shop' is invalid for argument 'address'. it must be a ws:, wss: or",
    ],
    [["names", "register", "cart", "ws://127.0.0.1:1"], "it must be a ws:, wss: or ws+unix: URL of an object"],
    [["names", "list", ...Array.from({ length: 33 }, (_, index) => ["--tag", `t${index}`]).flat()], "at most 32 tags."],
    [["echo", "--host", "192.0.2.1", "--tls-cert", "c.pem"], '"--tls-key" must be given with --tls-cert'],
    [["echo", "--tls-key", "k.pem"], '"--tls-cert" must be given with --tls-key'],
    [
      ["echo", "--tls-cert", "/none/c.pem", "--tls-key", "k.pem"],
      '"--tls-cert" can\'t be read from the file /none/c.pem',
    ],
    [["echo", "--host", "0.0.0.0"], '"--host" must be a loopback address'],
    [["echo", "--socket", "relative.sock"], '"--socket" must be'],
    [["echo", "--socket", "/run/x.sock", "--port", "1"], "'--socket <file>' cannot be used with option '--port <n>'"],
    [
      ["call", URL, "list", "--ca", "/none/ca.pem", "--key-file", "/none/keys.json"],
      '"--key-file" /none/keys.json: there is no such file',
    ],
    [
      ["names", "list", "--ca", "/none/ca.pem", "--names", "wss://127.0.0.1:1/names"],
      '"--ca" can\'t be read from the file /none/ca.pem',
    ],
    [["names", "serve", "--storage", "/none/names.db"], '"--storage" file "/none/names.db" can\'t be used'],
    [["call", "ftp://x/y", "z"], "or be a name, hearthwire:NAME, got"],
    [["call", "wss://192.0.2.1:1/x", "y"], '"--key-file" must name keys that wss://192.0.2.1:1/ has too'],
  ])("%j is wrong usage: %s", async (args, sentence) => {
    const { code, out, err } = await runLine(args, { env: { HEARTHWIRE_KEY_FILE: join(folder, "keys.json") } });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(sentence);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  test.each([
    [["names", "list", "--names", "ann:hunter2@names.lan:7765"]],
    [["names", "list", "--names", "names.lan?tags=hunter2"]],
    [["names", "list", "--names", "wss://names.lan/names#hunter2"]],
    [["names", "register", "cart", "wss://ann:hunter2@shop.lan/cart"]],
    [["ticket", "--subject", "ann", "--for", "wss://shop.lan/cart?key=hunter2"]],
  ])("%j is not shown, for what may be a secret", async (args) => {
    const { code, out, err } = await runLine(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("without user, password, query and fragment");
    expect(err).not.toContain("hunter2");
  });

  test("is shown without what could move the cursor", async () => {
    const { err } = await runLine(["names", "lookup", "\u001b[2Jcart"]);
    expect(err).toContain("value '\\u001b[2Jcart' is invalid");
  });
});

describe("--names", () => {
  test.each([
    ["127.0.0.1", "ws://127.0.0.1:7765/names"],
    ["localhost:8000", "ws://localhost:8000/names"],
    ["[::1]:8000", "ws://[::1]:8000/names"],
    ["Names.LAN", "wss://names.lan:7765/names"],
    ["10.0.0.7:443", "wss://10.0.0.7/names"],
    ["ws://127.0.0.1:1/other", "ws://127.0.0.1:1/other"],
  ])("takes %s for %s", async (typed, address) => {
    const { out } = await runLine(["config", "--json", "--names", typed]);
    const lines = out.trimEnd().split("\n");
    expect(lines.map((one) => JSON.parse(one) as unknown)).toContainEqual({
      name: "names",
      value: address,
      source: "--names",
    });
  });
});

describe("what can't be known before", () => {
  const env = { HEARTHWIRE_KEY_FILE: "" };
  beforeAll(() => (env.HEARTHWIRE_KEY_FILE = join(folder, "keys.json")));

  test.each([
    ["list"],
    ["lookup", "cart"],
    ["register", "cart", URL],
    ["remove", "cart"],
    ["tag", "cart", "eu"],
    ["watch"],
  ])("names %s says how a name server is started when there is none", async (...args) => {
    const { code, err } = await runLine(["names", ...args, "--names", "127.0.0.1:1"], { env });
    expect(code).toBe(3);
    expect(err).toMatch(/[.?] A name server is started by: hearthwire names serve \(HW_CONNECT_FAILED\)\n$/);
    expect(err).not.toContain("npx");
  });

  test("a call by name says it once", async () => {
    const { code, err } = await runLine(["call", "hearthwire:cart", "list", "--names", "127.0.0.1:1"], { env });
    expect(code).toBe(3);
    expect(err.match(/A name server is started by/g)).toHaveLength(1);
    expect(err).not.toContain("npx");
  });

  test("a daemon that isn't there says nothing of name servers", async () => {
    const { code, err } = await runLine(["call", "ws://127.0.0.1:2/x", "y"], { env });
    expect(code).toBe(3);
    expect(err).not.toContain("name server");
  });
});
