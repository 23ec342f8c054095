import { CallError, ConnectionError, HearthwireError } from "../../src/errors/hearthwire-error.js";
import type { Clock } from "../../src/session/clock.js";
import type { Coverage } from "./coverage.js";
import type { Violations } from "./violations.js";

/** One thing that a client asked for. */
export interface Asked {
  readonly id: number;
  readonly client: string;
  readonly kind: string;
  /** What a client calls in order, by its own count, which goes on over sessions. */
  readonly target: string;
  /** From then on it may fail in a session that lives: the client gave it up, or it had a deadline. */
  readonly mayFailAtMs: number;
  /** How many frames the client had sent by then. */
  readonly framesBefore: number;
  /** How many sessions of the client had ended when it was asked for. */
  readonly endings: number;
  isSettled: boolean;
}

export interface LedgerOptions {
  readonly clock: Clock;
  readonly violations: Violations;
  readonly coverage: Coverage;
  /** How many frames a client has handed to transports, those sent again not counted. */
  readonly framesOf: (client: string) => number;
}

/** What is asked for, what runs, and what comes back: exactly once, in order, and truthfully told. */
export class Ledger {
  readonly #clock: Clock;
  readonly #violations: Violations;
  readonly #coverage: Coverage;
  readonly #framesOf: (client: string) => number;
  readonly #asked = new Map<number, Asked>();
  readonly #ran = new Set<number>();
  readonly #neverRuns = new Set<number>();
  /** The last id that started, by client and target. */
  readonly #lastStarted = new Map<string, number>();
  /** How many calls of a callback have run, by the id of what they belong to. */
  readonly #called = new Map<number, number>();
  readonly #endings = new Map<string, number>();
  /** Nothing is collected in mid-run, which would say `release` at a moment that no seed decides. */
  readonly #kept: unknown[] = [];
  /** Looked at once the turn is over: whoever hears of the session's end may be told after whoever called. */
  readonly #failures: (() => void)[] = [];
  #nextId = 0;

  constructor({ clock, violations, coverage, framesOf }: LedgerOptions) {
    this.#clock = clock;
    this.#violations = violations;
    this.#coverage = coverage;
    this.#framesOf = framesOf;
  }

