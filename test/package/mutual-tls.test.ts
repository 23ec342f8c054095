import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Authority, type Certificate, createAuthority } from "../support/certificates.js";
import { compilers, Consumer } from "../support/consumer.js";
import { RunningProgram } from "../support/running-program.js";
import { printedBy, snippetsOf } from "../support/snippets.js";

const root = new URL("../../", import.meta.url);
const tsx = pathToFileURL(fileURLToPath(new URL("node_modules/tsx/dist/loader.mjs", root))).href;

/** The page that has the recipe. */
const page = readFileSync(new URL("docs/security.md", root), "utf8");
const snippets = snippetsOf(page);
const programs = snippets.filter(({ file }) => file?.startsWith("mutual-tls-") === true);

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  moduleDetection: "force",
  target: "es2022",
  types: ["node"],
  module: "esnext",
  moduleResolution: "bundler",
};

let consumer: Consumer;
let port: number;
let authority: Authority;

beforeAll(async () => {
  port = await freePort();
  consumer = new Consumer(
    {
      "package.json": '{ "type": "module" }',
      "tsconfig.json": JSON.stringify({ compilerOptions }),
      ...Object.fromEntries(programs.map(({ file = "", text }) => [file, text.replaceAll("7766", String(port))])),
    },
    ["@types/node"],
  );
  authority = await createAuthority("Office authority");
  save("ca", { cert: authority.cert });
  save("server", await authority.issue({ commonName: "warehouse" }));
  save("ann", await authority.issue({ subjectAltNames: [{ type: "url", value: "spiffe://office/ann" }] }));
});

describe("the recipe for mutual TLS", () => {
  test("S30: compiles", () => {
    expect(programs.length).toBe(2);
    expect(consumer.compile(compilers[0].path)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("S30: client and daemon prove themselves by certificates alone", async () => {
    await using server = program("server");
    expect(await server.lines(1)).toEqual([`wss://127.0.0.1:${port}/safe`]);
    await using client = program("client");
    const expected = printedBy(snippets, "npx tsx mutual-tls-client.ts");
    expect(await client.lines(1)).toEqual(expected);
    expect(expected).toEqual(["opened by ann"]);
    expect(await client.exitCode()).toBe(0);
  });

  test("S30: neither a certificate of another authority gets in, nor one that maps to nobody", async () => {
    await using server = program("server");
    await server.lines(1);
    const other = await createAuthority("Office authority");
    const names = { subjectAltNames: [{ type: "url", value: "spiffe://office/ann" }] } as const;
    const ann = await other.issue(names);
    const guest = await authority.issue({ subjectAltNames: [{ type: "url", value: "spiffe://elsewhere/ann" }] });
    for (const certificate of [ann, guest]) {
      save("ann", certificate);
      await using client = program("client");
      expect(await client.exitCode()).toBe(1);
      expect(client.output).toContain("ConnectionError");
      expect(client.output).not.toContain("opened");
    }
    const [, ...reasons] = await server.lines(3);
    expect(reasons).toEqual([
      expect.stringMatching(/its certificate is of none of the authorities in "tls\.ca"/),
      expect.stringMatching(/certificate/),
    ]);
    save("ann", await authority.issue(names));
  });

  // Where OpenSSL is not installed, the tests above have shown the rest.
  test.skipIf(spawnSync("openssl", ["version"]).error !== undefined)(
    "S30: works with the certificates of the page's own commands",
    async () => {
      const [script = ""] = snippets
        .map(({ text }) => text)
        .filter((text) => text.includes("openssl") && text.includes("ann.key"));
      const made = spawnSync("sh", ["-e", "-c", script], { cwd: consumer.folder, encoding: "utf8" });
      expect({ status: made.status, stderr: made.status === 0 ? "" : made.stderr }).toEqual({ status: 0, stderr: "" });
      await using server = program("server");
      await server.lines(1);
      await using client = program("client");
      expect(await client.lines(1)).toEqual(["opened by ann"]);
    },
  );
});

function save(name: string, { cert, key }: Partial<Certificate>): void {
  writeFileSync(join(consumer.folder, `${name}.pem`), cert ?? "");
  if (key !== undefined) writeFileSync(join(consumer.folder, `${name}.key`), key);
}

function program(name: "server" | "client"): RunningProgram {
  const { folder: cwd } = consumer;
  const env = { PATH: process.env["PATH"], HOME: cwd, XDG_CONFIG_HOME: cwd };
  return new RunningProgram(["--import", tsx, `mutual-tls-${name}.ts`], { cwd, env });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}
