import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { build as viteBuild } from "vite";
import { describe, expect, test } from "vitest";
import { Consumer } from "../support/consumer.js";

const remedy = /hearthwire\/node runs on Node only.*from "hearthwire\/browser"/s;

const bundlers: Readonly<Record<string, (folder: string, entry: string) => Promise<string>>> = {
  async esbuild(folder, entry) {
    const { outputFiles } = await esbuild.build({
      entryPoints: [join(folder, entry)],
      bundle: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      write: false,
      logLevel: "silent",
    });
    return outputFiles[0]?.text ?? "";
  },
  async vite(folder, entry) {
    const result = await viteBuild({
      configFile: false,
      root: folder,
      logLevel: "silent",
      build: { write: false, target: "es2022", lib: { entry: join(folder, entry), formats: ["es"] } },
    });
    const [output] = [result].flat();
    if (output === undefined || !("output" in output)) throw new Error("vite gave no output");
    return output.output[0].code;
  },
};

/** Loads a bundle as a page would, and gives what that threw. */
async function load(folder: string, code: string): Promise<unknown> {
  const path = join(folder, "bundle.mjs");
  writeFileSync(path, code);
  try {
    return await import(/* @vite-ignore */ `${pathToFileURL(path).href}?${Math.random()}`);
  } catch (error) {
    return error;
  }
}

describe.each(Object.keys(bundlers))("in a bundle that %s makes for browsers", (name) => {
  const bundle = bundlers[name];
  if (bundle === undefined) throw new Error(`no bundler ${name}`);

  test.each(["serve", "connect", "expose"])("hearthwire/node throws the remedy at once for { %s }", async (member) => {
    const { folder } = new Consumer({
      "page.js": `import { ${member} } from "hearthwire/node"; export const used = ${member};`,
    });
    const outcome = await load(folder, await bundle(folder, "page.js"));
    expect(outcome).toBeInstanceOf(Error);
    expect(String(outcome)).toMatch(remedy);
  });

  test("hearthwire/browser loads", async () => {
    const { folder } = new Consumer({
      "page.js": 'import { connect } from "hearthwire/browser"; export const used = connect;',
    });
    const outcome = await load(folder, await bundle(folder, "page.js"));
    expect(outcome).toMatchObject({ used: expect.any(Function) });
  });
});

test("what stands in for hearthwire/node in browsers has all its exports", async () => {
  const consumer = new Consumer({
    "names.mjs": 'import * as node from "hearthwire/node"; console.log(JSON.stringify(Object.keys(node)));',
  });
  const names = JSON.parse(consumer.node(["names.mjs"]).stdout) as readonly string[];
  const page = `export { ${names.join(", ")} } from "hearthwire/node";`;
  const { folder } = new Consumer({ "page.js": page });
  expect(names).toContain("serve");
  await expect(bundlers["esbuild"]?.(folder, "page.js")).resolves.toBeTypeOf("string");
});
