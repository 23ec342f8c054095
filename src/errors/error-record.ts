import { isErrorCode, type Delivery, type ErrorCode } from "./error-code.js";
import {
  CallError,
  CannotSendError,
  ConnectionError,
  DeadlineError,
  HearthwireError,
  LimitError,
  NamingError,
  ProtocolError,
  RemoteError,
  type ArgumentIssue,
  type ErrorFacts,
} from "./hearthwire-error.js";
import { isRetryable } from "./retryable.js";

/** What an error says, read once. Its inverse is `reviveError`. */
export interface ErrorReading {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: unknown;
  /** Of an `AggregateError`, here or where it came from. */
  readonly errors?: readonly unknown[];
  /** Own enumerable fields besides the above. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Fields that a reading has elsewhere. */
const READ_ELSEWHERE: ReadonlySet<string> = new Set(["name", "message", "stack", "cause"]);
/** What a HearthwireError tells about the call that it came from, which is another one by now. */
const CALL_FACTS: ReadonlySet<string> = new Set(["delivery", "object", "member", "peer", "elapsedMs"]);

/** Whether a value is an Error, of this realm or another. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

/**
 * Reads an error. Never throws: a field whose getter throws is left out.
 * @param withStack reads `stack`, which V8 formats at its first reading: the dearest part of an error by far.
 */
export function readError(error: Error, { withStack }: { readonly withStack: boolean }): ErrorReading {
  const name = read(error, "name");
  const message = read(error, "message");
  const code = read(error, "code");
  const stack = withStack ? read(error, "stack") : undefined;
  const cause = read(error, "cause");
  const isAggregate = error instanceof AggregateError || error instanceof RemoteError;
  const errors = isAggregate ? read(error, "errors") : undefined;
  return {
    name: typeof name === "string" ? name : "Error",
    message: typeof message === "string" ? withoutPeer(error, message) : "",
    ...(typeof code === "string" && code !== "" && { code }),
    ...(typeof stack === "string" && { stack }),
    ...(cause !== undefined && { cause }),
    ...(Array.isArray(errors) && { errors }),
    fields: readFields(error),
  };
}

/** Our own sentences name the peer of another session; who reads them next has no business with its address. */
function withoutPeer(error: Error, message: string): string {
  if (!(error instanceof HearthwireError) || error instanceof RemoteError || !error.peer) return message;
  return message.replaceAll(error.peer, "its peer");
}

function readFields(error: Error): Record<string, unknown> {
  const source = error instanceof RemoteError ? error.details : error;
  const isOurs = error instanceof HearthwireError;
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    if (source === error && (READ_ELSEWHERE.has(key) || (isOurs && CALL_FACTS.has(key)))) continue;
    const value = read(source, key);
    if (source === error) {
      if (key === "code" && typeof value === "string") continue;
      if (key === "retryable" && isOurs && value === false) continue;
    }
    if (value !== undefined && key !== "__proto__") fields[key] = value;
  }
  return fields;
}

function read(source: object, key: string): unknown {
  try {
    return (source as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}

/** An error as it came from the peer, its values revived. */
export interface ReceivedError extends ErrorReading {
  /** The peer says that it is hearthwire's own refusal. */
  readonly isRefusal: boolean;
  /** What this side knows of the call. */
  readonly facts: Pick<ErrorFacts, "object" | "member" | "peer" | "elapsedMs"> & {
    /** The call may be made again when nobody knows whether it ran. */
    readonly isIdempotent?: boolean | undefined;
  };
}

/**
 * Makes the error that a program sees. A refusal with a code of ours becomes the class of that code; everything else is a
 * `RemoteError`, and a code in it that looks like ours stands in `details.code`, where no program takes it for ours.
 */
export function reviveError(received: ReceivedError): HearthwireError {
  return withoutStack(() => made(received));
}

/** Where a frame was read is nobody's concern: an error that a call fails with gets the stack of whoever waits for it. */
function withoutStack<T>(make: () => T): T {
  const engine = Error as { stackTraceLimit?: number };
  const limit = engine.stackTraceLimit;
  if (limit === undefined) return make();
  engine.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    engine.stackTraceLimit = limit;
  }
}

function made(received: ReceivedError): HearthwireError {
  const { code } = received;
  if (received.isRefusal && isErrorCode(code)) return reviveRefusal(code, received);
  const { name, message, cause, errors, fields, stack: remoteStack, facts } = received;
  const isForged = code?.startsWith("HW_") === true;
  return new RemoteError(message, {
    ...facts,
    ...(cause !== undefined && { cause }),
    name,
    code: isForged ? undefined : code,
    errors,
    details: { ...fields, ...(isForged && { code }) },
    remoteStack,
  });
}

/**
 * How far a refused call got. `"not-sent"` for refusals before the called member began: the call did reach the peer, yet
 * nothing of it ran, so it may be made again as if it had never left. A result that can't be sent, and what a name server
 * says of names, have run. Of a call that was given up, or whose session ended, nobody knows.
 */
const REFUSED_BEFORE_RUNNING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "HW_REFUSED",
  "HW_LIMIT",
  "HW_NO_SUCH_OBJECT",
  "HW_NO_SUCH_MEMBER",
  "HW_ARGUMENTS_INVALID",
  "HW_RELEASED",
  "HW_REFERENCE_GONE",
  "HW_NOT_REMOTE",
  "HW_BAD_PAYLOAD",
  "HW_BATCH_STOPPED",
]);
/** A result that can't be sent, and what a name server answers. */
const RAN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "HW_CANNOT_SEND",
  "HW_NAME_UNKNOWN",
  "HW_NAME_TAKEN",
  "HW_STORAGE_FAILED",
]);