  get unsettled(): readonly Asked[] {
    return [...this.#asked.values()].filter(({ isSettled }) => !isSettled);
  }

  keep<T>(value: T): T {
    this.#kept.push(value);
    return value;
  }

  /** @param what.mayFailAfterMs how long it can't fail in a session that lives. @default for ever */
  ask(client: string, what: { kind: string; target?: string; mayFailAfterMs?: number }): Asked {
    const { kind, target = "desk", mayFailAfterMs = Infinity } = what;
    const mayFailAtMs = this.#clock.now() + mayFailAfterMs;
    const id = (this.#nextId += 1);
    const facts = { framesBefore: this.#framesOf(client), endings: this.endingsOf(client) };
    const asked: Asked = { id, client, kind, target, mayFailAtMs, ...facts, isSettled: false };
    this.#asked.set(id, asked);
    this.#coverage.note(`asked: ${kind}`);
    return asked;
  }

  endingsOf(client: string): number {
    return this.#endings.get(client) ?? 0;
  }

  /** A session of the client is over: what it had asked for by then may fail. */
  sessionEnded(client: string): void {
    this.#endings.set(client, this.endingsOf(client) + 1);
  }

  /** It runs on the server, for the first time. */
  started(id: number): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return this.#violations.add(`call ${id} ran, which nobody made`);
    if (this.#ran.has(id)) this.#violations.add(`${name(asked)} ran twice`);
    if (this.#neverRuns.has(id)) this.#violations.add(`${name(asked)} ran after it was reported "not-sent"`);
    this.#ran.add(id);
    const order = `${asked.client} ${asked.endings} ${asked.target}`;
    const last = this.#lastStarted.get(order) ?? 0;
    if (id < last) this.#violations.add(`${name(asked)} started after ${last}`);
    this.#lastStarted.set(order, Math.max(last, id));
  }

  hasRun(id: number): boolean {
    return this.#ran.has(id);
  }

  /** A callback runs on the client: each of its calls once, in order. */
  calledBack(id: number, number: number): void {
    const before = this.#called.get(id) ?? 0;
    if (number !== before + 1) this.#violations.add(`callback ${number} of call ${id} came after ${before}`);
    this.#called.set(id, number);
    this.#coverage.note("callbacks");
  }

  /** Items of a stream, each once, in order. */
  item(id: number, { got, wanted }: { readonly got: number; readonly wanted: number }): void {
    if (got !== wanted) this.#violations.add(`item ${got} of call ${id} came where ${wanted} was due`);
    this.#coverage.note("items");
  }

  /** The promise of a call settles, as it must sooner or later. */
  settles(asked: Asked, result: PromiseLike<unknown>, isRight: (value: unknown) => boolean): void {
    void result.then(
      (value) => {
        this.#settled(asked);
        if (!isRight(value)) this.#violations.add(`${name(asked)} gave ${JSON.stringify(value)?.slice(0, 80)}`);
        this.#mustHaveRun(asked);
        this.#coverage.note("answered");
      },
      (error: unknown) => {
        this.#settled(asked);
        const facts = { error, nowMs: this.#clock.now(), frames: this.#framesOf(asked.client) };
        this.#failures.push(() => this.#failed(asked, facts));
      },
    );
  }

  /** Looks at what has failed since; to be called when all has been told. */
  check(): void {
    for (const look of this.#failures.splice(0)) look();
  }

  /** A one-way call has no answer, so that it counts as settled at once; by the end it must have run. */
  hasNoAnswer(asked: Asked): void {
    asked.isSettled = true;
  }

  /** One-way calls that have not run although the session they were made in has not ended. */
  get lostOneWays(): readonly Asked[] {
    return [...this.#asked.values()].filter(
      ({ id, kind, client, endings }) => kind === "note" && !this.#ran.has(id) && endings === this.endingsOf(client),
    );
  }

  #settled(asked: Asked): void {
    if (asked.isSettled) this.#violations.add(`${name(asked)} settled twice`);
    asked.isSettled = true;
  }

  #mustHaveRun(asked: Asked): void {
    if (!this.#ran.has(asked.id)) this.#violations.add(`${name(asked)} was answered and never ran`);
  }

  #failed(asked: Asked, { error, nowMs, frames }: Failure): void {
    const mayFail = asked.endings !== this.endingsOf(asked.client) || nowMs >= asked.mayFailAtMs;
    const said =
      error instanceof Error
        ? `${error.name} ${String((error as HearthwireError).code)}: ${error.message}`
        : String(error);
    // A call that waits is not made any more when its reference is released meanwhile.
    const isReleased = error instanceof CallError && error.code === "HW_RELEASED" && error.delivery === "not-sent";
    if (!mayFail && !isReleased) this.#violations.add(`${name(asked)} failed in a session that lives: ${said}`);
    if (!(error instanceof HearthwireError)) {
      if (asked.mayFailAtMs > nowMs) this.#violations.add(`${name(asked)} failed with an error of no type: ${said}`);
      return;
    }
    this.#coverage.note(`failed: ${error.delivery ?? "no delivery"}`);
    if (error.delivery === "not-sent") {
      this.#neverRuns.add(asked.id);
      if (this.#ran.has(asked.id)) this.#violations.add(`${name(asked)} ran and was reported "not-sent": ${said}`);
    } else if (error instanceof ConnectionError && error.delivery === "unknown" && frames === asked.framesBefore) {
      this.#violations.add(`${name(asked)} was never sent and is reported "unknown": ${said}`);
    } else if (error.delivery === "ran") this.#mustHaveRun(asked);
    else if (error.delivery === undefined) this.#violations.add(`${name(asked)} failed without "delivery": ${said}`);
  }
}

interface Failure {
  readonly error: unknown;
  readonly nowMs: number;
  /** How many frames the client had sent by then. */
  readonly frames: number;
}

function name({ id, client, kind }: Asked): string {
  return `${kind} ${id} of ${client}`;
}
