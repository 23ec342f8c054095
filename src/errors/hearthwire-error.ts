import type { Delivery, ErrorCode } from "./error-code.js";

/** What an error says besides its code and sentence. */
export interface ErrorFacts {
  cause?: unknown;
  /** How far the call got. */
  delivery?: Delivery | undefined;
  /** Whether the same call may be made again as it is. @default false */
  retryable?: boolean | undefined;
  /** Object id of the call. */
  object?: string | undefined;
  member?: string | undefined;
  /** URL of the daemon, or the remote address of the client. */
  peer?: string | undefined;
  elapsedMs?: number | undefined;
}

/** The family of all errors of this package: a stable `code` for programs, a sentence for people. */
export class HearthwireError extends Error {
  readonly code: ErrorCode | (string & {});
  declare readonly delivery?: Delivery;
  readonly retryable: boolean;
  declare readonly object?: string;
  declare readonly member?: string;
  declare readonly peer?: string;
  declare readonly elapsedMs?: number;

  constructor(code: ErrorCode | (string & {}), message: string, facts: ErrorFacts = {}) {
    super(message, "cause" in facts ? { cause: facts.cause } : undefined);
    this.code = code;
    this.retryable = facts.retryable ?? false;
    if (facts.delivery !== undefined) this.delivery = facts.delivery;
    if (facts.object !== undefined) this.object = facts.object;
    if (facts.member !== undefined) this.member = facts.member;
    if (facts.peer !== undefined) this.peer = facts.peer;
    if (facts.elapsedMs !== undefined) this.elapsedMs = facts.elapsedMs;
  }

  static {
    named(this, "HearthwireError");
  }
}

/** A wrong option, address, key or exposure: the program must change. */
export class ConfigError extends HearthwireError {
  declare readonly code:
    | "HW_OPTION_INVALID"
    | "HW_ADDRESS_INVALID"
    | "HW_CREDENTIALS_MISSING"
    | "HW_KEY_INVALID"
    | "HW_KEY_FILE_UNSAFE"
    | "HW_CRYPTO_UNAVAILABLE"
    | "HW_CANNOT_EXPOSE";

  constructor(code: ConfigError["code"], message: string, facts?: ErrorFacts) {
    super(code, message, facts);
  }

  static {
    named(this, "ConfigError");
  }
}

/** A daemon was told to listen beyond loopback without TLS and without `allowPlaintext`. */
export class InsecureBindError extends HearthwireError {
  declare readonly code: "HW_INSECURE_BIND";

  constructor(message: string, facts?: ErrorFacts) {
    super("HW_INSECURE_BIND", message, facts);
  }

  static {
    named(this, "InsecureBindError");
  }
}

/** The line to the peer could not be made, was refused, or is gone. */
export class ConnectionError extends HearthwireError {
  declare readonly code:
    | "HW_CONNECT_FAILED"
    | "HW_CONNECT_TIMEOUT"
    | "HW_TLS_FAILED"
    | "HW_CREDENTIALS_EXPIRED"
    | "HW_REFUSED"
    | "HW_CONNECTION_CLOSED"
    | "HW_SESSION_LOST"
    | "HW_PORT_IN_USE";
  declare readonly delivery: Delivery;

  constructor(code: ConnectionError["code"], message: string, facts: ErrorFacts = {}) {
    super(code, message, { delivery: "not-sent", ...facts });
  }

  static {
    named(this, "ConnectionError");
  }
}

/**
 * A peer broke the protocol. Parsers of hostile bytes throw this and nothing else; the message names the rule, never
 * the bytes.
 */
export class ProtocolError extends HearthwireError {
  declare readonly code: "HW_PROTOCOL" | "HW_FRAME_TOO_LARGE";
  /** WebSocket close code that tells the peer. */
  readonly closeCode: number;

  constructor(
    message: string,
    facts: ErrorFacts & { code?: "HW_PROTOCOL" | "HW_FRAME_TOO_LARGE"; closeCode?: number } = {},
  ) {
    super(facts.code ?? "HW_PROTOCOL", message, facts);
    this.closeCode = facts.closeCode ?? 4400;
  }

  static {
    named(this, "ProtocolError");
  }
}

/** A call took longer than its deadline. */
export class DeadlineError extends HearthwireError {
  declare readonly code: "HW_DEADLINE";
  readonly timeoutMs: number;

  constructor(message: string, facts: ErrorFacts & { timeoutMs: number }) {
    super("HW_DEADLINE", message, facts);
    this.timeoutMs = facts.timeoutMs;
  }

  static {
    named(this, "DeadlineError");
  }
}

