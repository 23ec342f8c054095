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

/** What a page pays for the client, superjson and HMAC included (docs/architecture.md). */
const TARGET_GZIP_BYTES = 12_500;
/**
 * The size that was reached, and little more; lower it when the client shrinks, and say why when it must grow: 4 KB more with
 * sessions that move to another line for fresh credentials, the refusal of plain text beyond this machine, checked options of
 * keys and tickets, and limits per principal, since a page serves its callbacks with the code of a daemon; 0.4 KB with
 * large stream items in pieces and the turns of sessions that send again; 0.5 KB with sessions that are begun where
 * a name leads, and move to other replicas.
 */
const BUDGET_GZIP_BYTES = 79_500;

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

/** Bytes of a page's script that only connects, minified and compressed, and where they come from. */
async function weighPage() {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: 'import { connect } from "hearthwire/browser";\nglobalThis.connect = connect;\n',
      resolveDir: root,
    },
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
  return { minified: page.contents.length, gzip: gzipSync(page.contents, { level: 9 }).length, origins };
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

  process.stdout.write("\n== weight of a page that connects\n");
  const { minified, gzip, origins } = await weighPage();
  for (const [origin, bytes] of [...origins].toSorted((a, b) => b[1] - a[1])) {
    process.stdout.write(`${String(bytes).padStart(7)} minified  ${origin}\n`);
  }
  process.stdout.write(
    `${minified} bytes minified, ${gzip} bytes gzip; budget ${BUDGET_GZIP_BYTES}, target ${TARGET_GZIP_BYTES}\n`,
  );
  if (gzip > BUDGET_GZIP_BYTES) {
    process.stderr.write(`The client is ${gzip - BUDGET_GZIP_BYTES} bytes over its budget.\n`);
    failures += 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
