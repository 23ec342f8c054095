import type { KeyOptions } from "../../../src/auth/key.js";
import type { ServeOptions } from "../../../src/node/serve-options.js";
import type { ConversationStatistics } from "../../../src/session/conversation.js";

/** What the child is told, and what it answers: `ask` of the one gives the result of the other. */
export interface AttackedOrders {
  /** Serves from now on; to be told once, first. Gives the daemon's URL. */
  serve(order: {
    readonly keys: readonly { readonly bytes: Uint8Array; readonly options: KeyOptions & { readonly id: string } }[];
    readonly options: AttackedServeOptions;
    /** The daemon's time stands still until `advance`. */
    readonly hasFakeClock: boolean;
  }): string;
  /** What there is after a collection of garbage. */
  facts(order: undefined): AttackedFacts;
  /** Moves a fake clock. */
  advance(order: { readonly ms: number }): void;
  /** The first event like this since `forget`; each is given once. */
  event(order: { readonly name: AttackedEventName; readonly pattern: RegExp }): string;
  /** Forgets the events so far. */
  forget(order: undefined): void;
  /** Takes a key off the ring. */
  removeKey(order: { readonly id: string }): void;
  /** Denies the tickets of a subject that were issued until now. */
  denySubject(order: { readonly subject: string }): void;
}

/** Options of `serve` that can be told to another process; keys and clock are the harness's. */
export type AttackedServeOptions = Pick<
  ServeOptions,
  | "host"
  | "port"
  | "path"
  | "publicUrl"
  | "origins"
  | "trustProxy"
  | "limits"
  | "sessions"
  | "listObjects"
  | "exposeStacks"
>;

export type AttackedEventName = "accepted" | "refused" | "closed" | "threw" | "unobserved";

/** What the daemon's process holds. */
export interface AttackedFacts {
  /** Open sessions, as `daemon.sessions` has them. */
  readonly sessions: number;
  /** Peers that have not proved themselves yet. */
  readonly waiting: number;
  /** TCP connections of the process. */
  readonly sockets: number;
  /** What the tables of all sessions hold together, ended ones too until they are empty. */
  readonly held: ConversationStatistics;
  /** Live bytes of the process, those outside the heap (buffers) included. */
  readonly memoryBytes: number;
  /** Resident set of the process. */
  readonly residentBytes: number;
  /** Processor time that the process has had, its collector's included. */
  readonly processorMs: number;
  /** Names of intrinsics that are not what they were at the start. */
  readonly changedIntrinsics: readonly string[];
}
