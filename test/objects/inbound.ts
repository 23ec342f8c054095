import type { CallHandlerOptions, ServedSession } from "../../src/objects/call-handler-options.js";
import { createCallHandler, type ServingCallHandler } from "../../src/objects/create-call-handler.js";
import { ObjectRegistry } from "../../src/objects/object-registry.js";
import type { InboundCall, InboundTarget } from "../../src/session/call-handler.js";

/** A call of a peer without a session around it. */
export class FakeCall implements InboundCall {
  readonly kind: InboundCall["kind"];
  readonly target: InboundTarget;
  readonly member: string;
  readonly args: readonly unknown[];
  readonly isOneway: boolean;
  readonly deadlineAtMs: number | undefined;
  readonly remainingMs = undefined;
  readonly scope = undefined;
  readonly correlationId: string | undefined;
  readonly traceparent: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly answered: Record<string, string> = {};
  readonly controller = new AbortController();
  answeredEarly = 0;
  signalsAsked = 0;
  readonly #finishers: (() => void)[] = [];

  constructor(
    target: InboundTarget,
    member: string,
    args: readonly unknown[] = [],
    facts: Partial<
      Pick<InboundCall, "kind" | "isOneway" | "deadlineAtMs" | "correlationId" | "traceparent" | "annotations">
    > = {},
  ) {
    this.target = target;
    this.member = member;
    this.args = args;
    this.kind = facts.kind ?? "call";
    this.isOneway = facts.isOneway ?? false;
    this.deadlineAtMs = facts.deadlineAtMs;
    this.correlationId = facts.correlationId;
    this.traceparent = facts.traceparent;
    this.annotations = facts.annotations ?? {};
  }

  get signal(): AbortSignal {
    this.signalsAsked++;
    return this.controller.signal;
  }

  annotate(name: string, value: string): void {
    this.answered[name] = value;
  }

  answerEarly(): void {
    this.answeredEarly++;
  }

  onFinished(task: () => void): void {
    this.#finishers.push(task);
  }

  /** Ends the call as a session does, and lets what it started run. */
  async finish(): Promise<void> {
    for (const task of this.#finishers) task();
    await settled();
  }
}

/** Lets everything that only waits for promises run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

export interface Unobserved {
  readonly error: Error;
  readonly object: string;
  readonly member: string;
}

/** One session's view of some objects. */
export class Peer {
  readonly registry: ObjectRegistry;
  readonly handler: ServingCallHandler;
  readonly unobserved: Unobserved[] = [];
  readonly report = (error: Error, where: { object: string; member: string }): void => {
    this.unobserved.push({ error, ...where });
  };

  constructor(
    objects: Record<string, object> | ObjectRegistry,
    options: Partial<Pick<CallHandlerOptions, "authorize" | "allows" | "interceptors">> & {
      session?: Partial<ServedSession>;
    } = {},
  ) {
    if (objects instanceof ObjectRegistry) {
      this.registry = objects;
    } else {
      this.registry = new ObjectRegistry();
      for (const [id, object] of Object.entries(objects)) this.registry.register(object, { id });
    }
    const { session, ...hooks } = options;
    this.handler = createCallHandler({
      ...hooks,
      registry: this.registry,
      unobserved: this.report,
      session: {
        sessionId: "session-1",
        principal: { kind: "key", id: "key:alice", subject: "alice" },
        locals: new Map(),
        isAttached: true,
        ...session,
      },
    });
  }

  call(target: InboundTarget, member: string, ...args: unknown[]): unknown {
    return this.handler.run(new FakeCall(target, member, args));
  }

  get(target: InboundTarget, member: string): unknown {
    return this.handler.run(new FakeCall(target, member, [], { kind: "get" }));
  }

  set(target: InboundTarget, member: string, value: unknown): unknown {
    return this.handler.run(new FakeCall(target, member, [value], { kind: "set" }));
  }
}

/** What a call throws or rejects with, as code and sentence. */
export async function refusal(run: () => unknown): Promise<{ code: unknown; message: string }> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Error) return { code: (error as { code?: unknown }).code, message: error.message };
    throw error;
  }
  throw new Error("nothing was refused");
}
