import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { parseSync } from "vite";

/** @typedef {import("../mutants/run.mjs").Mutant} Mutant */

const folder = new URL("../mutants/", import.meta.url);

/**
 * The mutants of every file of test/mutants/, each with the name of its file as its area.
 * @returns {Promise<(Mutant & { readonly area: string })[]>}
 */
export async function allMutants() {
  const areas = readdirSync(folder).filter((name) => name.endsWith(".mjs") && name !== "run.mjs");
  const lists = await Promise.all(
    areas.map(async (name) => {
      const { mutants } = await import(new URL(name, folder).href);
      return mutants.map((/** @type {Mutant} */ mutant) => ({ ...mutant, area: basename(name, ".mjs") }));
    }),
  );
  return lists.flat();
}

/**
 * Says why a mutant can't be tried; undefined when it can. One that no longer applies breaks nothing, and one whose tests
 * are gone or whose source doesn't even parse is noticed by any test, good or bad.
 *
 * @param {Mutant} mutant
 * @param {{ readonly source: string | undefined, readonly exists: (path: string) => boolean }} project
 *   the text of its file, undefined when there is no such file
 * @returns {string | undefined}
 */
export function whyStale({ file, from, to, tests }, { source, exists }) {
  if (source === undefined) return `there is no ${file}`;
  const count = source.split(from).length - 1;
  if (count !== 1) return `its text stands ${count} times in ${file}, not once`;
  if (from === to) return "it changes nothing";
  const gone = tests.filter((test) => !exists(test));
  if (tests.length === 0 || gone.length > 0) return `its tests are not there: ${gone.join(", ")}`;
  if (!/\.m?ts$/.test(file)) return undefined;
  const [error] = parseSync(
    file,
    source.replace(from, () => to),
  ).errors;
  return error === undefined ? undefined : `what it makes of ${file} does not parse: ${error.message}`;
}
