import { CannotSendError } from "../errors/hearthwire-error.js";
import { dependenciesOf } from "./dependencies.js";
import type { Dialect } from "./dialect.js";
import { errorFromRecord } from "./error-reader.js";
import { encodedScalars } from "./encoded-scalars.js";
import type { ErrorWay } from "./error-writer.js";
import { Gate } from "./gate.js";
import type {
  EncodedPayload,
  ErrorEncodingOptions,
  ErrorRecord,
  IncomingBody,
  OutgoingValues,
  Payload,
  PayloadSerializer,
  RemoteFacts,
} from "./payload.js";
import { ValueEncoder } from "./value-encoder.js";

const LENIENT: ErrorWay = { exposeStacks: false, isRefusal: false, isLenient: true };

/** A serializer whose payloads are `{json, meta?}`: superjson, or JSON with nothing but our own leaves. */
export class DialectSerializer implements PayloadSerializer {
  readonly id: number;
  readonly #dialect: Dialect;

  constructor(id: number, dialect: Dialect) {
    this.id = id;
    this.#dialect = dialect;
  }

  encode(value: unknown, values: OutgoingValues, root: string): EncodedPayload {
    return encodedScalars(value) ?? new ValueEncoder(this.#dialect, values, root).encode(value);
  }

  encodeError(error: unknown, values: OutgoingValues, options: ErrorEncodingOptions): EncodedPayload {
    const { exposeStacks, isRefusal = false } = options;
    try {
      return new ValueEncoder(this.#dialect, values, "thrown").encodeError(error, {
        exposeStacks,
        isRefusal,
        isLenient: true,
      });
    } catch (refusal) {
      const reason = refusal instanceof CannotSendError ? refusal.message : "it can't be read";
      const standIn = new Error(`what was thrown can't be sent: ${reason}`);
      return new ValueEncoder(this.#dialect, values, "thrown").encodeError(standIn, LENIENT);
    }
  }

  decode(payload: Payload, incoming: IncomingBody): unknown {
    return new Gate(this.#dialect, incoming).payload(payload, 0);
  }

  decodeError(record: ErrorRecord, incoming: IncomingBody, facts: RemoteFacts): unknown {
    return errorFromRecord(new Gate(this.#dialect, incoming), record, facts);
  }

  dependencies(payload: Payload): readonly number[] {
    return dependenciesOf(payload);
  }
}
