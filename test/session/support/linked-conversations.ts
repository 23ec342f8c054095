import { fakeClock, type FakeClock } from "../../../src/testing/fake-clock.js";
import type { CallHandler, InboundCall, InboundTarget } from "../../../src/session/call-handler.js";
import { Conversation } from "../../../src/session/conversation.js";
import type { ConversationOptions, ConversationTerms } from "../../../src/session/conversation-options.js";
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "../../../src/session/limits.js";
import type { MessageSink, OutgoingMessage, SentBody } from "../../../src/session/message-sink.js";
import {
  type CallKind,
  type CallMaker,
  type CallSettings,
  type CallTarget,
  type ImportedReference,
  OutboundCall,
  type ProxyFactory,
} from "../../../src/session/outbound-call.js";
import type { OutgoingBody } from "../../../src/serializers/payload.js";
import { superjsonSerializer } from "../../../src/serializers/superjson-serializer.js";
import { decodeBody, frameBody } from "../../../src/wire/body.js";
import { MAX_PAYLOAD_NODES } from "../../../src/wire/constants.js";
import { bodyOf } from "../../../src/wire/frame.js";
import type { MemberShape, Message } from "../../../src/wire/message.js";

/** A call whose outcome is a promise. Its rejection may go unobserved. */
export class TestCall extends OutboundCall {
  readonly result: Promise<unknown>;
  /** Annotations of the answer. */
  annotations: unknown;
  outcome: "pending" | "succeeded" | "failed" = "pending";
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(kind: CallKind, target: CallTarget, member: string, args?: readonly unknown[], settings?: CallSettings) {
    super(kind, target, member, args, settings);
    this.result = new Promise((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]));
    this.result.catch(() => undefined);
  }

  override succeed(value: unknown, annotations: unknown): void {
    this.#settle("succeeded", annotations);
    this.#resolve(value);
  }

  override fail(error: unknown, annotations: unknown): void {
    this.#settle("failed", annotations);
    this.#reject(error);
  }

  #settle(outcome: "succeeded" | "failed", annotations: unknown): void {
    if (this.outcome !== "pending") throw new Error("a call settled twice");
    this.outcome = outcome;
    this.annotations = annotations;
  }
}

/** What the tests know a reference of the peer by. */
export class StandIn {
  readonly reference: ImportedReference;

  constructor(reference: ImportedReference) {
    this.reference = reference;
  }
}

/** Stands for a named object. */
export class NamedStandIn {
  readonly objectId: string;

  constructor(objectId: string) {
    this.objectId = objectId;
  }
}

/** Instances of its subclasses go by reference, with their own methods as members. */
export class Exposed {
  [member: string]: unknown;
}

class TestProxies implements ProxyFactory {
  created = 0;
  /** Functions of the peer are stood for by functions. */
  areCallable = false;
  readonly #functions = new WeakMap<object, ImportedReference>();

  create(reference: ImportedReference): object {
    this.created++;
    if (!this.areCallable || reference.kind !== "function") return new StandIn(reference);
    const standIn = (): void => undefined;
    this.#functions.set(standIn, reference);
    return standIn;
  }

  read(value: object): ImportedReference | OutboundCall | { readonly objectId: string } | undefined {
    if (value instanceof StandIn) return value.reference;
    if (typeof value === "function") return this.#functions.get(value);
    return value instanceof NamedStandIn || value instanceof OutboundCall ? value : undefined;
  }
}

/** Runs members of `objects`, with the call as `this`, and members of references. */
class TestHandler implements CallHandler {
  readonly objects: Record<string, Record<string, unknown>> = {};
  readonly started: InboundCall[] = [];
  readonly #shapes = new Map<unknown, readonly MemberShape[]>();

  run(call: InboundCall): unknown {
    this.started.push(call);
    const target = this.#find(call.target);
    if (call.kind === "get") return target[call.member];
    if (call.kind === "set") return void (target[call.member] = call.args[0]);
    const member: unknown = call.member === "" ? target : target[call.member];
    const receiver: unknown = typeof call.target === "string" ? call : target;
    return (member as (...args: readonly unknown[]) => unknown).apply(receiver, [...call.args]);
  }

