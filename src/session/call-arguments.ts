import { streamPassedOn } from "./call-errors.js";
import { copyPlain, WALK } from "./copy-plain.js";
import { RemoteStream } from "./incoming-stream.js";
import { IntroducingPayload } from "./introducing-payload.js";
import { OutboundCall, type ProxyFactory } from "./outbound-call.js";
import type { PayloadCodec } from "./payload-codec.js";
import { isUnsettled, type PendingCall } from "./pending-call.js";
import { isReadable } from "./stream-source.js";

export interface CallArgumentsOptions {
  readonly codec: PayloadCodec;
  readonly proxies: ProxyFactory;
}

/** Turns the arguments of calls into payloads: when they are made, and again when results that they name have come. */
export class CallArguments {
  readonly #options: CallArgumentsOptions;

  constructor({ codec, proxies }: CallArgumentsOptions) {
    this.#options = { codec, proxies };
  }

  /** Takes the arguments of a call that is being made. @throws CannotSendError, LimitError */
  take(pending: PendingCall): void {
    const { kind, args } = pending.call;
    if (kind === "get" || kind === "look") return;
    pending.payload = this.#encode(pending, args);
    if (!(pending.payload instanceof IntroducingPayload) || pending.payload.calls.length === 0) return;
    pending.argumentCalls = pending.payload.calls.map((call) => call.entry as PendingCall);
    pending.args = copyPlain(args, this.#keepStandIns) as readonly unknown[];
  }

  /** Takes them as values too, of a call that waits and may be given back. */
  keep({ call, args }: PendingCall): void {
    call.args = args ?? (copyPlain(call.args, this.#keepStandIns) as readonly unknown[]);
  }

  /**
   * Puts the results that have come in the place of those calls.
   * @throws CannotSendError, LimitError; CallError `HW_NOT_REMOTE` when one is a stream, or holds one
   */
  putResults(pending: PendingCall): void {
    if (pending.argumentCalls === undefined || pending.argumentCalls.every(isUnsettled)) return;
    pending.payload = this.#encode(pending, copyPlain(pending.args, this.#resultOf) as readonly unknown[]);
    pending.argumentCalls = pending.argumentCalls.filter(isUnsettled);
  }

  #encode(pending: PendingCall, args: readonly unknown[]): PendingCall["payload"] {
    const isSet = pending.call.kind === "set";
    return this.#options.codec.encode(isSet ? args[0] : args, isSet ? "value" : "args", { waitsForStreams: true });
  }

  readonly #keepStandIns = (value: object): unknown => (this.#options.proxies.read(value) === undefined ? WALK : value);

  readonly #resultOf = (value: object): unknown => {
    const stand = this.#options.proxies.read(value);
    if (!(stand instanceof OutboundCall)) return stand === undefined ? WALK : value;
    const pending = stand.entry as PendingCall;
    if (pending.outcome !== "succeeded") return value;
    return copyPlain(pending.value, (part) => {
      if (part instanceof RemoteStream || isReadable(part)) {
        throw streamPassedOn({ member: stand.member, value: pending.value }, { stream: part, delivery: "not-sent" });
      }
      return this.#keepStandIns(part);
    });
  };
}
