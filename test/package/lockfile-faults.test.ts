import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lockfileFaults } from "./lockfile-faults.mjs";

const root = new URL("../../", import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, root), "utf8"));

const manifest = {
  dependencies: { "@noble/hashes": "2.4.0", commander: "14.0.3", "isomorphic-ws": "5.0.0", ws: "^8.23.0" },
  scripts: {},
};
const good = { version: "8.23.0", resolved: "https://registry.npmjs.org/ws/-/ws-8.23.0.tgz", integrity: "sha512-AAAA" };
const locked = (change: object) => ({ packages: { "": {}, "node_modules/ws": { ...good, ...change } } });

describe("the lock file", () => {
  test("and the manifest of this package have no fault", () => {
    expect(lockfileFaults(read("package-lock.json"), read("package.json"))).toEqual([]);
  });

  test.each([
    ["an old ws", { version: "8.22.9" }, /ws is 8\.22\.9, below 8\.23\.0/],
    ["a package from elsewhere", { resolved: "git+ssh://git@example.com/ws.git" }, /comes from git\+ssh/],
    ["a package without a hash", { integrity: undefined }, /no sha512 integrity/],
    ["a package with a weak hash", { integrity: "sha1-AAAA" }, /no sha512 integrity/],
    ["a script at installation", { hasInstallScript: true }, /runs a script/],
  ])("is refused for %s", (_, change, fault) => {
    expect(lockfileFaults(locked({}), manifest)).toEqual([]);
    expect(lockfileFaults(locked(change), manifest)).toEqual([expect.stringMatching(fault)]);
  });

  test.each([
    ["a range that admits an old ws", { dependencies: { ...manifest.dependencies, ws: "^8.17.0" } }, /admits versions/],
    ["a dependency that nobody argued for", { dependencies: { ...manifest.dependencies, left: "1.0.0" } }, /left/],
    ["an install script of its own", { scripts: { postinstall: "node x.mjs" } }, /the script postinstall/],
  ])("refuses a manifest with %s", (_, change, fault) => {
    expect(lockfileFaults(locked({}), { ...manifest, ...change })).toEqual([expect.stringMatching(fault)]);
  });

  test("is let alone by development tools that run scripts", () => {
    expect(lockfileFaults(locked({ hasInstallScript: true, dev: true }), manifest)).toEqual([]);
  });
});
