import type { ToldMember } from "../wire/message.js";
import type { CallScope } from "./call-scope.js";

/** Text by name that travels one hop beside a call or its answer. */
export type Annotations = Readonly<Record<string, string>>;

/** What a call of the peer names: an object id, or the very object that the peer holds a reference to. */
export type InboundTarget = string | object;

/** One call of the peer, its arguments revived, ready to run. */
export interface InboundCall {
  readonly kind: "call" | "get" | "set";
  readonly target: InboundTarget;
  /** `""` calls a function itself. */
  readonly member: string;
  /** The arguments; of a `set` the one value; of a `get` none. */
  readonly args: readonly unknown[];
  /** The peer wants no answer. */
  readonly isOneway: boolean;
  /** Aborted by `cancel`, the deadline, `stop` of the stream that it returned, or the session's end. Made on first use. */
  readonly signal: AbortSignal;
  /** By the session's clock. */
  readonly deadlineAtMs: number | undefined;
  /** What is left of its deadline in ms, at least 1; undefined when it has none, or was answered. */
  readonly remainingMs: number | undefined;
  /** What calls made now are given up with; undefined once it was answered and its streams ended, or was given up. */
  readonly scope: CallScope | undefined;
  readonly correlationId: string | undefined;
  readonly traceparent: string | undefined;
  readonly annotations: Annotations;
  /** Adds an annotation to the answer. */
  annotate(name: string, value: string): void;
  /** Answers now, with nothing; the handler says so for a one-way member that was called without `w`. */
  answerEarly(): void;
  /** Runs when the call is over: answered, and its handler returned, and the stream that it returned ended. */
  onFinished(task: () => void): void;
}

/**
 * What a session asks of whoever serves objects. The session never knows objects: a browser serves callbacks with the
 * code that a daemon serves objects with.
 */
export interface CallHandler {
  /**
   * Runs a call: returns the result or a promise of it; throws, or rejects with, what the peer shall see. The result may
   * be a generator, an AsyncIterable, a ReadableStream, a function or an exposed object.
   */
  run(call: InboundCall): unknown;
  /**
   * The members of a target that this peer may use, sorted by name; details stand only when they are asked for.
   * @throws CallError `HW_NO_SUCH_OBJECT`
   */
  members(target: InboundTarget, isDetailed?: boolean): readonly ToldMember[] | Promise<readonly ToldMember[]>;
  /** Whether an object is an instance of an exposed class, so that it travels by reference. */
  isExposed(value: object): boolean;
}
