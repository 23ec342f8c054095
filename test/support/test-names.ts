import { existsSync, readFileSync } from "node:fs";
import { testTitles } from "./test-titles.js";

const tests = new URL("../", import.meta.url);
const known = new Map<string, readonly string[]>();

/** The titles of a test file below `test/`; none of a file that is not there. */
export function titlesOf(file: string): readonly string[] {
  let found = known.get(file);
  if (found === undefined) {
    const url = new URL(file, tests);
    found = existsSync(url) ? testTitles(readFileSync(url, "utf8")) : [];
    known.set(file, found);
  }
  return found;
}

/**
 * What of a table's cell names no test: its parts are parted by `<br>`, and each is to be one test in code marks, its file
 * below `test/` and its title as it is written there, such as `naming/glob.shared.test.ts › %s and %s: %s`.
 */
export function straysIn(cell: string): readonly string[] {
  return cell.split("<br>").filter((part) => {
    const names = codeIn(part);
    return names.length !== 1 || !isTest(names[0]!);
  });
}

/** Texts in code marks, whose marks are as many as it takes. */
function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g)].map(([, , text = ""]) => text.trim());
}

function isTest(name: string): boolean {
  const [file = "", ...title] = name.split(" › ");
  return titlesOf(file).includes(title.join(" › "));
}