  members(target: InboundTarget): readonly MemberShape[] {
    const prototype: unknown = typeof target === "string" ? this.#find(target) : Object.getPrototypeOf(target);
    let shape = this.#shapes.get(prototype);
    if (shape === undefined) {
      const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");
      this.#shapes.set(prototype, (shape = names.toSorted().map((name) => [name, "method"] as const)));
    }
    return shape;
  }

  isExposed(value: object): boolean {
    return value instanceof Exposed;
  }

  #find(target: InboundTarget): Record<string, unknown> {
    const found = typeof target === "string" ? this.objects[target] : target;
    if (found === undefined) throw new Error(`there is no ${String(target)}`);
    return found as Record<string, unknown>;
  }
}

class TestBody implements OutgoingBody, SentBody {
  seq: number | undefined;
  readonly texts: string[] = [];
  readonly segments: Uint8Array[] = [];
  readonly waiting: OutgoingMessage[] = [];
  readonly #numbering: Pick<OutgoingBody, "reference" | "stream">;

  constructor(numbering: Pick<OutgoingBody, "reference" | "stream">) {
    this.#numbering = numbering;
  }

  segment(bytes: Uint8Array): number {
    return this.segments.push(bytes) - 1;
  }

  reference(value: object): ReturnType<OutgoingBody["reference"]> {
    return this.#numbering.reference(value);
  }

  stream(value: object): ReturnType<OutgoingBody["stream"]> {
    return this.#numbering.stream(value);
  }
}

/** A sink whose bodies arrive at the other side as real bodies do, when it is flushed. */
class LinkedSink implements MessageSink {
  get isBusy(): boolean {
    return this.isCongested;
  }

  isCongested = false;
  /** Thrown by `send` in the place of sending. */
  refusal: ((message: OutgoingMessage) => Error | undefined) | undefined;
  numbering!: Pick<OutgoingBody, "reference" | "stream">;
  deliver!: (body: Uint8Array) => void;
  readonly said: Message[] = [];
  #body: TestBody | undefined;
  seq = 0;
  #isScheduled = false;
  /** Bodies stay here while true. */
  isHeld = false;

  get currentBody(): TestBody {
    return (this.#body ??= new TestBody(this.numbering));
  }

  send(message: OutgoingMessage): SentBody | undefined {
    if (message.sameBodyAs !== undefined && message.sameBodyAs !== this.#body) return undefined;
    const body = this.currentBody;
    const text = message.before + (message.payload?.finish(body) ?? "") + message.after;
    const error = this.refusal?.(message);
    if (error !== undefined) throw error;
    body.texts.push(text);
    body.waiting.push(message);
    if (!this.#isScheduled && !this.isHeld) {
      this.#isScheduled = true;
      queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => queueMicrotask(this.flush))));
    }
    return body;
  }

  readonly flush = (): void => {
    this.#isScheduled = false;
    const body = this.#body;
    if (body === undefined || body.texts.length === 0 || this.isHeld) return;
    this.#body = undefined;
    body.seq = ++this.seq;
    const bytes = bodyOf(frameBody(`[${body.texts.join(",")}]`, body.segments)).slice();
    this.said.push(...decodeBody(bytes.slice()).messages);
    for (const message of body.waiting) message.sent?.();
    this.deliver(bytes);
  };
}

/** One end of a pair. */
export class Side implements CallMaker {
  readonly ended = new Promise<undefined>(() => undefined);
  readonly peer = "ws://peer.test/";
  readonly sink = new LinkedSink();
  readonly handler = new TestHandler();
  readonly proxies = new TestProxies();
  readonly unobserved: { readonly error: Error; readonly object: string; readonly member: string }[] = [];
  readonly conversation: Conversation;
  /** What `receive` threw, if it did: a session would end. */
  broken: Error | undefined;

