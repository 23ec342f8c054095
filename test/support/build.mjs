// Builds src/ into dist/: plain unbundled ESM and declarations, one module graph for all entries.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Compiles the package. A file that left src/ leaves dist/ too, since the folder is made anew.
 *
 * @throws {Error} with the compiler's messages
 */
export function build() {
  rmSync(`${root}dist`, { recursive: true, force: true });
  const compiler = `${root}node_modules/typescript/bin/tsc`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the build of src/ failed:\n${stdout}${stderr}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // A clone without src/ (a checkout of parts) has nothing to build; everything else must compile.
  if (existsSync(`${root}src/index.ts`)) {
    try {
      build();
    } catch (error) {
      process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
      process.exitCode = 1;
    }
  }
}
