import { usePlatformHmac } from "../../src/auth/mac.js";
import { nodeHmac } from "../../src/node/platform-hmac.js";
import { Random } from "../fuzz/random.js";
import { Coverage } from "./coverage.js";
import { turn } from "./model-clock.js";
import { MOVES } from "./moves.js";
import { seededHost } from "./seeded-host.js";
import { World } from "./world.js";

export interface ResumeModelOptions {
  readonly seed: number;
  /** @default 60 */
  readonly moves?: number | undefined;
  /** Counts what happened. */
  readonly coverage?: Coverage | undefined;
}

/** Lines that stay half open are found, and backoff is over, long before. */
const CALM_MS = 400_000;

/** How long a silent line is kept. */
const LIVENESS_MS = 50_000;

/** How long after a frame its ack goes alone at the latest. */
const ACK_MS = 500;

/**
 * One run of the model of section 5: a daemon and its clients over lines that a seed treats badly, and then a calm phase,
 * in which all that was asked for must come to what it should. The same seed is the same run.
 *
 * @throws Error with the seed, what went wrong, and the newest moves
 */
export async function runResumeModel({
  seed,
  moves = 60,
  coverage = new Coverage(),
}: ResumeModelOptions): Promise<void> {
  // As on Node: large frames would else take most of the time.
  usePlatformHmac(nodeHmac);
  using _host = seededHost(seed);
  const world = new World(new Random("resume", seed), coverage);
  try {
    await rough(world, moves);
    await calm(world);
    await end(world);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`seed ${seed}: ${why}\n  ${world.trace.join("\n  ")}`, { cause });
  }
}

async function rough(world: World, moves: number): Promise<void> {
  const { random, coverage } = world;
  // Each run without some of them: what many kinds of moves hide, few show.
  const weighted = Object.entries(MOVES).map(([name, { weight, make }]) => {
    const isLeftOut = name !== "ask" && random.oneIn(4);
    return [isLeftOut ? 0 : weight * random.between(1, 3), () => ({ name, make })] as const;
  });
  const most = random.pick([2, 6, 20]);
  // The first handshakes go wrong in some runs; in most there is a session to lose.
  if (!random.oneIn(4)) await settle(world);
  for (let made = 0; made < moves; made++) {
    const { name, make } = random.weighted(weighted);
    const what = await make(world);
    if (what === undefined) continue;
    world.note(what);
    coverage.note(`move: ${name}`);
    await world.deliver(random.below(most));
    world.check();
  }
}

/** Nothing is cut, held up or changed any more. */
async function calm(world: World): Promise<void> {
  const { clock, network, ledger, desk, clients } = world;
  world.note("calm");
  world.dialling = "goes through";
  const untilMs = clock.now() + CALM_MS;
  for (;;) {
    network.heal();
    await settle(world);
    const isDone = ledger.unsettled.length === 0 && desk.waitingCount === 0;
    if (isDone && clients.every(({ isConnected }) => isConnected)) break;
    if (clock.now() > untilMs) throw new Error(`after ${CALM_MS} ms of calm ${unsettledOf(world)}`);
    await clock.moveTo(Math.min(clock.nextDueMs, clock.now() + 5_000));
  }
  for (const client of clients) client.traffic.finish();
  // A line that is half open may be found so only now.
  await quiet(world, LIVENESS_MS * 2);
  for (const { id, client } of ledger.lostOneWays) throw new Error(`the one-way call ${id} of ${client} never ran`);
  for (const { name, connection, sessionId } of clients) {
    const held = [...connection.references(), ...(world.core.sessions.get(sessionId)?.references() ?? [])];
    if (held.length > 0) {
      const kinds = held.map(({ direction, kind }) => `${direction} ${kind}`);
      throw new Error(`references are left in the session of ${name}: ${kinds.join(", ")}`);
    }
  }
  const sessionIds = clients.map(({ sessionId }) => sessionId);
  world.wire.checkAcks(sessionIds);
  // By now pings have acknowledged everything; an answer that nothing follows has to be acknowledged for itself.
  for (const { traffic } of clients) traffic.sendBytes(1);
  await settle(world);
  await quiet(world, ACK_MS);
  world.wire.checkAcks(sessionIds);
  const { dialled } = network;
  const hasTickets = clients.some((client) => client.hasTickets);
  await quiet(world, LIVENESS_MS + 10_000);
  if (network.dialled > dialled && !hasTickets) throw new Error("a line that was well was given up");
  if (!clients.every(({ isConnected }) => isConnected)) throw new Error("a connection that was well did not stay");
}

/** Everything is closed, and nothing is left of it. */
async function end(world: World): Promise<void> {
  const { core, clients, clock } = world;
  for (const client of clients) void client.leave();
  await settle(world);
  // What was ended and never fetched.
  await quiet(world, world.windowMs + 60_000);
  if (core.sessions.size > 0) throw new Error(`${core.sessions.size} sessions are left in the daemon`);
  for (const { name, connection } of clients)
    if (connection.state.status !== "closed")
      throw new Error(`${name} is ${connection.state.status} after it was closed`);
  const closing = core.close({ graceMs: 0 });
  await settle(world);
  await quiet(world, 10);
  await closing;
  if (clock.pendingTimers > 0) throw new Error(`${clock.pendingTimers} timers are left`);
}

/** Lets everything arrive that is under way. */
async function settle(world: World): Promise<void> {
  for (let rounds = 0; rounds < 10_000; rounds++) {
    world.desk.letGo();
    await turn();
    if (!world.network.step()) break;
  }
  await turn();
  world.check();
}

/** Lets time pass on lines that work. */
async function quiet(world: World, ms: number): Promise<void> {
  const { clock } = world;
  const untilMs = clock.now() + ms;
  while (clock.now() < untilMs) {
    await clock.moveTo(Math.min(clock.nextDueMs, untilMs));
    await settle(world);
  }
}

function unsettledOf({ ledger, clients }: World): string {
  const calls = ledger.unsettled.map(({ id, client, kind }) => `${kind} ${id} of ${client}`);
  const states = clients.map(({ name, connection: { state } }) => `${name} is ${state.status}`);
  return `${calls.length} calls are unsettled (${calls.slice(0, 8).join(", ")}), ${states.join(", ")}`;
}
