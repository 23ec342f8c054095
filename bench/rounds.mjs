import { growths } from "./growth.mjs";
import { pageSize } from "./page-size.mjs";
import { Pair } from "./pair.mjs";
import { peerOf } from "./peers.mjs";
import { SIZE } from "./report.mjs";
import { workloads } from "./workloads.mjs";

/** @typedef {import("./statistics.mjs").Sample} Sample */

/**
 * One turn: works that one fresh pair does one after the other.
 *
 * @typedef {{ readonly peer: string, readonly role: "client" | "page", readonly works: readonly string[] }} Turn
 */

/**
 * Who does what when in one round. Peers take turns within a piece of work, and who goes first changes from round to
 * round, so that a machine that warms up or slows down favours nobody.
 *
 * @param {{ readonly works: readonly string[], readonly peers: readonly string[], readonly isShared: boolean }} what
 *   `isShared`: a pair does all it can, where a fresh one for each work would take too long
 * @param {number} round from 1
 * @returns {readonly Turn[]}
 */
export function turnsOf({ works, peers, isShared }, round) {
  const order = peers.map((_, index) => /** @type {string} */ (peers[(index + round - 1) % peers.length]));
  /** @param {string} work */
  const roleOf = (work) => (workloads.find(({ name }) => name === work)?.isInPage === true ? "page" : "client");
  /** @param {string} peer @param {string} work */
  const takes = (peer, work) =>
    growths.find(({ name }) => name === work)?.peers.includes(peer) ??
    (work !== SIZE.name &&
      peerOf(peer).skips?.includes(work) !== true &&
      (roleOf(work) === "client" || peerOf(peer).hasPage === true));
  /** @param {string} work */
  const isAlone = (work) =>
    !isShared ||
    workloads.find(({ name }) => name === work)?.isAlone === true ||
    growths.some(({ name }) => name === work);

  const groups = [
    ...["client", "page"].map((role) => works.filter((work) => !isAlone(work) && roleOf(work) === role)),
    ...works.filter(isAlone).map((work) => [work]),
  ];
  return groups.flatMap((group) =>
    order.flatMap((peer) => {
      const taken = group.filter((work) => takes(peer, work));
      return taken[0] === undefined ? [] : [{ peer, role: roleOf(taken[0]), works: taken }];
    }),
  );
}

/**
 * @param {string} peer
 * @param {Turn["role"]} role
 * @param {import("./workloads.mjs").Effort} effort
 */
async function checkApart(peer, role, effort) {
  const pair = new Pair(peer, { role });
  try {
    await pair.begin();
    await pair.run("check", effort);
  } finally {
    await pair.end();
  }
}

/**
 * @param {Turn} turn
 * @param {number} round
 * @param {{ readonly effort: import("./workloads.mjs").Effort, readonly isChecked: boolean, readonly profiles?: string | undefined }} how
 *   `isChecked`: look first whether the peer does it right; `profiles`: the folder for profiles of both sides
 * @returns {Promise<readonly Sample[]>}
 */
async function take({ peer, role, works }, round, { effort, isChecked, profiles }) {
  /** @type {Sample[]} */
  const samples = [];
  /** @type {Pair | undefined} */
  let pair;
  const name = `${peer}-${works.join("+")}-${round}`;
  const profile = profiles === undefined ? undefined : { folder: profiles, name };
  try {
    for (const work of works) {
      try {
        if (pair === undefined) {
          // A server that is measured alone did nothing before, not even that.
          if (isChecked && works.length === 1) await checkApart(peer, role, effort);
          pair = new Pair(peer, { role, profile });
          await pair.begin();
          if (isChecked && works.length > 1) await pair.run("check", effort);
        }
        const result = await pair.run(work, effort);
        // Nothing: this peer can't.
        if (Array.isArray(result)) samples.push({ work, round, peer, points: result });
        else if (result !== undefined) samples.push({ work, round, peer, .../** @type {object} */ (result) });
      } catch (error) {
        samples.push({ work, round, peer, error: /** @type {Error} */ (error).message });
        // What comes next gets a pair that nothing went wrong in.
        await pair?.end();
        pair = undefined;
      }
    }
  } finally {
    await pair?.end();
  }
  return samples;
}

/**
 * @param {{ readonly works: readonly string[], readonly peers: readonly string[], readonly rounds: number, readonly isShared: boolean, readonly effort: import("./workloads.mjs").Effort, readonly profiles?: string | undefined }} plan
 * @param {{ readonly say: (text: string) => void }} to
 * @returns {Promise<readonly Sample[]>}
 */
export async function runRounds(plan, { say }) {
  const { works, peers, rounds, effort, profiles } = plan;
  /** @type {Sample[]} */
  const samples = [];
  /** @type {Set<string>} */
  const checked = new Set();
  const all = Array.from({ length: rounds }, (_, index) => turnsOf(plan, index + 1));
  const total = all.reduce((sum, turns) => sum + turns.length, 0);
  const startedMs = performance.now();
  let done = 0;
  if (works.includes(SIZE.name)) {
    for (const peer of peers) {
      const value = await pageSize(peer);
      if (value !== undefined) samples.push({ work: SIZE.name, round: 1, peer, value });
    }
  }
  for (const [index, turns] of all.entries()) {
    for (const turn of turns) {
      const key = `${turn.role} ${turn.peer}`;
      const leftMs = done === 0 ? undefined : ((performance.now() - startedMs) / done) * (total - done);
      const left = leftMs === undefined ? "" : `, ${Math.ceil(leftMs / 1000)} s left`;
      say(`round ${index + 1} of ${rounds}, ${done + 1} of ${total}${left}: ${turn.peer}, ${turn.works.join(" ")}\n`);
      const taken = await take(turn, index + 1, { effort, isChecked: !checked.has(key), profiles });
      for (const { work, peer, error } of taken) if (error !== undefined) say(`${work}, ${peer}: ${error}\n`);
      if (taken.every(({ error }) => error === undefined)) checked.add(key);
      samples.push(...taken);
      done += 1;
    }
  }
  return samples;
}
