import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InstalledCommand, type RunningCommand } from "../support/installed-command.js";
import { linkModule } from "../support/package-folder.js";

const warehouse = `
import { expose } from "hearthwire";
class Warehouse {
  #stock = new Map();
  store(item, count) { this.#stock.set(item, (this.#stock.get(item) ?? 0) + count); }
  list() { return this.#stock; }
  async *countdown(from) { while (from > 0) yield from--; }
  async *ticks() { for (let tick = 0; ; tick++) { yield "tick ".repeat(1_000); await new Promise(setImmediate); } }
  wait() { return new Promise(() => {}); }
}
expose(Warehouse, ["store", "list", "countdown", "ticks", "wait"]);
export const objects = { warehouse: new Warehouse() };
`;

const restless = "setInterval(() => {}, 1_000);\nexport const objects = { clock: () => Date.now() };\n";

/** One command line in the fresh folder; in `args` URL stands for the warehouse's address, NAMES for the name server's. */
interface Line {
  readonly args: readonly string[];
  readonly input?: string;
  /** @default 0 */
  readonly status?: number;
  /** What the standard output holds. */
  readonly out?: RegExp;
  /** What the standard error output holds. @default nothing */
  readonly err?: RegExp;
}

/** Every command has its line here. */
const lines: readonly Line[] = [
  { args: ["--version"], out: /^\d+\.\d+\.\d+\n$/ },
  { args: ["help", "call"], out: /Examples:\n {2}# a text needs quotes/ },
  { args: [], status: 2, err: /Usage: hearthwire/ },
  { args: ["cal"], status: 2, err: /Did you mean call\?/ },
  { args: ["call", "URL", "store", '"candle"', "3"], out: /^$/ },
  { args: ["call", "URL", "store", "-", "1"], input: '"rope"', out: /^$/ },
  { args: ["call", "URL", "list"], out: /^Map\(2\) \{ 'candle' => 3, 'rope' => 1 \}\n$/ },
  { args: ["call", "URL", "list", "--json"], out: /^\[\["candle",3\],\["rope",1\]\]\n$/ },
  {
    args: ["call", "URL", "store", "candle"],
    status: 2,
    err: /^error: "args\[0\]" must be JSON, .*\(HW_OPTION_INVALID\)\n$/,
  },
  { args: ["call", "URL", "wait", "--timeout", "5000"], status: 1, err: /\(HW_DEADLINE\)\n$/ },
  { args: ["call", "ws://127.0.0.1:1/warehouse", "list"], status: 3, err: /^error: .*\(HW_CONNECT_FAILED\)\n$/ },
  { args: ["watch", "URL", "countdown", "2"], out: /^2\n1\n$/ },
  { args: ["describe", "URL"], out: /^MEMBER +KIND\ncountdown +stream\n/ },
  { args: ["ping", "URL", "-n", "2"], out: /2 round trips, min\/median\/max/ },
  { args: ["config"], out: /^SETTING +VALUE +FROM\n/ },
  { args: ["doctor", "URL"], out: /^ok {4}clock {6}the daemon's clock agrees with ours$/m },
  {
    args: ["keys", "new", "--id", "ann", "--copy-to", "ann.json"],
    out: /^Made ann, to connect, fingerprint [0-9a-f]{8}, in /,
  },
  { args: ["keys", "list", "--json"], out: /"id":"ann"/ },
  { args: ["keys", "fingerprint", "ann"], out: /^[0-9a-f]{8} {2}ann\n$/ },
  { args: ["keys", "remove", "ann"], out: /ann/ },
  { args: ["keys", "remove", "ann"], status: 2, err: /^error: / },
  {
    args: ["ticket", "--subject", "user-17", "--expires", "1m"],
    out: /\S{40}/,
    err: /^Whoever has this is "user-17" until /,
  },
  { args: ["certs", "ca"], out: /^Made an authority: / },
  { args: ["certs", "server"], out: /^Made a certificate of a server: / },
  { args: ["certs", "client", "--name", "ann"], out: /^Made a certificate of a client: ann, / },
  { args: ["doctor", "--ca", "certs/ca.pem"], out: /^ok {4}--ca {7}certs\/ca\.pem: the certificate is valid until /m },
  {
    args: ["names", "register", "shop/cart", "URL", "--lease", "1h", "--names", "NAMES"],
    out: /^shop\/cart is ws:\S+ until /,
  },
  { args: ["names", "list", "--names", "NAMES"], out: /^NAME +ADDRESS +TAGS +OWNER +LOAD +UNTIL\nshop\/cart +ws:/ },
  { args: ["names", "lookup", "shop/cart", "--names", "NAMES"], out: /^ws:\S+\n$/ },
  { args: ["names", "lookup", "gone", "--names", "NAMES"], status: 1, err: /\(HW_NAME_UNKNOWN\)\n$/ },
  { args: ["names", "tag", "shop/cart", "eu", "--names", "NAMES"], out: /^shop\/cart +ws:\S+ +eu /m },
  { args: ["names", "remove", "shop/cart", "--names", "NAMES"], out: /^Removed 1 registration\.\n$/ },
  { args: ["names", "list", "--names", "ws://127.0.0.1:1/names"], status: 3, err: /\(HW_CONNECT_FAILED\)\n$/ },
  {
    args: ["names", "discover"],
    status: 2,
    err: /^error: .*"multicast-dns", which is not installed: npm install multicast-dns \(HW_OPTION_INVALID\)\n$/,
  },
  { args: ["completion", "bash"], out: /^complete -o default -F _hearthwire hearthwire$/m },
  { args: ["complete", "--", "wat"], out: /^watch\t/ },
];

/** Commands that have commands. */
const groups: readonly string[] = ["keys", "certs", "names"];
/** Commands that go on until they are told to end; their tests stand below. */
const endless: readonly string[] = ["serve", "echo", "names serve", "names watch"];

describe("the command of the packed package, in a fresh folder", () => {
  let installed: InstalledCommand;
  let daemon: RunningCommand;
  let url: string;
  let names: string;
  beforeAll(async () => {
    installed = new InstalledCommand({
      "warehouse.js": warehouse,
      "broken.ts": "export enum Kind { One }\n",
      "restless.js": restless,
    });
    installed.link("@peculiar/x509", "reflect-metadata");
    daemon = installed.start(["serve", "./warehouse.js"]);
    [, url = ""] = await daemon.written(/^warehouse {2}(ws:\/\/127\.0\.0\.1:\d+\/warehouse)$/m);
    [, names = ""] = await installed.start(["names", "serve", "--port", "0"]).written(/^names {2}(ws:\S+)$/m);
  }, 180_000);
  afterAll(() => installed[Symbol.dispose]());

  test.each(lines.map((line) => [line.args.join(" ") || "(nothing)", line] as const))(
    "hearthwire %s",
    (_line, line) => {
      const args = line.args.map((word) => (word === "URL" ? url : word === "NAMES" ? names : word));
      const { status, stdout, stderr } = installed.run(args, line.input === undefined ? {} : { input: line.input });
      expect({ status, stdout, stderr }).toEqual({
        status: line.status ?? 0,
        stdout: line.out === undefined ? "" : (expect.stringMatching(line.out) as string),
        stderr: line.err === undefined ? "" : (expect.stringMatching(line.err) as string),
      });
    },
  );

  test("npx hearthwire call", () => {
    expect(installed.npx(["call", url, "countdown", "1"])).toMatchObject({ status: 2 });
    expect(installed.npx(["watch", url, "countdown", "1"])).toMatchObject({ status: 0, stdout: "1\n" });
  });

  test("names watch tells what comes and goes, until Ctrl-C", async () => {
    const watch = installed.start(["names", "watch", "--json", "--names", names]);
    await watch.written(/"kind":"listed"/);
    const serving = installed.start(["serve", "./warehouse.js", "--names", names]);
    await watch.written(/"kind":"added".*"name":"warehouse"/);
    serving.kill("SIGTERM");
    await watch.written(/"kind":"removed".*"name":"warehouse"/);
    watch.kill("SIGINT");
    expect((await watch.ended()).stderr).toBe("");
    expect((await serving.ended()).status).toBe(0);
  });

  test("hearthwire certs makes what serves by wss:, and what others call it by", async () => {
    for (const args of [["ca"], ["server", "--host", "127.0.0.1"]])
      expect(installed.run(["certs", ...args, "--folder", "tls"])).toMatchObject({ status: 0 });
    const echo = installed.start(["echo", "--tls-cert", "tls/server.pem", "--tls-key", "tls/server.key"]);
    const [, found = ""] = await echo.written(/(wss:\S+)/);
    expect(installed.run(["call", found, "echo", "1", "--ca", "tls/ca.pem"])).toMatchObject({ stdout: "1\n" });
    expect(installed.run(["call", found, "echo", "1"])).toMatchObject({ status: 3 });
    echo.kill("SIGINT");
    expect((await echo.ended()).status).toBe(0);
  });

  test("has a line for every command", () => {
    const inside = (...words: readonly string[]): readonly string[] => {
      const { stdout } = installed.run(["complete", "--", ...words, ""]);
      const found = stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split("\t", 1)[0]!);
      return found.filter((word) => word !== "help").map((word) => [...words, word].join(" "));
    };
    const all = inside().flatMap((command) => (groups.includes(command) ? inside(command) : [command]));
    const run = [...lines.map(({ args }) => args.slice(0, groups.includes(args[0]!) ? 2 : 1).join(" ")), ...endless];
    expect(all.filter((command) => !run.includes(command))).toEqual([]);
    expect(all.length).toBeGreaterThan(20);
  });

  test("serves TypeScript by tsx where the project has it", async () => {
    const project = join(installed.folder, "typed");
    mkdirSync(project);
    linkModule(project, "tsx");
    // An enum, and the file of another module by its name in JavaScript: no Node loads these by itself.
    writeFileSync(join(project, "kind.ts"), "export enum Kind { One = 1 }\n");
    writeFileSync(
      join(project, "typed.ts"),
      'import { Kind } from "./kind.js";\nexport const objects = { kind: (): Kind => Kind.One };\n',
    );
    const serving = installed.start(["serve", "typed/typed.ts"]);
    const [, found = ""] = await serving.written(/(ws:\S+)/);
    expect(installed.run(["call", found, ""]).stdout).toBe("1\n");
    serving.kill("SIGINT");
    expect(await serving.ended()).toMatchObject({ status: 0 });
  });

  test("says how to serve TypeScript that Node does not load", () => {
    const { status, stderr } = installed.run(["serve", "./broken.ts"]);
    expect(status).toBe(2);
    expect(stderr).toContain("npm install --save-dev tsx, and it is loaded by that one (HW_OPTION_INVALID)\n");
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("the first examples of its help work as they are typed", async () => {
    const { stdout: help } = installed.run(["serve", "--help"]);
    const [, module = ""] = /A module to begin with, warehouse\.js:\n((?: {2}.*\n|\n)+?)\n*Examples:/.exec(help) ?? [];
    mkdirSync(join(installed.folder, "first"));
    writeFileSync(join(installed.folder, "first", "warehouse.js"), module.replace(/^ {2}/gm, ""));
    const typed = [...help.matchAll(/^ {2}\$ (hearthwire (?:serve|call) .*)$/gm)].map(([, line = ""]) => line);
    const [serve = "", call = ""] = typed;
    expect(serve).toBe("hearthwire serve ./warehouse.js --port 7766");
    const first = installed.start(["serve", "first/warehouse.js", ...serve.split(" ").slice(3, -1), "0"]);
    const [, found = ""] = await first.written(/^warehouse {2}(ws:\S+)$/m);
    const bin = join(installed.folder, "node_modules", ".bin");
    const env = { PATH: `${bin}:${process.env["PATH"]}`, HOME: installed.folder };
    const line = call.replace("ws://127.0.0.1:7766/warehouse", found);
    expect(execFileSync("sh", ["-c", line], { encoding: "utf8", env })).toBe("");
    expect(installed.run(["call", found, "list"]).stdout).toBe("Map(1) { 'candle' => 3 }\n");
    first.kill("SIGINT");
    await first.ended();
  });

  test("tells a warning of the process in one line, and none when Node is told to tell none", () => {
    const env = { HEARTHWIRE_NONSENSE: "1" };
    expect(installed.run(["config", "--json"], { env }).stderr).toBe(
      "warning: no variable of this package, and without effect: HEARTHWIRE_NONSENSE\n",
    );
    expect(installed.run(["config", "--json"], { env: { ...env, NODE_NO_WARNINGS: "1" } }).stderr).toBe("");
  });

  test.runIf(process.getuid?.() === 0)("tells that it runs as root in one line", async () => {
    const echo = installed.start(["echo"]);
    await echo.written(/(ws:\S+)/);
    echo.kill("SIGINT");
    expect((await echo.ended()).stderr).toMatch(/^warning: the daemon runs as root, [^\n]* \(uid 0\)\n$/);
  });

  test("hearthwire serve ends by Ctrl-C though the module goes on by itself", async () => {
    const serving = installed.start(["serve", "./restless.js"]);
    await serving.written(/(ws:\S+)/);
    serving.kill("SIGINT");
    expect((await serving.ended()).status).toBe(0);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("hearthwire echo ends by %s as it is meant to", async (signal) => {
    const echo = installed.start(["echo", "--json"]);
    const [, found = ""] = await echo.written(/"url":"([^"]+)"/);
    expect(installed.run(["call", found, "echo", "[1]"]).stdout).toBe("[ 1 ]\n");
    echo.kill(signal);
    expect((await echo.ended()).status).toBe(0);
  });

  test("hearthwire watch ends by Ctrl-C with 130, and says nothing of it", async () => {
    const watch = installed.start(["watch", url, "ticks"]);
    await watch.written(/tick/);
    watch.kill("SIGINT");
    expect(await watch.ended()).toMatchObject({ status: 130, stderr: "" });
  });

  test("hearthwire watch ends when nobody reads it any more, as with head", async () => {
    const watch = installed.start(["watch", url, "ticks"]);
    await watch.written(/tick/);
    watch.stopReading();
    expect(await watch.ended()).toMatchObject({ status: 0, stderr: "" });
  });

  test("a second Ctrl-C ends at once what still drains", async () => {
    const echo = installed.start(["echo", "--grace", "60000"]);
    const [, found = ""] = await echo.written(/(ws:\S+)/);
    const slow = installed.start(["watch", found, "generator", "1000000"]);
    await slow.written(/1000/);
    echo.kill("SIGINT");
    await expect.poll(() => installed.run(["ping", found, "-n", "1"]).status, { timeout: 20_000 }).toBe(3);
    echo.kill("SIGINT");
    expect((await echo.ended()).status).toBe(130);
    slow.kill("SIGKILL");
  });

  test.runIf(spawnSync("bash", ["--version"]).status === 0)("bash completes it", () => {
    const bin = join(installed.folder, "node_modules", ".bin");
    const script = `source <(hearthwire completion bash); COMP_WORDS=(hearthwire de); COMP_CWORD=1; _hearthwire; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${bin}:${process.env["PATH"]}`, HOME: installed.folder };
    expect(execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8", env })).toBe("describe\n");
  });
});
