import { Key } from "../../src/auth/key.js";
import { Mac } from "../../src/auth/mac.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { DaemonCore } from "../../src/daemon/daemon.js";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { messagePackSerializer } from "../../src/serializers/messagepack-serializer.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { Session } from "../../src/session/session.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { money } from "../serializers/values.js";
import { FuzzLine } from "./fuzz-line.js";
import { FuzzPeer } from "./fuzz-peer.js";
import { turnOfTheLoop, Violation } from "./fuzz-target.js";
import { fuzzedObjects } from "./fuzzed-objects.js";

export const AUDIENCE = "ws://127.0.0.1:7766";

const types = [money];
export const fuzzedSerializers = () => [
  superjsonSerializer({ types }),
  jsonSerializer(),
  messagePackSerializer({ types }),
];

/** Every session of this process, in the order in which they began. */
const begun: Session[] = [];
let isWatching = false;

/** Notes sessions from now on; those that are over are forgotten by `takeBegun`. */
function watchSessions(): void {
  if (isWatching) return;
  isWatching = true;
  const { attach } = Session.prototype;
  Session.prototype.attach = function (this: Session, ...args) {
    begun.push(this);
    return attach.apply(this, args);
  };
}

/** The sessions that began since this was asked last. */
export function takeBegun(): readonly Session[] {
  watchSessions();
  return begun.splice(0);
}

/** How many turns of the event loop a session may take to forget everything. */
const MAX_TURNS = 30;

/** Waits until the tables of sessions that are over are empty. @throws Violation when one is not */
export async function expectNothingHeld(sessions: readonly Session[]): Promise<void> {
  for (const session of sessions) {
    const held = (): boolean => Object.values(session.statistics).some((count) => count > 0);
    for (let turn = 0; turn < MAX_TURNS && held(); turn++) await turnOfTheLoop();
    if (!session.isEnded) throw new Violation("a session goes on without a line");
    if (held()) throw new Violation(`a session that is over holds ${JSON.stringify(session.statistics)}`);
  }
}

export const FAULT = "a fault of this package ended a session";

/** Sessions guard themselves against faults of this package: they end in order, and it is a fault all the same. */
export function isFault(error: Error): boolean {
  return error.message === "a frame could not be taken";
}

/** A daemon that serves real objects, and a session of somebody else on it. */
export class FuzzWorld {
  readonly clock = fakeClock();
  readonly key = Key.generate({ id: "ann" });
  /** Accepted too, but it is another's. */
  readonly otherKey = Key.generate({ id: "ben" });
  readonly daemon: DaemonCore;
  accepted = 0;
  #fault: Error | undefined;
  #canary: FuzzPeer | undefined;
  #canaryCalls = 0;
  /** Timers that are set while nobody but the canary is there. */
  #quietTimers = 0;

  constructor() {
    takeBegun();
    this.daemon = new DaemonCore(fuzzedObjects(), {
      keys: new KeyRing([this.key, this.otherKey]),
      clock: this.clock,
      serializers: fuzzedSerializers(),
      scheduleFlush: (flush) => queueMicrotask(flush),
      // What goes on without a line is the model's matter, in test/resume-model/.
      sessions: { windowMs: 0 },
    });
    this.daemon.setReachable({ audiences: [AUDIENCE] });
    this.daemon.on("accepted", () => void this.accepted++);
    this.daemon.on("unobserved", (error) => void (isFault(error) && (this.#fault ??= error)));
  }

  /** Signs a HELLO of the first key. */
  get helloMac(): Mac {
    return new Mac(this.key.derive("hello"));
  }

  /** A line to the daemon on which nothing was said yet. */
  dial(): FuzzLine {
    const line = new FuzzLine();
    // An address that is not shared would be made to wait after some wrong tags.
    this.daemon.accept(line, { remoteAddress: "127.0.0.1", isLoopback: true });
    return line;
  }

  /** A peer with an open session. */
  async member(serializerId = 1, key = this.key): Promise<FuzzPeer> {
    const peer = new FuzzPeer(this.dial(), { key, serializerId });
    await peer.shakeHands();
    peer.say([["open"]]);
    await turnOfTheLoop();
    return peer;
  }

  /** Begins the session that must not be disturbed. */
  async begin(): Promise<void> {
    if (this.#canary !== undefined) return;
    this.#canary = await this.member(1, this.otherKey);
    takeBegun();
    await this.expectUnharmed();
  }

  /** @throws Violation unless the other session is answered, and nothing else is left in the daemon */
  async expectUnharmed(): Promise<void> {
    const canary = this.#canary;
    if (canary === undefined) throw new Error("begin() comes first");
    if (this.#fault !== undefined) throw new Violation(FAULT, { cause: this.#fault.cause });
    const id = ++this.#canaryCalls;
    canary.say([["call", id, "fuzzed", "add", { json: [id, 1] }]]);
    await turnOfTheLoop();
    const answer = canary.takeMessages().find((message) => message[0] === "ok" && message[1] === id);
    if (JSON.stringify(answer) !== JSON.stringify(["ok", id, { json: id + 1 }])) {
      throw new Violation(`another session got ${JSON.stringify(answer)}`);
    }
    if (this.daemon.sessions.size !== 1)
      throw new Violation(`the daemon still has ${this.daemon.sessions.size} sessions`);
    const { pendingTimers } = this.clock;
    // The canary's own: its heartbeat, and an acknowledgement that it owes.
    if (this.#quietTimers === 0) this.#quietTimers = pendingTimers;
    if (pendingTimers > this.#quietTimers) throw new Violation(`${pendingTimers - this.#quietTimers} timers are left`);
  }
}
