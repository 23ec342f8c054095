import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkSources, entries, MAX_LINES } from "./architecture/check-sources.js";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const readSource = (path: string): string => readFileSync(`${src}${path}`, "utf8");
const sourcePaths = readdirSync(src, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"));

const check = (files: Readonly<Record<string, string>>): readonly string[] =>
  checkSources(new Map(Object.entries(files)));

describe("src/", () => {
  test("keeps the house rules", () => {
    expect(checkSources(new Map(sourcePaths.map((path) => [path, readSource(path)])))).toEqual([]);
  });

  test.each(entries)("%s asks for the library of disposables first, so that lib es2022 suffices", (entry) => {
    expect(readSource(entry).split("\n")[0]).toBe('/// <reference lib="esnext.disposable" preserve="true" />');
  });
});

describe("docs/architecture.md", () => {
  const root = new URL("../", import.meta.url);
  const page = readFileSync(new URL("docs/architecture.md", root), "utf8");
  const gone = (text: string): readonly string[] =>
    [...text.matchAll(/`((?:src|test|docs)\/[^`\s]*|(?:[a-z]+\/)(?:[\w-]+\.ts)?)`/g)]
      .map(([, path = ""]) => path)
      .filter((path) => !existsSync(new URL(path, root)) && !existsSync(`${src}${path}`));

  test("names only files and rooms that are there", () => {
    expect(gone(page)).toEqual([]);
  });

  test("names every room", () => {
    const rooms = new Set(sourcePaths.filter((path) => path.includes("/")).map((path) => path.split("/", 1)[0]));
    expect([...rooms].filter((room) => !page.includes(`\`${room}/\``))).toEqual([]);
  });

  test("would be told of one that is gone", () => {
    expect(gone("`src/wire/gone.ts` `src/wire/frame.ts` `wire/gone.ts` `attic/` `auth/mac.ts`")).toEqual([
      "src/wire/gone.ts",
      "wire/gone.ts",
      "attic/",
    ]);
  });
});

