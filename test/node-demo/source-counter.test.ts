import { linkedPeers } from "hearthwire/testing";
import { describe, expect, test } from "vitest";
import { SourceCounter } from "../../node-demo/source-counter.js";

describe("count", () => {
  test.each([
    ["an empty file", "", 0],
    ["one line without its end", "one", 1],
    ["one line", "one\n", 1],
    ["an empty line", "\n", 1],
    ["lines with a last one cut", "one\ntwo\nthree", 3],
    ["line ends of Windows", "one\r\ntwo\r\n", 2],
  ])("gives the lines of %s", (_, text, lines) => {
    expect(new SourceCounter().count({ path: "file.ts", text })).toBe(lines);
  });
});

describe("totals", () => {
  const totalsOf = (files: Readonly<Record<string, string>>) => {
    const counter = new SourceCounter();
    for (const [path, text] of Object.entries(files)) counter.count({ path, text });
    return counter.totals();
  };

  test("adds files, lines and words up by language, the most lines first", () => {
    const files = { "a.ts": "let a = 1;\n", "b/c.ts": "b\nc\n", "read.me.md": "# Title\n\ntwo words\nmore\n" };
    expect(totalsOf(files)).toEqual([
      { language: "Markdown", files: 1, lines: 4, words: 5 },
      { language: "TypeScript", files: 2, lines: 3, words: 6 },
    ]);
  });

  test("takes one language by several endings", () => {
    expect(totalsOf({ "a.js": "x\n", "b.mjs": "x\n" })).toEqual([
      { language: "JavaScript", files: 2, lines: 2, words: 2 },
    ]);
  });

  test.each(["LICENSE", ".ci/run", "a.unknown", "__proto__", "a.constructor"])("counts %s as other", (path) => {
    expect(totalsOf({ [`${path}`]: "x\n" })[0]?.language).toBe("other");
  });

  test("is empty before anything was counted", () => {
    expect(new SourceCounter().totals()).toEqual([]);
  });
});

test("each client has totals of its own", async () => {
  await using peers = await linkedPeers({ counter: SourceCounter });
  await peers.object("counter").count({ path: "a.ts", text: "one\n" });
  expect(await peers.another().object("counter").totals()).toEqual([]);
  expect(await peers.object("counter").totals()).toEqual([{ language: "TypeScript", files: 1, lines: 1, words: 1 }]);
});