  constructor(clock: FakeClock, options: LinkOptions) {
    this.conversation = new Conversation({
      terms: {
        handler: this.handler,
        proxies: this.proxies,
        serializer: superjsonSerializer(),
        limits: { ...DEFAULT_SESSION_LIMITS, ...options.limits },
        clock,
        peer: this.peer,
        defaultTimeoutMs: options.defaultTimeoutMs ?? 0,
        ...options.terms,
      },
      sink: this.sink,
      maker: this,
      unobserved: (error, where) => this.unobserved.push({ error, ...where }),
      ...options.conversation,
    });
    this.sink.numbering = this.conversation;
  }

  /** How many bodies this side has sent. */
  get bodies(): number {
    return this.sink.seq;
  }

  /** The messages that this side sent so far. */
  get said(): readonly Message[] {
    return this.sink.said;
  }

  /** Those of one name. */
  saidOf<Name extends Message[0]>(name: Name): readonly Extract<Message, readonly [Name, ...unknown[]]>[] {
    return this.said.filter((message) => message[0] === name) as never;
  }

  call(call: OutboundCall): void {
    this.conversation.call(call);
  }

  /** Calls `target.member(...args)`. */
  ask(target: CallTarget, member: string, args: readonly unknown[] = [], settings: CallSettings = {}): TestCall {
    return this.make(new TestCall("call", target, member, args, settings));
  }

  make(call: TestCall): TestCall {
    this.conversation.call(call);
    return call;
  }

  /** Takes messages as if the peer had sent them in one body. */
  take(messages: readonly unknown[], segments: readonly Uint8Array[] = []): void {
    this.takeBytes(bodyOf(frameBody(JSON.stringify(messages), segments)).slice());
  }

  readonly takeBytes = (bytes: Uint8Array): void => {
    const body = decodeBody(bytes);
    const received = {
      segments: body.segments,
      budget: { nodes: MAX_PAYLOAD_NODES },
      byteLength: bytes.length,
      ack: 0,
    };
    try {
      for (const message of body.messages) this.conversation.receive(message, received);
    } catch (error) {
      this.broken = error as Error;
    }
  };
}

export interface LinkOptions {
  readonly limits?: Partial<SessionLimits>;
  readonly defaultTimeoutMs?: number;
  readonly conversation?: Partial<ConversationOptions>;
  readonly terms?: Partial<ConversationTerms>;
  /** @default true */
  readonly isOpen?: boolean;
}

export interface Link {
  readonly client: Side;
  readonly server: Side;
  readonly clock: FakeClock;
  /** Lets everything run that no timer holds up. */
  settle(): Promise<void>;
}

/** Two conversations joined by bodies as they stand on the wire, both opened. */
export function link({ client = {}, server = {} }: { client?: LinkOptions; server?: LinkOptions } = {}): Link {
  const clock = fakeClock();
  const ends = { client: new Side(clock, client), server: new Side(clock, server) };
  ends.client.sink.deliver = ends.server.takeBytes;
  ends.server.sink.deliver = ends.client.takeBytes;
  ends.client.conversation.opened();
  ends.server.conversation.opened();
  return { ...ends, clock, settle: () => clock.advance(0) };
}

/** One end whose peer is written by hand: what it says goes nowhere. */
export function alone(options: LinkOptions = {}): {
  readonly side: Side;
  readonly clock: FakeClock;
  settle(): Promise<void>;
} {
  const clock = fakeClock();
  const side = new Side(clock, options);
  side.sink.deliver = () => undefined;
  if (options.isOpen !== false) side.conversation.opened();
  return { side, clock, settle: () => clock.advance(0) };
}

/** A promise settled by hand. */
export function deferred<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((accept, refuse) => ([resolve, reject] = [accept, refuse]));
  return { promise, resolve, reject };
}

/** What a rejected promise was rejected with. */
export function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => Promise.reject(new Error("it was fulfilled")),
    (error: unknown) => error,
  );
}
