import { CannotSendError, ProtocolError } from "../errors/hearthwire-error.js";
import { type EncodedPayload, PayloadError, type PayloadSerializer, type RemoteFacts } from "../serializers/payload.js";
import type { ErrorRecord, Payload } from "../wire/message.js";
import type { ArrivedBody } from "./arrived-body.js";
import { sessionOver } from "./call-errors.js";
import { HeldReference } from "./imported-references.js";
import { IntroducingPayload, type IntroductionDesk } from "./introducing-payload.js";
import type { ReferenceTrace } from "./reference-trace.js";
import type { TravellingValues } from "./travelling-values.js";

export interface PayloadCodecOptions {
  readonly serializer: PayloadSerializer;
  readonly values: TravellingValues;
  readonly desk: IntroductionDesk;
  readonly trace: ReferenceTrace | undefined;
  readonly exposeStacks: boolean;
}

/** Values to payloads and back, with what they introduce kept in sight. */
export class PayloadCodec {
  readonly #options: PayloadCodecOptions;

  constructor(options: PayloadCodecOptions) {
    this.#options = options;
  }

  /**
   * Takes a value now; nothing is numbered yet.
   * @param options.waitsForStreams it is of a call
   * @throws CannotSendError naming the path; CallError `HW_REFERENCE_GONE` of a call
   * @throws LimitError when the session has no room for its references or streams
   */
  encode(value: unknown, root: string, { waitsForStreams = false } = {}): EncodedPayload {
    const { serializer, values, trace } = this.#options;
    trace?.writing(value, root);
    // A value's own code, such as a getter, may make a call in the middle of this.
    const outer = values.census;
    const outerWaits = values.waitsForStreams;
    values.census = undefined;
    values.waitsForStreams = waitsForStreams;
    try {
      return this.#introducing(serializer.encode(value, values, root));
    } catch (error) {
      // An answer can't say that, or its caller would think that nothing ran.
      const isGone = waitsForStreams && values.holdsGone && error instanceof CannotSendError;
      throw isGone ? sessionOver(`"${error.path}"`) : (values.limitError ?? error);
    } finally {
      values.census = outer;
      values.waitsForStreams = outerWaits;
    }
  }

  /** Takes an error, or any thrown value. @param isRefusal it is hearthwire's own word */
  encodeError(error: unknown, isRefusal: boolean): EncodedPayload {
    const { serializer, values, exposeStacks } = this.#options;
    const outer = values.census;
    values.census = undefined;
    try {
      return this.#introducing(serializer.encodeError(error, values, { exposeStacks, isRefusal }));
    } finally {
      values.census = outer;
    }
  }

  #introducing(payload: EncodedPayload): EncodedPayload {
    if (!payload.hasReferences) return payload;
    const { desk, values } = this.#options;
    return new IntroducingPayload(payload, { desk, ...values.found });
  }

  /** Revives a value; what it brought can be taken from the body then. @throws PayloadError */
  decode(payload: Payload, body: ArrivedBody): unknown {
    body.takeBrought();
    try {
      return this.#options.serializer.decode(payload, body);
    } catch (error) {
      // References stay counted until the session ends; streams have no reader.
      for (const each of body.takeBrought()) if (!(each instanceof HeldReference)) each.discard();
      if (error instanceof ProtocolError || error instanceof PayloadError) throw error;
      throw new PayloadError("a value could not be revived", { cause: error });
    }
  }

  /** Revives an error. */
  decodeError(record: ErrorRecord, body: ArrivedBody, facts: RemoteFacts = {}): unknown {
    return this.#options.serializer.decodeError(record, body, facts);
  }

  /** Takes a value that nobody wants: it passes the gate, its streams are stopped, its references released. */
  discard(payload: Payload, body: ArrivedBody): void {
    if (payload === undefined) return;
    try {
      this.decode(payload, body);
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
    }
    for (const each of body.takeBrought()) each.discard();
  }

  /** Ids of earlier calls of the body whose results stand in a payload. */
  dependencies(payload: Payload, body: ArrivedBody): readonly number[] {
    return this.#options.serializer.dependencies(payload, body);
  }
}
