import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { findBrowser, browserFlags } from "../support/find-browser.mjs";
import { freePort } from "../support/free-port.js";
import { RunningProgram } from "../support/running-program.js";
import { RunningDemo, START_LIMIT_MS } from "./support/running-demo.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const hearthwire = "dist/cli/main.js";

test(
  "the page calls by name what another program serves, and says how to start a name server while there is none",
  async () => {
    const port = await freePort();
    const names = `ws://127.0.0.1:${port}/names`;
    await using demo = await RunningDemo.start(names);
    const { PATH, HOME, XDG_CONFIG_HOME } = demo.env;
    const env = { PATH, HOME, XDG_CONFIG_HOME, HEARTHWIRE_NAMES: names };
    const executablePath = findBrowser();
    await using browser = await chromium.launch({
      args: browserFlags,
      ...(executablePath === undefined ? {} : { executablePath }),
    });
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    page.setDefaultTimeout(START_LIMIT_MS);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    const textOf = (selector: string): Promise<string> => page.locator(selector).innerText();
    const call = async (name: string, method: string): Promise<void> => {
      await page.fill("#wanted", name);
      await page.fill("#method", method);
      await page.click("#call button");
    };

    await page.goto(demo.url);
    await page.waitForSelector('#status[data-status="connected"]');
    expect([await page.inputValue("#wanted"), await page.inputValue("#method")]).toEqual(["warehouse", "list"]);
    await page.click("#call button");
    await page.waitForSelector("#remedy:not([hidden])");
    expect(await textOf("#remedy")).toContain("npx hearthwire names serve");
    expect(await textOf("#names-error")).toBe("");
    // One line in the terminal, and no warning.
    expect(demo.output.match(/not registered by name/g)).toHaveLength(1);
    expect(demo.output).not.toMatch(/HearthwireWarning|error/i);

    await using nameServer = new RunningProgram([hearthwire, "names", "serve", "--port", `${port}`], {
      cwd: root,
      env,
    });
    await nameServer.line(/names +ws:/);
    // By itself: the daemon has found the name server.
    await expect.poll(() => textOf("#names-error"), { timeout: 60_000 }).toBe("Nobody has registered warehouse.");
    expect(await page.locator("#remedy").isVisible()).toBe(false);

    const shop = "node-demo/warehouse/3-by-name/server.ts";
    await using _shop = new RunningProgram(["--import", "tsx", shop, names], { cwd: root, env });
    await using lookup = new RunningProgram([hearthwire, "names", "lookup", "example.warehouse", "--wait", "30s"], {
      cwd: root,
      env,
    });
    const [, address] = await lookup.line(/^(ws:\S+)/);
    await call("example.warehouse", "list");
    await expect.poll(() => textOf("#answer")).toContain('"bike"');
    expect(await textOf("#found")).toBe(`example.warehouse is at ${address}, and says:`);

    await call("example.warehouse", "lst");
    await expect.poll(() => textOf("#names-error")).toContain('example.warehouse has no method "lst"');
    expect(await page.locator("#answer").isVisible()).toBe(false);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    }
    expect(faults).toEqual([]);

    // And the demo is found by others.
    await using facts = new RunningProgram([hearthwire, "call", "hearthwire:demo.machine", "facts"], {
      cwd: root,
      env,
    });
    expect([await facts.exitCode(), facts.output]).toEqual([0, expect.stringContaining("memoryBytes")]);
  },
  3 * START_LIMIT_MS,
);
