import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const libsql = createRequire(import.meta.url).resolve("libsql/promise");

/** Compiles a program of the tests once, so that a hundred processes of it start fast; gives its path. */
export async function bundleProgram(entry: string, folder: string): Promise<string> {
  const outfile = join(folder, basename(entry).replace(/\.ts$/, ".mjs"));
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // It has a native part, which lies beside it.
    alias: { "libsql/promise": libsql },
    external: [libsql],
    logLevel: "error",
  });
  return outfile;
}