/** How far the call got that was refused with a code. */
export function deliveryOf(code: ErrorCode): Delivery {
  if (REFUSED_BEFORE_RUNNING.has(code)) return "not-sent";
  return RAN.has(code) ? "ran" : "unknown";
}

function reviveRefusal(code: ErrorCode, received: ReceivedError): HearthwireError {
  const { message, fields } = received;
  const { isIdempotent = false, ...call } = received.facts;
  const delivery = deliveryOf(code);
  const facts: ErrorFacts = {
    ...call,
    ...(received.cause !== undefined && { cause: received.cause }),
    delivery,
    // What was refused before it ran would be so again, unless the refusal says otherwise.
    retryable: delivery === "not-sent" ? fields["retryable"] === true : isRetryable(delivery, isIdempotent),
  };
  switch (code) {
    case "HW_DEADLINE":
      return new DeadlineError(message, { ...facts, timeoutMs: numberIn(fields["timeoutMs"]) });
    case "HW_LIMIT":
      return new LimitError(message, {
        ...facts,
        limit: stringIn(fields["limit"]),
        allowed: numberIn(fields["allowed"]),
      });
    case "HW_CANNOT_SEND":
      return new CannotSendError(message, { ...facts, path: stringIn(fields["path"]) });
    case "HW_NO_SUCH_OBJECT":
    case "HW_NO_SUCH_MEMBER":
    case "HW_ARGUMENTS_INVALID":
    case "HW_RELEASED":
    case "HW_REFERENCE_GONE":
    case "HW_NOT_REMOTE":
    case "HW_BAD_PAYLOAD":
    case "HW_CANCELLED":
      return new CallError(code, message, { ...facts, issues: issuesIn(fields["issues"]) });
    case "HW_NAME_UNKNOWN":
    case "HW_NAME_TAKEN":
    case "HW_STORAGE_FAILED":
      return new NamingError(code, message, facts);
    case "HW_CONNECT_FAILED":
    case "HW_CONNECT_TIMEOUT":
    case "HW_CREDENTIALS_EXPIRED":
    case "HW_REFUSED":
    case "HW_CONNECTION_CLOSED":
    case "HW_SESSION_LOST":
      return new ConnectionError(code, message, facts);
    case "HW_PROTOCOL":
    case "HW_FRAME_TOO_LARGE":
      return new ProtocolError(message, { ...facts, code });
    default:
      return new HearthwireError(code, message, facts);
  }
}

function numberIn(field: unknown): number {
  return typeof field === "number" ? field : 0;
}

function stringIn(field: unknown): string {
  return typeof field === "string" ? field : "";
}

function issuesIn(field: unknown): readonly ArgumentIssue[] | undefined {
  return Array.isArray(field) && field.every(isIssue) ? field : undefined;
}

function isIssue(issue: unknown): issue is ArgumentIssue {
  if (typeof issue !== "object" || issue === null) return false;
  const { message, path } = issue as { readonly message?: unknown; readonly path?: unknown };
  const isPath = path === undefined || (Array.isArray(path) && path.every((key) => typeof key !== "object"));
  return typeof message === "string" && isPath;
}
