import { isError, readError } from "../errors/error-record.js";
import { ERROR_LIMITS } from "../wire/error-shape.js";
import type { ErrorObjectRecord, ErrorRecord, Payload } from "../wire/message.js";

/** The walk over a value, as far as the records of errors in it need it. */
export interface ErrorScope {
  /** One level deeper, into an error: counts it, and refuses cycles. */
  enter(error: object): void;
  leave(): void;
  /** Names the part of the entered error that comes next, for paths. */
  at(key: string | undefined): void;
  /** Takes a value as a payload of its own, with annotations of its own. */
  payload(value: unknown): Payload;
  /** Undefined, and nothing happened, when something in it can't cross. */
  attempt<T>(part: () => T): T | undefined;
  /** Whether a value can cross; nothing happened. */
  canCross(value: unknown): boolean;
  /** Whether instances of its class travel by value, errors or not. */
  isRegistered(value: object): boolean;
  /** Takes an instance of a registered class as a payload of its own. */
  registered(value: object): Payload;
}

/** How an error is written. */
export interface ErrorWay {
  readonly exposeStacks: boolean;
  /** The record of a failed call: what can't cross is left out. Otherwise, as in any value, it is refused with its path. */
  readonly isLenient: boolean;
  readonly isRefusal: boolean;
}

/**
 * Writes the record of an error, or of any other thrown value; texts are cut to the protocol's lengths. One of a
 * registered class has itself as its `data`, so that whoever knows the class revives it, and others read name and message.
 */
export function errorRecord(scope: ErrorScope, error: unknown, way: ErrorWay, depth = 0): ErrorRecord {
  if (!isError(error)) return { thrown: scope.payload(error) };
  scope.enter(error);
  const { name, message, code, stack, cause, errors = [], fields } = readError(error, { withStack: way.exposeStacks });
  const record: Writable<ErrorObjectRecord> = {
    name: name.slice(0, ERROR_LIMITS.name),
    message: message.slice(0, ERROR_LIMITS.message),
  };
  if (code !== undefined && code.length <= ERROR_LIMITS.code) record.code = code;
  if (way.isRefusal) record.wire = 1;
  if (stack !== undefined) record.stack = stack.slice(0, ERROR_LIMITS.stack);

  const inner = (value: unknown): ErrorRecord | undefined => {
    if (depth === ERROR_LIMITS.depth) return undefined;
    const write = (): ErrorRecord => errorRecord(scope, value, { ...way, isRefusal: false }, depth + 1);
    return way.isLenient ? scope.attempt(write) : write();
  };
  scope.at("cause");
  const innerCause = cause === undefined ? undefined : inner(cause);
  if (innerCause !== undefined) record.cause = innerCause;
  scope.at("errors");
  const innerErrors = errors.slice(0, ERROR_LIMITS.errors).map(inner);
  if (innerErrors.length > 0) record.errors = innerErrors.filter((one) => one !== undefined);

  scope.at(undefined);
  const data = registeredData(scope, error, way) ?? dataOf(scope, fields, way);
  if (data !== undefined) record.data = data;
  scope.leave();
  return record;
}

function registeredData(scope: ErrorScope, error: object, { isLenient }: ErrorWay): Payload | undefined {
  if (!scope.isRegistered(error)) return undefined;
  return isLenient ? scope.attempt(() => scope.registered(error)) : scope.registered(error);
}

function dataOf(scope: ErrorScope, fields: Readonly<Record<string, unknown>>, way: ErrorWay): Payload | undefined {
  const keys = Object.keys(fields);
  if (keys.length === 0) return undefined;
  if (!way.isLenient) return scope.payload(fields);
  const whole = scope.attempt(() => scope.payload(fields));
  if (whole !== undefined) return whole;
  const crossing = keys.filter((key) => scope.canCross({ [key]: fields[key] }));
  if (crossing.length === 0) return undefined;
  return scope.attempt(() => scope.payload(Object.fromEntries(crossing.map((key) => [key, fields[key]]))));
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
