import { Key } from "../../src/auth/key.js";
import type { KeyRing } from "../../src/auth/key-ring.js";
import type { Ticket } from "../../src/auth/ticket.js";
import type { Connect } from "../../src/client/connect.js";
import type { Connection, ConnectionState } from "../../src/client/connection.js";
import type { ConnectOptions } from "../../src/client/connect-options.js";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import type { Clock, Timer } from "../../src/session/clock.js";
import type { Coverage } from "./coverage.js";
import type { Desk } from "./desk.js";
import type { Ledger } from "./ledger.js";
import type { Random } from "../fuzz/random.js";
import type { SessionOracle } from "./session-oracle.js";
import { Traffic } from "./traffic.js";

/** How long a program waits before it connects again. */
const CONNECT_AGAIN_MS = 5_000;

export interface ModelClientOptions {
  /** Subject of its keys, and of its tickets. */
  readonly name: string;
  readonly url: string;
  readonly maxFrameBytes: number;
  /** Makes lines that this client dials. */
  readonly connect: Connect;
  readonly keys: KeyRing;
  readonly clock: Clock;
  /** Gives a ticket for the client; without it the client has keys. */
  readonly mint: (() => Ticket) | undefined;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly oracle: SessionOracle;
  readonly coverage: Coverage;
  /** Id of the session whose WELCOME the client answered last. */
  readonly confirmed: () => string;
  /** Writes down what becomes of the client. */
  readonly tell: (what: string) => void;
}

/** A program that connects, and connects again when its connection was closed for it. */
export class ModelClient {
  readonly name: string;
  readonly #options: ModelClientOptions;
  #key: Key;
  #keyCount = 0;
  /** The ring still has it, until the daemon knows the client by the newer one. */
  #oldKey: Key | undefined;
  #connection!: Connection<{ desk: Desk }>;
  #traffic!: Traffic;
  #state!: ConnectionState;
  #sessionId = "";
  #isLeaving = false;
  #again: Timer | undefined;
  readonly #connections: Connection<{ desk: Desk }>[] = [];

  constructor(options: ModelClientOptions) {
    this.#options = options;
    this.name = options.name;
    this.#key = this.#newKey();
    this.#connect();
  }

  get connection(): Connection<{ desk: Desk }> {
    return this.#connection;
  }

  get traffic(): Traffic {
    return this.#traffic;
  }

  /** Of the session that it is in, or was in last. */
  get sessionId(): string {
    return this.#sessionId;
  }

  get isConnected(): boolean {
    return this.#state.status === "connected";
  }

  /** It may be asked for something. */
  get isOpen(): boolean {
    return this.#state.status !== "closed";
  }

  get hasTickets(): boolean {
    return this.#options.mint !== undefined;
  }

  /** Adds a key to the ring and takes it from now on; the old one goes once the daemon has seen the new one. */
  rotate(): boolean {
    if (this.hasTickets || this.#oldKey !== undefined) return false;
    this.#oldKey = this.#key;
    this.#key = this.#newKey();
    this.renew();
    return true;
  }

  /** The daemon knows the client by that key now. */
  seenWith(keyId: string): void {
    if (this.#oldKey === undefined || keyId !== this.#key.id) return;
    this.#options.keys.remove(this.#oldKey.id);
    this.#oldKey = undefined;
    this.#options.coverage.note("key rotated");
  }

  renew(): void {
    const { coverage } = this.#options;
    this.#connection.renew().then(
      () => coverage.note("renewed"),
      () => coverage.note("renewal failed"),
    );
  }

  /** Takes the key away that the session rests on, which ends the session, and gives the client another. */
  revoke(): boolean {
    if (this.hasTickets || this.#oldKey !== undefined) return false;
    this.#options.oracle.mayEnd(this.#sessionId);
    const gone = this.#key;
    this.#key = this.#newKey();
    this.#options.keys.remove(gone.id);
    return true;
  }

  /** Ends all that it holds. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#again?.cancel();
    this.#options.oracle.mayEnd(this.#sessionId);
    await this.#connection.close();
  }

  #newKey(): Key {
    const key = Key.generate({ id: `${this.name}-${(this.#keyCount += 1)}`, subject: this.name });
    this.#options.keys.add(key);
    return key;
  }

  #connect(): void {
    const { connect, url, maxFrameBytes, mint, ledger, random } = this.#options;
    const credentials: ConnectOptions = mint === undefined ? { key: () => this.#key } : { ticket: mint };
    const connection = connect.openConnection<{ desk: Desk }>(url, {
      ...credentials,
      isolated: true,
      timeoutMs: 0,
      maxFrameBytes,
    });
    this.#connection = connection;
    this.#connections.push(connection);
    this.#state = connection.state;
    connection.on("state", (state) => this.#changed(connection, state));
    this.#traffic = new Traffic(this.name, { connection, ledger, random });
  }

  #changed(connection: Connection<{ desk: Desk }>, state: ConnectionState): void {
    if (connection !== this.#connection) return;
    const { oracle, ledger, tell } = this.#options;
    const before = this.#state;
    const reason = "reason" in state && state.reason !== undefined ? `: ${state.reason.message.slice(0, 80)}` : "";
    tell(`    ${this.name} is ${state.status}${"attempt" in state ? ` (${state.attempt})` : ""}${reason}`);
    this.#state = state;
    oracle.stateOf(this.name, before, state);
    // What was opened too late for the daemon, or for this side, was a session too, with calls in it.
    const isLate = reason.includes("was overloaded") || ("reason" in state && isTimeout(state.reason));
    const wasUnopened = before.status === "connecting" && state.status === "connecting" && isLate;
    const hadSession = before.status === "connected" || before.status === "reconnecting" || wasUnopened;
    // Whoever waits no longer to be let in says goodbye.
    if ("reason" in state && isTimeout(state.reason)) oracle.mayEnd(this.#options.confirmed());
    // Without a reason it is a session that has a line again and has not been opened yet.
    const isOver =
      (state.status === "connecting" && state.reason !== undefined) ||
      state.status === "closed" ||
      (state.status === "connected" && this.#sessionId !== "" && state.sessionId !== this.#sessionId);
    if (hadSession && isOver) {
      const leaseEndsAt = before.status === "reconnecting" ? before.leaseEndsAt : undefined;
      // One that was never open here may be open there.
      const sessionId = this.#sessionId === "" ? this.#options.confirmed() : this.#sessionId;
      if (!this.#isLeaving) oracle.lost(this.name, sessionId, { leaseEndsAt, reason });
      ledger.sessionEnded(this.name);
      this.#sessionId = "";
    }
    if (state.status === "connected") this.#sessionId = state.sessionId;
    // What was asked for before the first session, and can't be had.
    if (state.status === "closed" && !hadSession) ledger.sessionEnded(this.name);
    if (state.status === "closed" && !this.#isLeaving) {
      this.#again = this.#options.clock.after(CONNECT_AGAIN_MS, () => this.#connect());
    }
  }
}

function isTimeout(reason: Error | undefined): boolean {
  return reason instanceof ConnectionError && reason.code === "HW_CONNECT_TIMEOUT";
}
