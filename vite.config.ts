import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type ViteUserConfig as UserConfig } from "vitest/config";
import { browserFlags, findBrowser } from "./test/support/find-browser.mjs";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests read the package by its public names from the sources, so that a test run needs no build. */
const sources = [
  { find: /^hearthwire$/, replacement: here("./src/index.ts") },
  {
    find: /^hearthwire\/(node|browser|testing|vite|msgpack|prometheus|opentelemetry)$/,
    replacement: here("./src/$1.ts"),
  },
];

/** Run against dist/, which a global setup builds once. */
const packaged = [
  "test/package/**/*.test.ts",
  "test/types/**/*.test.ts",
  "test/web-demo/**/*.test.ts",
  "test/bench/run.test.ts",
  "test/bench/types.test.ts",
  "test/docs/one-machine.test.ts",
  "test/readme.test.ts",
];
/** Run in Node and in Chromium. */
const shared = "test/**/*.shared.test.ts";
/** Run in Chromium alone. */
const inPage = "test/browser-page/**/*.browser.test.ts";

/** Dependencies that pages of the tests load. */
const prebundled = [
  "@msgpack/msgpack",
  "@noble/hashes/hkdf.js",
  "@noble/hashes/hmac.js",
  "@noble/hashes/sha2.js",
  "@noble/hashes/utils.js",
  "@opentelemetry/api",
  "@opentelemetry/sdk-metrics",
  "@opentelemetry/sdk-trace-base",
  "fast-check",
  "isomorphic-ws",
  "react",
  "react-dom",
  "react-dom/client",
  "superjson",
];

/** The web demo uses the built package, page and daemon alike, just as an application does. */
async function demo(): Promise<UserConfig> {
  const { hearthwire } = await import("hearthwire/vite");
  const { plug } = await import("./web-demo/server/plug.js");
  return {
    plugins: [plug("/hearthwire"), hearthwire({ module: "/server/daemon.ts" })],
    // Else Vite would load a second copy of the package beside the plugin's, as it lies in no node_modules.
    ssr: { external: ["hearthwire"] },
  };
}

/** Three projects; each test file belongs to those that its name says. */
function tests(): UserConfig {
  const browserPath = findBrowser();
  return {
    test: {
      projects: [
        {
          resolve: { alias: sources },
          test: { name: "node", include: ["test/**/*.test.ts"], exclude: [inPage, ...packaged], testTimeout: 15_000 },
        },
        {
          test: {
            name: "package",
            include: packaged,
            globalSetup: ["test/support/package-folder.ts"],
            testTimeout: 60_000,
          },
        },
        {
          resolve: { alias: sources },
          // Named beforehand: a dependency found in mid-run makes Vite reload the page and the run with it.
          optimizeDeps: { include: prebundled },
          test: {
            name: "browser",
            include: [shared, inPage],
            globalSetup: ["test/browser-page/support/page-daemon.ts"],
            testTimeout: 15_000,
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({
                launchOptions: {
                  args: browserFlags,
                  ...(browserPath === undefined ? {} : { executablePath: browserPath }),
                },
              }),
              instances: [{ browser: "chromium" }],
            },
          },
        },
      ],
    },
  };
}

// Vitest's mode is "test"; the environment says nothing, since tests of the demo start Vite themselves.
export default defineConfig(({ mode }) => (mode === "test" ? tests() : demo()));
