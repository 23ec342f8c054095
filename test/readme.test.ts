import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { Clone } from "./support/clone.js";
import { compilers, Consumer } from "./support/consumer.js";
import { freePort } from "./support/free-port.js";
import { RunningProgram } from "./support/running-program.js";
import { printedBy, snippetsOf, type Snippet } from "./support/snippets.js";
import { Terminals } from "./support/terminals.js";

const root = new URL("../", import.meta.url);
const pages = ["README.md", ...readdirSync(new URL("docs/", root)).map((name) => `docs/${name}`)].filter((page) =>
  page.endsWith(".md"),
);
const snippetsIn = (page: string): readonly Snippet[] => snippetsOf(readFileSync(new URL(page, root), "utf8"));

/** A page's files: those that it names, blocks of the same name put together in their order. */
function programOf(snippets: readonly Snippet[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const { file, text } of snippets) if (file !== undefined) files[file] = `${files[file] ?? ""}${text}`;
  return files;
}

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  moduleDetection: "force",
  jsx: "react-jsx",
  target: "es2022",
  lib: ["es2023", "dom", "dom.iterable"],
  types: ["node"],
  module: "esnext",
  moduleResolution: "bundler",
};

/** What the pages' programs may use besides hearthwire. */
const modules = [
  "@types/node",
  "@types/express",
  "@types/react",
  "express",
  "fastify",
  "hono",
  "prom-client",
  "@opentelemetry/api",
  "@hono/node-server",
  "react",
  "vite",
];

function consumerOf(files: Readonly<Record<string, string>>): Consumer {
  const manifest = { "package.json": '{ "type": "module" }', "tsconfig.json": JSON.stringify({ compilerOptions }) };
  return new Consumer({ ...manifest, ...files }, modules);
}

const withPrograms = pages.filter((page) => Object.keys(programOf(snippetsIn(page))).length > 0);

describe("the programs in the documents", () => {
  test.each(withPrograms)("compile strictly: %s", (page) => {
    const consumer = consumerOf(programOf(snippetsIn(page)));
    const [newest] = compilers;
    expect(consumer.compile(newest.path)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("every ts block of README.md is a file of its program", () => {
    const unnamed = snippetsIn("README.md").filter(
      ({ language, file }) => /^tsx?$/.test(language) && file === undefined,
    );
    expect(unnamed.map(({ line }) => line)).toEqual([]);
  });
});

describe("the quick start of README.md", () => {
  const snippets = snippetsIn("README.md");
  const files = programOf(snippets);

  test("stays as short as promised: 12 lines for the server, 5 for the client", () => {
    // Types are erased, comments and empty lines say nothing to the machine.
    const codeLines = (name: string): number =>
      (files[name] ?? "").split("\n").filter((line) => !/^\s*(\/\/.*|import type .*)?$/.test(line)).length;
    expect(Object.keys(files)).toEqual(expect.arrayContaining(["warehouse.ts", "server.ts", "client.ts"]));
    expect(codeLines("warehouse.ts") + codeLines("server.ts")).toBeLessThanOrEqual(12);
    expect(codeLines("client.ts")).toBeLessThanOrEqual(5);
  });

  test("runs in two processes and prints what the page says", async () => {
    // Another port than the page's, which a daemon on this machine may hold.
    const port = String(await freePort());
    const moved = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name, text.replaceAll("7766", port)]),
    );
    const { folder } = consumerOf(moved);
    const tsx = pathToFileURL(fileURLToPath(new URL("node_modules/tsx/dist/loader.mjs", root))).href;
    const options = { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder, XDG_CONFIG_HOME: folder } };
    const expected = printedBy(snippets, "npx tsx client.ts");
    expect(expected).not.toEqual([]);

    await using server = new RunningProgram(["--import", tsx, "server.ts"], options);
    expect(await server.lines(1)).toEqual([`ws://127.0.0.1:${port}/warehouse`]);
    await using client = new RunningProgram(["--import", tsx, "client.ts"], options);
    expect(await client.lines(expected.length)).toEqual(expected);
  });
});

