// npm run check:package: looks at dist/ as a registry and its users would: contents, exports, types, weight in a page.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { PAGE_BUNDLE } from "../support/page-bundle.mjs";
import { lockfileFaults } from "./lockfile-faults.mjs";

/** What a page shall pay for the client, superjson and HMAC included (docs/architecture.md). */
const TARGET_GZIP_BYTES = 12_500;
/**
 * What a page pays that imports this and nothing else: the size that was reached, and little more; lower it when the part
 * shrinks, and say why when it must grow: 0.4 KB with large frames that are signed beside the page's thread. The first is what most pages have, beside `fetchTicket`; the others are so much
 * beyond it because they bring code of their own, and no page pays for what it does not import.
 */
const BUDGETS = [
  { imports: "connect", entry: "hearthwire/browser", gzipBytes: 80_200 },
  { imports: "connect, fetchTicket", entry: "hearthwire/browser", gzipBytes: 81_100 },
  { imports: "connect", entry: "hearthwire", gzipBytes: 79_900 },
  { imports: "connect, expose, batch, retries, describe", entry: "hearthwire", gzipBytes: 84_200 },
  { imports: "connectPort", entry: "hearthwire/browser", gzipBytes: 81_900 },
  { imports: "servePort", entry: "hearthwire/browser", gzipBytes: 84_000 },
  { imports: "messagePackSerializer", entry: "hearthwire/msgpack", gzipBytes: 19_700 },
];

/** `--audit=required`, as before publishing: no advice is a failure too. */
const isAuditRequired = process.argv.includes("--audit=required");

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hearthwire-check-"));
let failures = 0;

/**
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 */
function step(title, command, args) {
  process.stdout.write(`\n== ${title}\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    timeout: 120_000,
    shell: process.platform === "win32",
  });
  if (error !== undefined) process.stderr.write(`${error.message}\n`);
  if (status !== 0) failures += 1;
}

/** Where the dependencies come from, and what is known against them. A registry that gives no advice is said, and fails where advice is required. */
function auditLockfile() {
  process.stdout.write("\n== dependencies\n");
  const read = (/** @type {string} */ name) => JSON.parse(readFileSync(join(root, name), "utf8"));
  const faults = lockfileFaults(read("package-lock.json"), read("package.json"));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  if (faults.length > 0) failures += 1;
  const audit = spawnSync("npm", ["audit", "--json", "--omit=dev"], { cwd: root, encoding: "utf8", timeout: 120_000 });
  /** @type {{ metadata?: { vulnerabilities: Record<string, number> } }} */
  const { metadata } = JSON.parse(audit.stdout || "{}");
  if (metadata === undefined) {
    process.stdout.write("not audited: the registry gives no advice\n");
    if (isAuditRequired) failures += 1;
    return;
  }
  const total = metadata.vulnerabilities["total"] ?? 0;
  process.stdout.write(`${total} known vulnerabilities in what users install\n`);
  if (total > 0) failures += 1;
}

/**
 * Bytes of a page's script, minified and compressed, and where they come from.
 *
 * @param {string} imports
 * @param {string} entry
 */
async function weighPage(imports, entry) {
  const contents = `import { ${imports} } from "${entry}";\nglobalThis.hearthwire = [${imports}];\n`;
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    absWorkingDir: root,
    ...PAGE_BUNDLE,
    metafile: true,
  });
  const [page] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (page === undefined || output === undefined) throw new Error("esbuild gave no output");
  /** @type {Map<string, number>} */
  const origins = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const origin = /node_modules\/((?:@[^/]+\/)?[^/]+)|dist\/[^/]+/.exec(path);
    const name = origin?.[1] ?? origin?.[0] ?? path;
    origins.set(name, (origins.get(name) ?? 0) + bytesInOutput);
  }
  return { gzip: gzipSync(page.contents, { level: 9 }).length, origins };
}

/** Says what the parts weigh, of the first where it comes from, and fails when one is over its budget. */
async function checkWeights() {
  process.stdout.write("\n== weight of what a page imports\n");
  for (const [index, { imports, entry, gzipBytes }] of BUDGETS.entries()) {
    const { gzip, origins } = await weighPage(imports, entry);
    process.stdout.write(`${String(gzip).padStart(7)} gzip  { ${imports} } of "${entry}", budget ${gzipBytes}\n`);
    if (index === 0) {
      const most = [...origins].filter(([, bytes]) => bytes > 0).toSorted((a, b) => b[1] - a[1]);
      process.stdout.write(`        target ${TARGET_GZIP_BYTES}; minified, before gzip: `);
      process.stdout.write(`${most.map(([name, bytes]) => `${name} ${bytes}`).join(", ")}\n`);
    }
    if (gzip <= gzipBytes) continue;
    process.stderr.write(`{ ${imports} } of "${entry}" is ${gzip - gzipBytes} bytes over its budget.\n`);
    failures += 1;
  }
}

try {
  step("pack", "npm", ["pack", "--ignore-scripts", "--pack-destination", folder]);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "none");
  step("publint", process.execPath, ["node_modules/publint/src/cli.js", "run", tarball, "--strict"]);
  step("are the types wrong", process.execPath, [
    "node_modules/@arethetypeswrong/cli/dist/index.js",
    tarball,
    // require() gets the ESM files since Node 20.19; "node10" reads no exports map at all.
    "--profile",
    "esm-only",
  ]);

  auditLockfile();

  await checkWeights();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
