import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { Consumer } from "../support/consumer.js";
import { linkModule } from "../support/package-folder.js";

/** Imports one entry, after what the user has anyway, and says what that left behind. */
const importer = `
const [entry, ...before] = process.argv.slice(2);
for (const module of before) await import(module);
const seen = () => ({
  globals: Reflect.ownKeys(globalThis).map(String).sort(),
  environment: JSON.stringify(process.env),
  listeners: process.eventNames().map(String).sort(),
});
const untouched = seen();
const started = process.getActiveResourcesInfo().length;
await import(entry);
console.log(JSON.stringify({
  isUnchanged: JSON.stringify(untouched) === JSON.stringify(seen()),
  handles: process.getActiveResourcesInfo().length - started,
  window: typeof window,
}));
`;

const sameExpose = `
import { createRequire } from "node:module";
import * as core from "hearthwire";
import * as node from "hearthwire/node";
import * as browser from "hearthwire/browser";
const required = createRequire(import.meta.url)("hearthwire");
const copies = new Set([core.expose, node.expose, browser.expose, required.expose]);
console.log(copies.size, typeof core.expose);
`;

describe("the package's entries", () => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = new Consumer({
      "import.mjs": importer,
      "same.mjs": sameExpose,
      "require.cjs":
        'const { serve, connect } = require("hearthwire/node"); console.log(typeof serve, typeof connect);',
    });
  });

  test.each([
    ["hearthwire", []],
    ["hearthwire/node", []],
    ["hearthwire/browser", []],
    ["hearthwire/testing", []],
    ["hearthwire/msgpack", ["@msgpack/msgpack"]],
    ["hearthwire/vite", ["vite"]],
    ["hearthwire/prometheus", ["prom-client"]],
    ["hearthwire/opentelemetry", ["@opentelemetry/api"]],
  ])("%s is imported without effect, where there is neither window nor socket", (entry, before) => {
    const { stdout, stderr } = consumer.node(["import.mjs", entry, ...before]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ isUnchanged: true, handles: 0, window: "undefined" });
  });

  test("hearthwire/node is there for require(), which takes no module that awaits at the top level", () => {
    const { stdout, stderr } = consumer.node(["--no-warnings", "require.cjs"]);
    expect({ stdout, stderr }).toEqual({ stdout: "function function\n", stderr: "" });
  });

  test("entries that need an optional package name it where that is missing, and nothing else needs it", () => {
    const folder = mkdtempSync(join(tmpdir(), "hearthwire-lacking-"));
    try {
      cpSync(join(inject("packageFolder"), "node_modules", "hearthwire"), join(folder, "node_modules", "hearthwire"), {
        recursive: true,
      });
      for (const name of ["@noble/hashes", "isomorphic-ws", "ws"]) linkModule(folder, name);
      const importing = (entry: string) =>
        spawnSync(process.execPath, ["--input-type=module", "--eval", `await import("${entry}");`], {
          cwd: folder,
          encoding: "utf8",
        });
      for (const entry of ["hearthwire", "hearthwire/node", "hearthwire/browser", "hearthwire/testing"]) {
        expect(importing(entry)).toMatchObject({ status: 0, stderr: "" });
      }
      for (const [entry, needed] of [
        ["hearthwire/msgpack", "@msgpack/msgpack"],
        ["hearthwire/prometheus", "prom-client"],
        ["hearthwire/opentelemetry", "@opentelemetry/api"],
      ] as const) {
        expect(importing(entry).stderr).toContain(`Cannot find package '${needed}' imported from`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("every entry, and require(), give the one expose function", () => {
    expect(consumer.node(["--no-warnings", "same.mjs"])).toEqual({ status: 0, stdout: "1 function\n", stderr: "" });
  });
});
