import { accessSync, constants, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

/** Flags under which Chromium is quiet, needs no GPU and no user namespace, and speaks to loopback alone. */
export const browserFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Command names of Chromium and its kin, looked up along `PATH`. */
const commands = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];

/** Where installers of macOS and Windows put them. */
const wellKnown = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ...["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].flatMap((name) => {
    const folder = process.env[name];
    if (folder === undefined) return [];
    return [
      join(folder, "Google", "Chrome", "Application", "chrome.exe"),
      join(folder, "Microsoft", "Edge", "Application", "msedge.exe"),
    ];
  }),
];

/**
 * Path of a Chromium-like browser on this machine, or `undefined`.
 *
 * `HEARTHWIRE_BROWSER` decides alone when it is set; then come `PATH`, the installers' folders and Playwright's cache.
 *
 * @returns {string | undefined}
 * @throws {Error} when `HEARTHWIRE_BROWSER` names no file that can be run
 */
export function findBrowser() {
  const chosen = process.env["HEARTHWIRE_BROWSER"];
  if (chosen !== undefined && chosen !== "") {
    if (isExecutable(chosen)) return chosen;
    throw new Error(`"HEARTHWIRE_BROWSER" must be the path of a browser's executable, got ${JSON.stringify(chosen)}`);
  }
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [
    ...commands.flatMap((command) => folders.map((folder) => join(folder, command))),
    ...wellKnown,
    chromium.executablePath(),
    ...cachedByPlaywright(),
  ];
  return candidates.find(isExecutable);
}

/** Browsers of other Playwright versions, which serve as well. */
function cachedByPlaywright() {
  const cache =
    process.env["PLAYWRIGHT_BROWSERS_PATH"] ??
    {
      darwin: join(homedir(), "Library", "Caches", "ms-playwright"),
      win32: join(process.env["LOCALAPPDATA"] ?? homedir(), "ms-playwright"),
    }[/** @type {string} */ (process.platform)] ??
    join(homedir(), ".cache", "ms-playwright");
  try {
    return readdirSync(cache)
      .filter((name) => /^chromium-\d+$/.test(name))
      .flatMap((name) => [
        join(cache, name, "chrome-linux", "chrome"),
        join(cache, name, "chrome-linux64", "chrome"),
        join(cache, name, "chrome-mac", "Chromium.app", "Contents", "MacOS", "Chromium"),
        join(cache, name, "chrome-win", "chrome.exe"),
        join(cache, name, "chrome-win64", "chrome.exe"),
      ]);
  } catch {
    return [];
  }
}

/** @param {string | undefined} path */
function isExecutable(path) {
  if (path === undefined || path === "") return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
