import { afterEach, expect, test, vi } from "vitest";
import { findBrowser } from "./find-browser.mjs";

afterEach(() => vi.unstubAllEnvs());

test("takes the browser that HEARTHWIRE_BROWSER names, whatever else is installed", () => {
  vi.stubEnv("HEARTHWIRE_BROWSER", process.execPath);
  expect(findBrowser()).toBe(process.execPath);
});

test("refuses a HEARTHWIRE_BROWSER that can't be run, and does not take another in its place", () => {
  vi.stubEnv("HEARTHWIRE_BROWSER", "/no/such/browser");
  expect(() => findBrowser()).toThrow(
    '"HEARTHWIRE_BROWSER" must be the path of a browser\'s executable, got "/no/such/browser"',
  );
});
