import { CallError } from "../errors/hearthwire-error.js";
import { CALLED_ON, notRemote, sessionOver, stopped } from "./call-errors.js";
import type { SentBody } from "./message-sink.js";
import { type CallMaker, type ImportedReference, OutboundCall, type ProxyFactory } from "./outbound-call.js";
import { PendingCall } from "./pending-call.js";
import { quoted } from "./quoted.js";
import type { Speech } from "./spoken-message.js";
import { readWritable } from "./writable-streams.js";

/**
 * What becomes of a call whose turn has come: it goes, on what and in which body; it waits until another is sent or has
 * settled; or it fails as another did.
 */
export type CallPlan =
  | { readonly target: string; readonly sameBodyAs: SentBody | undefined; readonly order: 1 | 2 | undefined }
  | { readonly waitFor: PendingCall }
  | { readonly failure: unknown };

export interface CallPlannerOptions {
  readonly speech: Speech;
  readonly proxies: ProxyFactory;
  readonly maker: CallMaker;
  readonly peer: string | undefined;
  /** @default the name itself */
  readonly objectIdOf?: ((name: string) => string) | undefined;
  /** Whether a pending result is one of this session's. */
  readonly owns: (call: OutboundCall) => boolean;
}

const NONE: readonly PendingCall[] = Object.freeze([]);

/**
 * Decides how calls name the results of others. `[id]` and `o` are good only in the body of the call that they name
 * (protocol.md section 6, "target"): after an early flush the dependent waits for the answer and uses what it brought.
 */
export class CallPlanner {
  readonly #options: CallPlannerOptions;

  constructor(options: CallPlannerOptions) {
    this.#options = options;
  }

  /** @throws CallError `HW_RELEASED`, `HW_REFERENCE_GONE` when a call can't be made on its target any more */
  checkTarget({ target, member }: OutboundCall): void {
    if (typeof target === "string") return;
    if (!(target instanceof OutboundCall)) this.#refuseReleased(target, member);
    else if (!this.#options.owns(target)) throw this.#ofAnotherSession(member);
  }

  /**
   * The call that this one follows. What never came to this session is followed by what its follower would have been.
   * @throws HearthwireError `HW_BATCH_STOPPED` when that failed, and was to succeed
   */
  previousOf({ member, settings }: OutboundCall): PendingCall | undefined {
    for (let { after } = settings; after !== undefined; { after } = after.call.settings) {
      const { entry } = after.call;
      if (entry instanceof PendingCall && this.#options.owns(after.call)) return entry;
      if (after.order === 2) throw stopped(member, { peer: this.#options.peer });
    }
    return undefined;
  }

  /**
   * @param mayJoin whether the current body can still be joined
   * @param lastSentId the call that was sent last, which `o` follows
   * @throws CallError when the target is no remote object, or was released meanwhile
   */
  plan(pending: PendingCall, { mayJoin, lastSentId }: { mayJoin: boolean; lastSentId: number }): CallPlan {
    const { call, previous, argumentCalls = NONE } = pending;
    const targetCall = call.target instanceof OutboundCall ? (call.target.entry as PendingCall) : undefined;
    let sameBodyAs: SentBody | undefined;
    let order: 1 | 2 | undefined;
    for (const needed of targetCall === undefined ? argumentCalls : [targetCall, ...argumentCalls]) {
      if (needed.outcome === "failed") return { failure: needed.value };
      if (needed.outcome === "succeeded") continue;
      if (!mayJoin || !needed.givesResult || !this.#isInCurrentBody(needed)) return { waitFor: needed };
      sameBodyAs = needed.body;
    }
    if (previous !== undefined) {
      if (previous.outcome === "failed" && call.settings.after?.order === 2) return { failure: previous.value };
      if (mayJoin && previous.id === lastSentId && this.#isInCurrentBody(previous)) {
        order = call.settings.after?.order;
        sameBodyAs = previous.body;
      } else if (previous.outcome === undefined) {
        return { waitFor: previous };
      }
    }
    return { target: this.#targetText(call, targetCall), sameBodyAs, order };
  }

  #isInCurrentBody(pending: PendingCall): boolean {
    return pending.body !== undefined && pending.body === this.#options.speech.currentBody;
  }

  #targetText({ target, member }: OutboundCall, targetCall: PendingCall | undefined): string {
    if (typeof target === "string") return quoted(this.#options.objectIdOf?.(target) ?? target);
    if (targetCall !== undefined && targetCall.outcome === undefined) return `[${targetCall.id}]`;
    const reference =
      target instanceof OutboundCall ? this.#resultOf(target, { member, value: targetCall?.value }) : target;
    this.#refuseReleased(reference, member);
    return String(reference.id);
  }

  /** @throws CallError `HW_NOT_REMOTE` when the result that a member is used on is no reference of the peer's */
  #resultOf(call: OutboundCall, { member, value }: { member: string; value: unknown }): ImportedReference {
    const reference = this.#referenceIn(value);
    if (reference !== undefined) return reference;
    throw notRemote({ member: call.member, value }, { delivery: "not-sent", member });
  }

  /** The reference of the peer that a result stands for. */
  #referenceIn(value: unknown): ImportedReference | undefined {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
    const stand = readWritable(value) ?? this.#options.proxies.read(value);
    return stand === undefined || stand instanceof OutboundCall || "objectId" in stand ? undefined : stand;
  }

  #refuseReleased(reference: ImportedReference, member: string): void {
    if (reference.isGone || reference.session !== this.#options.maker) throw this.#ofAnotherSession(member);
    if (!reference.isReleased) return;
    const message = `"${member}" was called on a proxy that was released`;
    throw new CallError("HW_RELEASED", message, { member, delivery: "not-sent", peer: this.#options.peer });
  }

  #ofAnotherSession(member: string): CallError {
    return sessionOver(CALLED_ON, { member, peer: this.#options.peer });
  }
}
