import { CallError } from "../errors/hearthwire-error.js";
import { ofCall } from "../errors/of-call.js";
import type { MemberShape } from "../wire/message.js";
import type { InboundCall } from "./call-handler.js";
import { type ImportedReference, OutboundCall } from "./outbound-call.js";

/** What a reference of kind `writable` answers to (protocol.md section 6, "references"). */
export const WRITABLE_MEMBERS: readonly MemberShape[] = [
  ["abort", "method"],
  ["close", "method"],
  ["write", "method"],
];

/** Writers of the streams that a peer holds; one is taken at the first call. */
const writers = new WeakMap<WritableStream, WritableStreamDefaultWriter>();
/** What streams of the peer stand for. */
const references = new WeakMap<object, ImportedReference>();

/** Why a stream can't be sent: only one writer can hold it. Undefined when it can. */
export function whyNotWritable(stream: WritableStream): string | undefined {
  return stream.locked && !writers.has(stream)
    ? "a WritableStream that has a writer can't be sent; release its lock first"
    : undefined;
}

/**
 * Runs a call of the peer on a stream of this side; the promise settles when the sink took the chunk.
 * @throws CallError `HW_NO_SUCH_MEMBER`
 */
export function callWritable(
  stream: WritableStream,
  { kind, isOneway, member, args }: Pick<InboundCall, "kind" | "isOneway" | "member" | "args">,
): Promise<void> {
  if (kind !== "call" || isOneway || !WRITABLE_MEMBERS.some(([name]) => name === member)) {
    throw new CallError("HW_NO_SUCH_MEMBER", "a WritableStream has the methods write, close and abort, all answered");
  }
  let writer = writers.get(stream);
  if (writer === undefined) {
    writer = stream.getWriter();
    writer.closed.catch(() => undefined);
    writers.set(stream, writer);
  }
  if (member === "write") return writer.write(args[0]);
  if (member === "close") return writer.close();
  return writer.abort(args[0]);
}

/** The peer holds the stream no more: frees it for other writers. */
export function freeWritable(stream: WritableStream): void {
  writers.get(stream)?.releaseLock();
  writers.delete(stream);
}

/** The peer is gone in the middle of its writing. */
export function abortWritable(stream: WritableStream, reason: unknown): void {
  writers
    .get(stream)
    ?.abort(reason)
    .catch(() => undefined);
  writers.delete(stream);
}

/** A stream whose chunks go to the peer, one after another; closing or aborting it releases the reference. */
export function remoteWritable(reference: ImportedReference): WritableStream {
  const send = (member: string, args: readonly unknown[]): Promise<void> =>
    new Promise((resolve, reject) => {
      try {
        reference.session.call(new WritableCall(reference, { member, args, resolve, reject }));
      } catch (error) {
        reject(ofCall(error, { object: "", member, peer: reference.session.peer, elapsedMs: 0 }));
      }
    });
  const finish = (member: string, args: readonly unknown[]): Promise<void> =>
    send(member, args).finally(() => reference.release());
  // A stream that failed to write is neither closed nor aborted by its writer any more.
  const fail = (error: unknown): never => {
    finish("abort", [error]).catch(() => undefined);
    throw error;
  };
  const stream = new WritableStream(
    {
      write: (chunk) => send("write", [chunk]).catch(fail),
      close: () => finish("close", []),
      abort: (reason) => finish("abort", reason === undefined ? [] : [reason]),
    },
    { highWaterMark: 1 },
  );
  references.set(stream, reference);
  return stream;
}

/** What a stream of the peer stands for; undefined for all others. */
export function readWritable(stream: object): ImportedReference | undefined {
  return references.get(stream);
}

interface WritableCallFacts {
  readonly member: string;
  readonly args: readonly unknown[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class WritableCall extends OutboundCall {
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;

  constructor(reference: ImportedReference, { member, args, resolve, reject }: WritableCallFacts) {
    super("call", reference, member, args);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override succeed(): void {
    this.#resolve();
  }

  override fail(error: unknown): void {
    this.#reject(error);
  }
}
