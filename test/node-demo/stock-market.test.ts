import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Remote } from "hearthwire";
import { linkedPeers } from "hearthwire/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StockMarket } from "../../node-demo/stock-market/exposed-stock-market.js";
import { Viewer } from "../../node-demo/stock-market/viewer.js";
import { runDemo } from "./support/run-demo.js";

/** Up to four Node processes compile the sources one after the other. */
const LIMIT_MS = 90_000;

/** A market whose one price rises by the most that it can, each time that it is told to. */
const rising = (name = "NYSE"): StockMarket => new StockMarket(name, ["IBM"], { everyMs: 0, random: () => 0.9999 });

describe("a market", () => {
  test("gives the price of each move to all who read its quotes", async () => {
    using market = rising();
    const readers = [market.quotes(), market.quotes()].map((quotes) => quotes.next());
    market.move();
    for (const { value } of await Promise.all(readers)) {
      expect(value).toEqual({ market: "NYSE", symbol: "IBM", price: 206.96 });
    }
  });

  test("calls back when a price jumps, across the wire, until the listener is gone", async () => {
    using market = rising();
    await using peers = await linkedPeers({ market });
    const remote: Remote<StockMarket> = peers.connection.object("market");
    const heard: string[] = [];
    let hear!: () => void;
    const first = new Promise<void>((resolve) => (hear = resolve));
    await remote.onJump(({ symbol, price }, percent) => {
      heard.push(`${symbol} ${price} ${percent.toFixed(1)}`);
      hear();
    });
    market.move();
    await first;
    expect(heard).toEqual(["IBM 206.96 4.0"]);
  });

  test("exposes nothing that moves its prices", async () => {
    using market = rising();
    await using peers = await linkedPeers({ market });
    const remote = peers.connection.object("market") as unknown as { move(): Promise<void> };
    await expect(remote.move()).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });
});

describe("a viewer", () => {
  test("shows as many prices of its shares as it is to, and no other", async () => {
    using market = new StockMarket("NYSE", ["IBM", "BP"], { everyMs: 1, random: Math.random });
    const printed: string[] = [];
    await new Viewer(["IBM"], { count: 3, print: (line) => printed.push(line) }).watch([market]);
    const prices = printed.filter((line) => !line.includes("jumped"));
    expect(prices).toEqual(Array(3).fill(expect.stringMatching(/^NYSE\.IBM: \d+\.\d\d$/)));
    expect(printed.filter((line) => line.startsWith("BP"))).toEqual([]);
  });
});

describe("the programs", () => {
  let home: string;
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "stock-market-"))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  test.each([
    ["1-one-program/view.ts", 0],
    ["2-two-programs/main.ts", 1],
    ["3-by-name/main.ts", 3],
  ])(
    "step %s shows twelve prices of three shares, and ends",
    async (file, servers) => {
      await using demo = runDemo(`stock-market/${file}`, { home });
      expect([await demo.exitCode(), demo.output]).toEqual([0, expect.any(String)]);
      const serving = demo.printed.filter((line) => line.startsWith("Serving ws://127.0.0.1:"));
      expect(serving).toHaveLength(servers);
      const prices = demo.printed.filter((line) => /^(?:NASDAQ\.(?:AAPL|MSFT)|NYSE\.IBM): \d+\.\d\d$/.test(line));
      expect(prices).toHaveLength(12);
      const rest = demo.printed.filter((line) => !prices.includes(line) && !serving.includes(line));
      expect(rest.filter((line) => !/^(?:AAPL|MSFT|IBM) jumped by -?\d\.\d %!$/.test(line))).toEqual([
        ...(file.startsWith("3") ? ["Found example.market.nasdaq", "Found example.market.nyse"] : []),
        "Shares: IBM, AAPL, MSFT",
      ]);
    },
    LIMIT_MS,
  );
});
