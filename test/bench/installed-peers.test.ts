import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { missingPackages, versionsOf } from "../../bench/installed-peers.mjs";
import { peers } from "../../bench/peers.mjs";

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));
const manifest = read("bench/package.json");
const lock = read("bench/package-lock.json");

describe("what the bench installs", () => {
  test("is in exact versions, the same in its lock file, each with a hash", () => {
    for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lock.packages[""].dependencies).toEqual(manifest.dependencies);
    for (const [path, { integrity }] of Object.entries<{ integrity?: string }>(lock.packages)) {
      if (path !== "") expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
    }
  });

  test("is private, runs no script, and has the ws that hearthwire is tested with", () => {
    expect([manifest.private, manifest.scripts]).toEqual([true, undefined]);
    expect(readFileSync(new URL("../../bench/.npmrc", import.meta.url), "utf8")).toContain("ignore-scripts=true");
    expect(manifest.dependencies.ws).toBe(read("package-lock.json").packages["node_modules/ws"].version);
  });

  test("is what its peers need and no more", () => {
    const needed = new Set(peers.flatMap(({ packages }) => packages));
    expect(Object.keys(manifest.dependencies).toSorted()).toEqual([...needed, "ws"].toSorted());
  });

  test("never reaches those who install hearthwire", () => {
    const { dependencies, peerDependencies, files } = read("package.json");
    for (const name of ["capnweb", "@trpc/client", "socket.io", "rpc-websockets", "comlink"]) {
      expect({ ...dependencies, ...peerDependencies }).not.toHaveProperty([name]);
    }
    expect(files).not.toContain("bench");
  });

  test("is told with the results", () => {
    const { hearthwire, capnweb } = versionsOf(["raw-ws", "capnweb"]);
    expect({ hearthwire, capnweb }).toEqual({
      hearthwire: read("package.json").version,
      capnweb: manifest.dependencies.capnweb,
    });
  });
});

describe("missingPackages", () => {
  let folder: string;
  beforeEach(() => {
    folder = `${mkdtempSync(join(tmpdir(), "hearthwire-bench-peers-"))}/`;
    writeFileSync(`${folder}package.json`, JSON.stringify(manifest));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const install = (name: string, version: string) => {
    mkdirSync(`${folder}node_modules/${name}`, { recursive: true });
    writeFileSync(`${folder}node_modules/${name}/package.json`, JSON.stringify({ version }));
  };

  test("are none for those that need none", () => {
    expect(missingPackages(["raw-ws", "signed-ws", "hearthwire"], folder)).toEqual([]);
  });

  test("are those that are not there, or there in another version", () => {
    install("capnweb", manifest.dependencies.capnweb);
    install("comlink", "0.0.1");
    expect(missingPackages(["capnweb", "comlink", "socket.io"], folder)).toEqual([
      "comlink",
      "socket.io",
      "socket.io-client",
    ]);
  });
});