describe("the three terminals of README.md", () => {
  const snippets = snippetsOf(readFileSync(new URL("README.md", root), "utf8"));
  const serveNames = "npx hearthwire names serve";
  const visiting = "npx tsx visit.ts";
  const call = "npx hearthwire call hearthwire:warehouse list";

  /** What the commands and programs of the page print in a folder, where `hearthwire` is the packed package or the clone's own. */
  async function printedIn(folder: string, command: string): Promise<Readonly<Record<string, readonly string[]>>> {
    const terminals = await Terminals.open({ folder, command });
    expect(snippets.map(({ text }) => text)).toContain(`${serveNames}\n`);

    await using nameServer = terminals.run(serveNames);
    expect(await nameServer.lines(1)).toEqual([`names  ws://127.0.0.1:${terminals.port}/names`]);
    await using shop = terminals.run("npx tsx shop.ts");
    expect(await shop.lines(1)).toEqual(["registered warehouse"]);
    await using visit = terminals.run(visiting);
    await visit.exitCode();
    await using called = terminals.run(call);
    await called.exitCode();
    return { [visiting]: visit.printed, [call]: called.printed };
  }

  const shown = { [visiting]: printedBy(snippets, visiting), [call]: printedBy(snippets, call) };

  test("find each other where the package is installed", async () => {
    const { folder } = consumerOf(programOf(snippets));
    const command = join(folder, "node_modules/hearthwire/dist/cli/main.js");
    expect(shown[call]).toHaveLength(1);
    expect(await printedIn(folder, command)).toEqual(shown);
  });

  test("find each other in a clone", async () => {
    using clone = new Clone(programOf(snippets));
    expect(await printedIn(clone.folder, "dist/cli/main.js")).toEqual(shown);
  });
});

describe("the test of cuts in docs/guide.md", () => {
  test("runs, and prints what it says", async () => {
    const { folder } = consumerOf(programOf(snippetsIn("docs/guide.md")));
    const tsx = pathToFileURL(fileURLToPath(new URL("node_modules/tsx/dist/loader.mjs", root))).href;
    const options = { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder } };
    await using program = new RunningProgram(["--import", tsx, "cut-test.ts"], options);
    expect([await program.exitCode(), program.output]).toEqual([0, expect.any(String)]);
    const printed = program.printed
      .filter((line) => !line.startsWith("cart of"))
      .map((line) => line.replace(/asked in session \w+/, "asked"));
    expect(printed).toEqual([
      "reconnecting",
      "connected",
      "tester, asked",
      "reconnecting",
      "connecting",
      "connected",
      "tester, asked",
      "closed",
    ]);
  });
});

test("the measured program of docs/guide.md ends", async () => {
  const { "measured.ts": measured = "", ...files } = programOf(snippetsIn("docs/guide.md"));
  // Another port than the page's, which a program on this machine may hold.
  const { folder } = consumerOf({ ...files, "measured.ts": measured.replace("9464", "0") });
  const tsx = pathToFileURL(fileURLToPath(new URL("node_modules/tsx/dist/loader.mjs", root))).href;
  const options = { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder, XDG_CONFIG_HOME: folder } };
  await using program = new RunningProgram(["--import", tsx, "measured.ts"], options);
  expect([await program.exitCode(), program.output]).toEqual([0, expect.stringContaining("p50Ms")]);
});

describe("snippetsOf", () => {
  test("gives the blocks with their language, file and line", () => {
    expect(snippetsOf("text\n```ts\n// a.ts\nf();\n```\n```sh\nls\n```\n")).toEqual([
      { language: "ts", file: "a.ts", text: "// a.ts\nf();\n", line: 2 },
      { language: "sh", file: undefined, text: "ls\n", line: 6 },
    ]);
  });

  test("takes a remark in brackets after the file's name, and no other comment for a name", () => {
    expect(snippetsOf("```ts\n// a.ts (in the browser)\n```").map(({ file }) => file)).toEqual(["a.ts"]);
    expect(snippetsOf("```ts\n// see a.ts\n```").map(({ file }) => file)).toEqual([undefined]);
  });

  test("refuses a block without an end", () => {
    expect(() => snippetsOf("\n```ts\nf();")).toThrow("the block that begins in line 2 has no end");
  });

  test("gives the lines that a console block shows for a command", () => {
    const page = snippetsOf("```console\n$ npx tsx client.ts\none\ntwo\n```");
    expect(printedBy(page, "npx tsx client.ts")).toEqual(["one", "two"]);
    expect(printedBy(page, "npx tsx server.ts")).toEqual([]);
  });
});
