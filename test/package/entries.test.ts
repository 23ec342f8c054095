import { beforeAll, describe, expect, test } from "vitest";
import { Consumer } from "../support/consumer.js";

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
    ["hearthwire/vite", ["vite"]],
  ])("%s is imported without effect, where there is neither window nor socket", (entry, before) => {
    const { stdout, stderr } = consumer.node(["import.mjs", entry, ...before]);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ isUnchanged: true, handles: 0, window: "undefined" });
  });

  test("hearthwire/node is there for require(), which takes no module that awaits at the top level", () => {
    const { stdout, stderr } = consumer.node(["--no-warnings", "require.cjs"]);
    expect({ stdout, stderr }).toEqual({ stdout: "function function\n", stderr: "" });
  });

  test("every entry, and require(), give the one expose function", () => {
    expect(consumer.node(["--no-warnings", "same.mjs"])).toEqual({ status: 0, stdout: "1 function\n", stderr: "" });
  });
});