/** A limit was reached; `limit` names the option, `allowed` its value. */
export class LimitError extends HearthwireError {
  declare readonly code: "HW_LIMIT";
  readonly limit: string;
  readonly allowed: number;

  constructor(message: string, facts: ErrorFacts & { limit: string; allowed: number }) {
    super("HW_LIMIT", message, facts);
    this.limit = facts.limit;
    this.allowed = facts.allowed;
  }

  static {
    named(this, "LimitError");
  }
}

/** A name that nothing is registered under, that somebody else has, or that could not be kept. */
export class NamingError extends HearthwireError {
  declare readonly code: "HW_NAME_UNKNOWN" | "HW_NAME_TAKEN" | "HW_STORAGE_FAILED";

  constructor(code: NamingError["code"], message: string, facts?: ErrorFacts) {
    super(code, message, facts);
  }

  static {
    named(this, "NamingError");
  }
}

/** One validation issue of an argument, as Standard Schema gives it. */
export interface ArgumentIssue {
  readonly message: string;
  readonly path?: readonly PropertyKey[];
}

/** A call that could not start: nothing of the called object ran. */
export class CallError extends HearthwireError {
  declare readonly code:
    | "HW_NO_SUCH_OBJECT"
    | "HW_NO_SUCH_MEMBER"
    | "HW_ARGUMENTS_INVALID"
    | "HW_RELEASED"
    | "HW_REFERENCE_GONE"
    | "HW_NOT_REMOTE"
    | "HW_BAD_PAYLOAD"
    | "HW_CANCELLED";
  declare readonly issues?: readonly ArgumentIssue[];

  constructor(
    code: CallError["code"],
    message: string,
    facts: ErrorFacts & { issues?: readonly ArgumentIssue[] | undefined } = {},
  ) {
    super(code, message, facts);
    if (facts.issues !== undefined) this.issues = facts.issues;
  }

  static {
    named(this, "CallError");
  }
}

/** A value can't cross the wire; `path` says where it stands, such as `args[0].user.socket`. */
export class CannotSendError extends HearthwireError {
  declare readonly code: "HW_CANNOT_SEND";
  readonly path: string;

  constructor(message: string, facts: ErrorFacts & { path: string }) {
    super("HW_CANNOT_SEND", message, { delivery: "not-sent", ...facts });
    this.path = facts.path;
  }

  static {
    named(this, "CannotSendError");
  }
}

/** A call of a batch failed, with `cause`; those after it did not run. */
export class BatchError extends HearthwireError {
  declare readonly code: "HW_BATCH_STOPPED";
  /** Which call it was, counted from 0. */
  readonly index: number;
  /** The results of the calls before it. */
  readonly completed: readonly unknown[];

  constructor(message: string, facts: ErrorFacts & { index: number; completed: readonly unknown[] }) {
    super("HW_BATCH_STOPPED", message, facts);
    this.index = facts.index;
    this.completed = facts.completed;
  }

  static {
    named(this, "BatchError");
  }
}

/** `callContext()` was read where no call runs. */
export class NoCallContextError extends HearthwireError {
  declare readonly code: "HW_NO_CALL_CONTEXT";

  constructor(message: string) {
    super("HW_NO_CALL_CONTEXT", message);
  }

  static {
    named(this, "NoCallContextError");
  }
}

/** What the other side's code threw: its name, message, code, cause and fields. */
export class RemoteError extends HearthwireError {
  declare readonly delivery: "ran";
  readonly details: Readonly<Record<string, unknown>>;
  /** Of an `AggregateError`, such as `Promise.any` rejects with: at most 32. */
  declare readonly errors?: readonly unknown[];
  declare readonly remoteStack?: string;

  constructor(
    message: string,
    facts: ErrorFacts & {
      name: string;
      code?: string | undefined;
      details?: Readonly<Record<string, unknown>> | undefined;
      errors?: readonly unknown[] | undefined;
      remoteStack?: string | undefined;
    },
  ) {
    super(facts.code ?? "", message, { ...facts, delivery: "ran" });
    this.details = facts.details ?? {};
    if (facts.errors !== undefined) this.errors = facts.errors;
    if (facts.remoteStack !== undefined) this.remoteStack = facts.remoteStack;
    Object.defineProperty(this, "name", { value: facts.name, configurable: true, writable: true });
  }

  static {
    named(this, "RemoteError");
  }
}

/** A name on the prototype: it survives minifiers, and no instance carries it as a field. */
function named(constructor: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(constructor.prototype, "name", { value: name, configurable: true, writable: true });
}
