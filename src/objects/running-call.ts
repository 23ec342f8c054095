import type { Principal } from "../auth/principal.js";
import type { Annotations, InboundCall } from "../session/call-handler.js";
import type { CallScope } from "../session/call-scope.js";
import type { LineListener } from "../session/watch-line.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import type { CallContext } from "./call-context.js";
import type { ServedSession } from "./call-handler-options.js";
import { disposeAll, isDisposable } from "./disposal.js";
import { randomId } from "./random-id.js";
import type { SessionResources } from "./session-resources.js";
import type { UnobservedListener } from "./unobserved-listener.js";

/** Where a call came in. */
interface Place {
  readonly object: string;
  readonly session: ServedSession;
  readonly unobserved: UnobservedListener;
  /** Those of the session. */
  readonly resources: SessionResources;
  /** Instead of those that the caller sent. */
  readonly sent?: SentAlong;
  readonly correlationId?: string;
}

/** What a caller sends along, as interceptors may change it. */
export interface SentAlong {
  readonly annotations: Annotations;
  readonly traceparent: string | undefined;
}

/** The context of one call. What is seldom asked for is made when it is. */
export class RunningCall implements CallContext {
  readonly object: string;
  readonly #call: InboundCall;
  readonly #session: ServedSession;
  readonly #unobserved: UnobservedListener;
  readonly #resources: SessionResources;
  readonly #sent: SentAlong;
  #correlationId: string | undefined;
  #tracked: object[] | undefined;

  /** @param place the id that the object is called by, and the session that the call came in */
  constructor(call: InboundCall, place: Place) {
    this.#call = call;
    this.object = place.object;
    this.#session = place.session;
    this.#unobserved = place.unobserved;
    this.#resources = place.resources;
    this.#sent = place.sent ?? call;
    this.#correlationId = place.correlationId;
  }

  /** The context of the same call, as a member sees it whose interceptor changed what its caller sent along. */
  with(sent: SentAlong): RunningCall {
    const { object, correlationId } = this;
    const kept = { session: this.#session, unobserved: this.#unobserved, resources: this.#resources };
    return new RunningCall(this.#call, { ...kept, object, sent, correlationId });
  }

  get member(): string {
    return this.#call.member;
  }

  get principal(): Principal {
    return this.#session.principal;
  }

  get sessionId(): string {
    return this.#session.sessionId;
  }

  get isAttached(): boolean {
    return this.#session.isAttached;
  }

  watchLine(listener: LineListener): () => void {
    return this.#session.watchLine?.(listener) ?? ((): void => {});
  }

  get locals(): Map<unknown, unknown> {
    return this.#session.locals;
  }

  get remoteAddress(): string | undefined {
    return this.#session.remoteAddress;
  }

  get origin(): string | undefined {
    return this.#session.origin;
  }

  get peerCertificate(): PeerCertificate | undefined {
    return this.#session.peerCertificate;
  }

  get annotations(): Annotations {
    return this.#sent.annotations;
  }

  setAnnotation(name: string, value: string): void {
    this.#call.annotate(name, value);
  }

  get correlationId(): string {
    return (this.#correlationId ??= this.#call.correlationId ?? randomId());
  }

  get traceparent(): string | undefined {
    return this.#sent.traceparent;
  }

  get deadline(): Date | undefined {
    const { deadlineAtMs } = this.#call;
    return deadlineAtMs === undefined || deadlineAtMs === Infinity ? undefined : new Date(deadlineAtMs);
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  /** What calls made now may take at most, in ms. */
  get remainingMs(): number | undefined {
    return this.#call.remainingMs;
  }

  /** What calls made now are given up with. */
  get scope(): CallScope | undefined {
    return this.#call.scope;
  }

  track<D extends Disposable | AsyncDisposable>(
    resource: D,
    { until = "call" }: { readonly until?: "call" | "session" } = {},
  ): D {
    if (!isDisposable(resource)) {
      throw new TypeError('"resource" of track must have [Symbol.dispose]() or [Symbol.asyncDispose]()');
    }
    if (until === "session") this.#resources.add(resource, { object: this.object, member: this.member });
    else this.#disposeAfter(resource);
    return resource;
  }

  /** Disposes an instance that was made for this call alone, if it can be disposed. */
  own(instance: object): void {
    if (isDisposable(instance)) this.#disposeAfter(instance);
  }

  #disposeAfter(resource: object): void {
    if (this.#tracked === undefined) {
      const tracked: object[] = (this.#tracked = []);
      const { object, member } = this;
      this.#call.onFinished(() => {
        this.#tracked = undefined;
        void disposeAll(tracked, (error) => this.#unobserved(error, { object, member }));
      });
    }
    this.#tracked.push(resource);
  }
}
