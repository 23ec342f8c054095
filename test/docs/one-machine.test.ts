import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Clone } from "../support/clone.js";
import { freePort } from "../support/free-port.js";
import { printedBy, snippetsOf } from "../support/snippets.js";
import { Terminals } from "../support/terminals.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const snippets = snippetsOf(readFileSync(join(root, "docs/names.md"), "utf8"));
const files = new Map(snippets.flatMap(({ file, text }) => (file === undefined ? [] : [[file, text]])));

/** What the page says that a command prints. */
const shown = (line: string): readonly string[] => printedBy(snippets, line).map(alike);

/** Ports and ids of keys are others on each machine, and so is the width of their columns. */
function alike(line: string): string {
  return line
    .replace(/127\.0\.0\.1:\d+/, "127.0.0.1:0")
    .replace(/user-[0-9a-f]{8}/, "user-0")
    .replace(/ +/g, " ");
}

/** Ten processes start one after the other. */
const LIMIT_MS = 180_000;

describe("the tutorial of one machine", () => {
  test("works as it is written, by the command's name server and by a program's", { timeout: LIMIT_MS }, async () => {
    using clone = new Clone(Object.fromEntries(files));
    const terminals = await Terminals.open({ folder: clone.folder, command: "dist/cli/main.js" });
    const printed = async (line: string): Promise<readonly string[]> => {
      await using program = terminals.run(line);
      expect([line, await program.exitCode(), program.output]).toEqual([line, 0, expect.any(String)]);
      return program.printed.map(alike);
    };
    const visits = ["npx tsx visit.ts", "npx hearthwire call hearthwire:warehouse list", "npx hearthwire names list"];
    const serveNames = "npx hearthwire names serve";
    expect(snippets.map(({ text }) => text)).toContain(`${serveNames}\n`);

    await using first = terminals.run(serveNames);
    await first.lines(1);
    await using shop = terminals.run("npx tsx shop.ts");
    expect(await shop.lines(1)).toEqual(["registered warehouse"]);
    for (const line of visits) {
      expect(shown(line)).not.toEqual([]);
      expect([line, await printed(line)]).toEqual([line, shown(line)]);
    }

    first.signal("SIGINT");
    expect(await first.exitCode()).toBe(0);
    const moved = files.get("names.ts")!.replace("serveNames({", `serveNames({ port: ${terminals.port},`);
    expect(moved).not.toBe(files.get("names.ts"));
    writeFileSync(join(clone.folder, "names.ts"), moved);
    await using second = terminals.run("npx tsx names.ts");
    expect((await second.lines(1)).map(alike)).toEqual(shown("npx tsx names.ts"));
    expect(await shop.lines(2)).toEqual(["registered warehouse", "registered warehouse"]);
    for (const line of visits) expect([line, await printed(line)]).toEqual([line, shown(line)]);
    expect(statSync(join(clone.folder, "names.db")).mode & 0o777).toBe(0o600);
  });
});

describe("the example of the command", () => {
  test("works as it is written", { timeout: LIMIT_MS }, async () => {
    const page = snippetsOf(readFileSync(join(root, "docs/command.md"), "utf8"));
    const [module, ...others] = page.filter(({ language }) => language === "js");
    expect([module?.text.split("\n")[0], others]).toEqual(["// warehouse.js", []]);
    using clone = new Clone({ "warehouse.js": module!.text });
    const terminals = await Terminals.open({ folder: clone.folder, command: "dist/cli/main.js" });
    const port = String(await freePort());
    // Another port than the page's, which a daemon on this machine may hold.
    const typed = (command: string): string => command.replace("7766", port);
    const [serving = "", ...calls] = page
      .filter(({ language }) => language === "console")
      .map(({ text }) => text.split("\n")[0]!.replace("$ ", ""));
    expect(calls).toHaveLength(3);
    await using server = terminals.run(typed(serving));
    expect(await server.lines(1)).toEqual(printedBy(page, serving).map(typed));
    for (const call of calls) {
      await using program = terminals.run(typed(call));
      expect([call, await program.exitCode(), program.printed]).toEqual([call, 0, printedBy(page, call)]);
    }
  });
});