describe("checkSources", () => {
  test("accepts imports from the own room and from rooms before it", () => {
    expect(
      check({
        "wire/frame.ts": 'import { MAGIC } from "./constants.js";\nexport const frame = MAGIC;\n',
        "wire/constants.ts": "export const MAGIC = 1;\n",
        "daemon/daemon.ts": 'import type { frame } from "../wire/frame.js";\nexport type Daemon = typeof frame;\n',
        "index.ts": 'export * from "./daemon/daemon.js";\n',
      }),
    ).toEqual([]);
  });

  test.each([
    ["a type of a later room", 'import type { Daemon } from "../daemon/daemon.js";'],
    ["a value of a later room", 'import { Daemon } from "../daemon/daemon.js";'],
    ["a re-export of a later room", 'export * from "../daemon/daemon.js";'],
    ["a type import inside an expression", 'export type Daemon = import("../daemon/daemon.js").Daemon;'],
    ["an import that happens later", 'export const late = () => import("../daemon/daemon.js");'],
  ])("reports %s", (_, line) => {
    const found = check({ "wire/frame.ts": line, "daemon/daemon.ts": "export class Daemon {}\n" });
    expect(found).toEqual(['wire/frame.ts:1: "wire" imports "daemon/daemon.ts", a room after it']);
  });

  test("reports a room that imports an entry", () => {
    const found = check({ "wire/frame.ts": 'export * from "../index.js";', "index.ts": "export {};" });
    expect(found).toEqual(['wire/frame.ts:1: "wire" imports "index.ts", a room after it']);
  });

  test("lets the command be imported by itself alone, and do something when it is run", () => {
    const files = { "cli/call.ts": "export class Call {}\n", "cli/main.ts": 'import "./call.js";\nvoid 0;\n' };
    expect(check(files)).toEqual([]);
    for (const bad of ["testing/clock.ts", "index.ts"]) {
      const up = bad === "index.ts" ? "./" : "../";
      const found = check({ ...files, [bad]: `export * from "${up}cli/call.js";\n` });
      expect(found).toEqual([`${bad}:1: imports "cli/call.ts": the command is imported by nothing else`]);
    }
    expect(check({ "cli/call.ts": "void 0;\n" })).toEqual(["cli/call.ts:1: does something when it is imported"]);
  });

  test("reports a ring of files, types included", () => {
    const found = check({
      "wire/a.ts": 'import type { B } from "./b.js";\nexport type A = B;\n',
      "wire/b.ts": 'import { type C } from "./c.js";\nexport type B = C;\n',
      "wire/c.ts": 'import type { A } from "./a.js";\nexport type C = A;\n',
    });
    expect(found).toEqual(["wire/a.ts:1: a ring of imports: wire/a.ts -> wire/b.ts -> wire/c.ts -> wire/a.ts"]);
  });

  test("accepts a file of as many lines as allowed and reports one more", () => {
    expect(check({ "wire/long.ts": "//\n".repeat(MAX_LINES) })).toEqual([]);
    expect(check({ "wire/long.ts": "//\n".repeat(MAX_LINES + 1) })).toEqual([
      "wire/long.ts:401: has 401 lines, at most 400 are allowed",
    ]);
  });

  test.each([
    ["node:fs", "node/key-file.ts", "client/dial.ts", "node, cli"],
    ["ws", "node/listen.ts", "transport/websocket.ts", "node, cli"],
    ["commander", "cli/call.ts", "node/serve.ts", "cli"],
    ["vite", "node/vite-plugin.ts", "daemon/daemon.ts", "node"],
    ["libsql/promise", "node/libsql.ts", "naming/name-server.ts", "node"],
    ["isomorphic-ws", "transport/websocket.ts", "client/dial.ts", "transport"],
    ["prom-client", "telemetry/prometheus-metrics.ts", "daemon/daemon.ts", "telemetry"],
    ["@opentelemetry/api", "telemetry/call-span.ts", "client/line.ts", "telemetry"],
    ["@noble/hashes/hmac.js", "auth/mac.ts", "wire/frame.ts", "auth"],
  ])("lets %s stand in %s and reports it in %s", (specifier, good, bad, where) => {
    const line = `import * as outside from "${specifier}";`;
    expect(check({ [good]: line })).toEqual([]);
    expect(check({ [bad]: line })).toEqual([`${bad}:1: "${specifier}" is imported outside of ${where}`]);
  });

  test("reports a package that is no dependency, and a file that isn't there", () => {
    expect(check({ "serializers/superjson.ts": 'import "superjson";' })).toEqual([
      'serializers/superjson.ts:1: "superjson" is no dependency of the package',
    ]);
    expect(check({ "wire/frame.ts": 'import "lodash";\nimport "./gone.js";\nimport "./frame.ts";' })).toEqual([
      'wire/frame.ts:1: "lodash" is no dependency of the package',
      'wire/frame.ts:2: "./gone.js" is no file of src/ with the ending .js',
      'wire/frame.ts:3: "./frame.ts" is no file of src/ with the ending .js',
    ]);
  });

  test.each([
    "export const here = () => location.href;",
    "export const isPage = () => typeof window !== 'undefined';",
    "export const get = () => globalThis.fetch('/');",
    "export const get = (load = fetch) => load('/');",
    "export const past = () => ({ history });",
    "export const title = () => { const { title } = document; return title; };",
  ])("reports the page's globals outside of browser: %s", (line) => {
    expect(check({ "browser/page.ts": line })).toEqual([]);
    expect(check({ "client/page.ts": line })).toEqual([
      expect.stringMatching(/^client\/page\.ts:1: uses the page's "\w+" outside of browser$/),
    ]);
  });

  test.each([
    "export interface Request { readonly location: string; fetch(): void }",
    "export const where = (request: { location: string }) => request.location;",
    "export const record = { history: 1 };",
    "export function walk(history: readonly string[]) { return history.length; }",
    "export class Cache { fetch() { return this.fetch; } }",
    "export const rename = ({ location: place }: { location: string }) => place;",
    "/** window, document */ export const text = 'fetch';",
  ])("takes names of members and of local bindings for what they are: %s", (line) => {
    expect(check({ "client/page.ts": line })).toEqual([]);
  });

  test.each([
    ["class C { @expose m() {} }", "uses decorator syntax, which Vite 8 and Node leave as it is"],
    ["export default class C {}", "has a default export"],
    ["export default 1;", "has a default export"],
    ["start();", "does something when it is imported"],
    ["if (true) { start(); }", "does something when it is imported"],
    ["export const x = await start();", "awaits at the top level, which require() of the package refuses"],
  ])("reports %s", (line, sentence) => {
    expect(check({ "node/file.ts": line })).toEqual([`node/file.ts:1: ${sentence}`]);
  });

  test("lets a function await", () => {
    expect(check({ "node/file.ts": "export const f = async () => { for await (const x of g()) await x; };" })).toEqual(
      [],
    );
  });

  test("reports an entry that holds more than a list of exports", () => {
    expect(check({ "node.ts": 'export * from "./node/serve.js";', "node/serve.ts": "export {};" })).toEqual([]);
    expect(check({ "node.ts": "export const serve = 1;" })).toEqual([
      "node.ts:1: an entry holds something other than `export ... from`",
    ]);
  });

  test("lets only the refusal of hearthwire/node in browsers act when it is imported", () => {
    expect(check({ "node-in-browser.ts": "throw new Error();" })).toEqual([]);
    expect(check({ "browser.ts": "throw new Error();" })).not.toEqual([]);
  });

  test.each([
    ["wire/Frame.ts", '"Frame.ts" is not in kebab-case'],
    ["wire/frame-utils.ts", '"frame-utils.ts" does not say what it holds'],
    ["kitchen/sink.ts", '"kitchen" is no room of the house'],
    ["sink.ts", '"sink.ts" is no entry of the package; put it in a room'],
  ])("reports the name of %s", (path, sentence) => {
    expect(check({ [path]: "export {};" })).toEqual([`${path}:1: ${sentence}`]);
  });
});
