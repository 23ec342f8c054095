import { setImmediate } from "node:timers/promises";
import { Key } from "../../../src/auth/key.js";
import { KeyRing } from "../../../src/auth/key-ring.js";
import { LiveSession } from "../../../src/daemon/live-session.js";
import { UnconfirmedSession } from "../../../src/daemon/unconfirmed-session.js";
import { WaitingRoom } from "../../../src/daemon/waiting-room.js";
import { serve } from "../../../src/node/serve.js";
import type { ServeOptions } from "../../../src/node/serve-options.js";
import type { Daemon } from "../../../src/node/served-daemon.js";
import type { ConversationStatistics } from "../../../src/session/conversation.js";
import { systemClock } from "../../../src/session/clock.js";
import { Session } from "../../../src/session/session.js";
import { fakeClock } from "../../../src/testing/fake-clock.js";
import { obey } from "../../support/obey.js";
import type { AttackedEventName, AttackedFacts, AttackedOrders } from "./attacked-orders.js";
import { watchIntrinsics } from "./intrinsics.js";

/** Older events are forgotten: a flood of refusals shall not look like a leak. */
const MAX_EVENTS = 200;

/** Options of `serve` that are the program's own, since functions can't be told to another process. */
export type AttackedHooks = Pick<ServeOptions, "authorize" | "onHandshake" | "audit">;

/** Serves objects in this process as its parent says, and tells it what it asks (`attacked-daemon.ts`). */
export function beAttacked(objects: Record<string, object>, hooks: AttackedHooks = {}): void {
  const tables = watchTables();
  const clock = fakeClock();
  const events = new EventList();
  let daemon: Daemon | undefined;
  let changedIntrinsics: () => readonly string[] = () => [];

  const orders: { readonly [O in keyof AttackedOrders]: (order: never) => unknown } = {
    async serve({ keys, options, hasFakeClock }: Order<"serve">) {
      const ring = new KeyRing(keys.map(({ bytes, options: keyOptions }) => Key.from(bytes, keyOptions)));
      // A daemon that listens has no option for it.
      if (hasFakeClock) Object.assign(systemClock, { now: () => clock.now(), after: clock.after.bind(clock) });
      // Everything of a peer is given back with its line, unless a test is about what outlives it.
      const sessions = { windowMs: 0 };
      daemon = await serve(objects, { ...hooks, sessions, ...options, keys: ring });
      daemon.on("accepted", ({ principal }) => events.add("accepted", principal.id));
      daemon.on("refused", ({ reason }) => events.add("refused", reason));
      daemon.on("closed", ({ principal }, reason) => events.add("closed", `${principal.id}: ${messages(reason)}`));
      daemon.on("threw", ({ message }, { object, member }) => events.add("threw", `${object}.${member}: ${message}`));
      daemon.on("unobserved", ({ message }, { object, member }) =>
        events.add("unobserved", `${object}.${member}: ${message}`),
      );
      changedIntrinsics = watchIntrinsics();
      return daemon.url();
    },
    async facts(): Promise<AttackedFacts> {
      const { heapUsed, external, rss } = await memoryAfterCollection();
      const { user, system } = process.cpuUsage();
      return {
        sessions: daemon?.sessions.size ?? 0,
        waiting: tables.waiting(),
        sockets: process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length,
        held: tables.held(),
        memoryBytes: heapUsed + external,
        residentBytes: rss,
        processorMs: (user + system) / 1000,
        changedIntrinsics: changedIntrinsics(),
      };
    },
    advance: ({ ms }: Order<"advance">) => clock.advance(ms),
    event: ({ name, pattern }: Order<"event">) => events.first(name, pattern),
    forget: () => events.clear(),
    denySubject: ({ subject }: Order<"denySubject">) => daemon?.deniedTickets.denySubject(subject),
    removeKey: ({ id }: Order<"removeKey">) => void daemon?.keys.remove(id),
  };

  obey(orders);
}

type Order<O extends keyof AttackedOrders> = Parameters<AttackedOrders[O]>[0];

/** What has happened, for whoever asks before or after. */
class EventList {
  #events: { readonly name: AttackedEventName; readonly text: string }[] = [];
  #added: (() => void)[] = [];

  add(name: AttackedEventName, text: string): void {
    this.#events.push({ name, text });
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    for (const tell of this.#added.splice(0)) tell();
  }

  async first(name: AttackedEventName, pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.#events.find((event) => event.name === name && pattern.test(event.text));
      if (found !== undefined) {
        this.#events = this.#events.filter((event) => event !== found);
        return found.text;
      }
      await new Promise<void>((resolve) => this.#added.push(resolve));
    }
  }

  clear(): void {
    this.#events = [];
  }
}

/** An error's message and those of its causes. */
function messages(error: unknown): string {
  return error instanceof Error ? [error.message, messages(error.cause)].filter(Boolean).join("; ") : "";
}

/** Counts what the daemon's tables hold, those of sessions that have ended too. */
function watchTables(): { readonly waiting: () => number; readonly held: () => ConversationStatistics } {
  const rooms = new Set<{ readonly size: number }>();
  const sessions = new Set<Session>();
  const { enter } = WaitingRoom.prototype;
  WaitingRoom.prototype.enter = function (guest) {
    // Sessions that are not confirmed, or not open, have rooms of their own.
    if (!(guest instanceof LiveSession || guest instanceof UnconfirmedSession)) rooms.add(this);
    enter.call(this, guest);
  };
  const { attach } = Session.prototype;
  Session.prototype.attach = function (transport, established) {
    sessions.add(this);
    return attach.call(this, transport, established);
  };
  return {
    waiting: () => [...rooms].reduce((sum, { size }) => sum + size, 0),
    held: () => {
      const held = { callsRunning: 0, callsPending: 0, streams: 0, references: 0 };
      for (const session of sessions) {
        let isEmpty = true;
        for (const [table, count] of Object.entries(session.statistics) as [keyof typeof held, number][]) {
          held[table] += count;
          isEmpty &&= count === 0;
        }
        if (session.isEnded && isEmpty) sessions.delete(session);
      }
      return held;
    },
  };
}

async function memoryAfterCollection(): Promise<NodeJS.MemoryUsage> {
  // Twice: finalizers run between, and what they let go of is garbage only then.
  for (let round = 0; round < 2; round++) {
    await setImmediate();
    globalThis.gc?.();
  }
  return process.memoryUsage();
}
