/**
 * How a page's script is bundled by esbuild where its size is measured: one figure, whoever measures it.
 *
 * @satisfies {import("esbuild").BuildOptions}
 */
export const PAGE_BUNDLE = /** @type {const} */ ({
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  write: false,
  // Without the paths of tsconfig.json, which lead to the sources.
  tsconfigRaw: {},
});
