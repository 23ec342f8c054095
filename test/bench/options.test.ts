import { describe, expect, test } from "vitest";
import { parseOptions, USAGE } from "../../bench/options.mjs";

describe("the options of the bench", () => {
  test("without any are five rounds of everything with everybody", () => {
    const { rounds, works, peers, isQuick, isWritten } = parseOptions([]);
    expect({ rounds, isQuick, isWritten }).toEqual({ rounds: 5, isQuick: false, isWritten: false });
    expect(works).toEqual(expect.arrayContaining(["sequential", "memory", "page-bytes", "size", "growth-references"]));
    expect(peers).toEqual(expect.arrayContaining(["raw-ws", "hearthwire", "capnweb", "trpc", "socket.io", "comlink"]));
  });

  test("of a quick run are one round without the growth curves", () => {
    const { rounds, works } = parseOptions(["--quick"]);
    expect([rounds, works.some((work) => work.startsWith("growth"))]).toEqual([1, false]);
  });

  test("name work; growth stands for all growth curves", () => {
    expect(parseOptions(["--only", "stream,size"]).works).toEqual(["stream", "size"]);
    expect(parseOptions(["--quick", "--only", "growth"]).works).toContain("growth-payload");
  });

  test("keep the yardstick and hearthwire whatever peers they name", () => {
    expect(parseOptions(["--peers", "capnweb"]).peers).toEqual(["raw-ws", "hearthwire", "capnweb"]);
  });

  test.each([
    [["--rounds", "0"], '"--rounds" must be an integer 1..50, got 0'],
    [["--rounds", "51"], '"--rounds" must be an integer 1..50, got 51'],
    [["--rounds", ""], '"--rounds" must be an integer 1..50, got '],
    [["--rounds", "many"], '"--rounds" must be an integer 1..50, got many'],
    [["--only", "nothing"], '"--only" must name some of sequential, in-flight'],
    [["--only", ""], '"--only" must name some of sequential, in-flight'],
    [["--peers", "nobody"], '"--peers" must name some of raw-ws, signed-ws, hearthwire'],
    [["--peers", "__proto__"], '"--peers" must name some of raw-ws'],
    [["--write", "--quick"], '"--write" puts a whole run into the docs'],
    [["--write", "--only", "size"], '"--write" puts a whole run into the docs'],
    [["--write", "--profile", "profiles"], '"--write" puts a whole run into the docs'],
    [["--out", "test/no-such-folder/results.json"], '"--out" must name a file in a folder that is there, got test/no'],
    [["--out", "test"], '"--out" must name a file in a folder that is there, got test'],
    [["--out", ""], '"--out" must name a file in a folder that is there, got '],
    [["--fast"], "Unknown option '--fast'"],
  ])("refuse %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });

  test("take 1 and 50 rounds", () => {
    expect([parseOptions(["--rounds", "1"]).rounds, parseOptions(["--rounds", "50"]).rounds]).toEqual([1, 50]);
  });

  test("stand all in the usage", () => {
    for (const option of ["--quick", "--rounds", "--only", "--peers", "--out", "--profile", "--write", "--help"]) {
      expect(USAGE).toContain(option);
    }
  });
});
