import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { PAGE_BUNDLE } from "../test/support/page-bundle.mjs";
import { peerOf } from "./peers.mjs";

/**
 * What a page pays for a peer's client that only connects.
 *
 * @param {string} peer
 * @returns {Promise<number | undefined>} kB (1000 bytes), minified and gzipped; undefined when it has none for pages
 */
export async function pageSize(peer) {
  const { pageEntry } = peerOf(peer);
  if (pageEntry === undefined) return undefined;
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    stdin: { contents: pageEntry, resolveDir: fileURLToPath(new URL("./", import.meta.url)) },
    ...PAGE_BUNDLE,
    logLevel: "silent",
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error("esbuild gave no output");
  return gzipSync(script.contents, { level: 9 }).length / 1000;
}
