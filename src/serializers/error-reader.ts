import { isError, reviveError } from "../errors/error-record.js";
import { markReceived } from "../errors/reject-where-awaited.js";
import { checkError } from "../wire/error-shape.js";
import type { ErrorObjectRecord, ErrorRecord } from "../wire/message.js";
import { isJsonObject, OWN_LEAVES } from "./annotation.js";
import { PayloadError, type Payload, type RemoteFacts } from "./payload.js";

/** The gate, as far as error records need it. */
export interface ErrorSource {
  /** The frame has no nodes left: whatever comes is refused. */
  readonly isSpent: boolean;
  /** Whether a type is registered here under a tag. */
  knows(tag: string): boolean;
  /** Counts a record, which is a container at this depth. @throws PayloadError */
  enterRecord(depth: number): void;
  /** @throws PayloadError */
  payload(payload: Payload, depth: number): unknown;
}

/**
 * Revives an error that stands in a value.
 * @param depth containers around the record.
 * @throws PayloadError also when its `data` is refused: it is part of the value.
 */
export function errorFromLeaf(source: ErrorSource, json: unknown, depth: number): unknown {
  try {
    checkError(json, "an error in a payload");
  } catch (error) {
    throw new PayloadError((error as Error).message);
  }
  return readRecord(source, json as ErrorRecord, { depth, isLenient: false, facts: {} });
}

/**
 * Revives the error of a failed call, whose shape was checked. Never throws: what the gate refuses is dropped, and once
 * the frame's nodes have run out, all errors in it that are left.
 */
export function errorFromRecord(source: ErrorSource, record: ErrorRecord, facts: RemoteFacts): unknown {
  return readRecord(source, record, { depth: 0, isLenient: true, facts });
}

interface Reading {
  /** Containers around the record. */
  readonly depth: number;
  readonly isLenient: boolean;
  readonly facts: RemoteFacts;
}

function readRecord(source: ErrorSource, record: ErrorRecord, reading: Reading): unknown {
  if ("thrown" in record) return readThrown(source, record.thrown, reading);
  const inner: Reading = { depth: reading.depth + 1, isLenient: reading.isLenient, facts: {} };
  const tag = record.wire === 1 ? undefined : tagOf(record.data);
  if (tag !== undefined) {
    const registered = readRegistered(source, record, { ...reading, isKnown: source.knows(tag) });
    if (registered !== undefined)
      return withCause(registered, record.cause, (cause) => readRecord(source, cause, inner));
  }
  const fields = tag === undefined ? readFields(source, record.data, reading) : {};
  const { name, message, code, stack, cause, errors } = record;
  return reviveError({
    name,
    message,
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && !isOver(source, reading) && { cause: readRecord(source, cause, inner) }),
    ...(errors !== undefined && { errors: readRecords(source, errors, inner) }),
    fields,
    isRefusal: record.wire === 1,
    facts: reading.facts,
  });
}

/** The tag of the registered type that an error's data is a value of, as it stands there. */
function tagOf(data: Payload | undefined): string | undefined {
  if (!isJsonObject(data) || !isJsonObject(data["meta"])) return undefined;
  const { values } = data["meta"];
  const [type] = Array.isArray(values) ? (values as readonly unknown[]) : [];
  if (!Array.isArray(type) || type[0] !== "custom" || typeof type[1] !== "string") return undefined;
  return OWN_LEAVES.has(type[1]) ? undefined : type[1];
}

/** An error that is an instance of a registered class; undefined when it is to be read as any other. */
function readRegistered(
  source: ErrorSource,
  { data }: ErrorObjectRecord,
  { depth, isLenient, isKnown }: Reading & { readonly isKnown: boolean },
): Error | undefined {
  try {
    source.enterRecord(depth);
    if (!isKnown) return undefined;
    const error = source.payload(data, depth + 1);
    if (!isError(error)) throw new PayloadError("the data of an error is an object of fields, or the error itself");
    markReceived(error);
    return error;
  } catch (error) {
    if (isLenient) return undefined;
    throw error;
  }
}

/** What a registered type does not say of its cause, the record does. */
function withCause(error: Error, cause: ErrorRecord | undefined, read: (cause: ErrorRecord) => unknown): Error {
  if (cause === undefined || error.cause !== undefined) return error;
  Reflect.defineProperty(error, "cause", { value: read(cause), configurable: true, writable: true });
  return error;
}

function readRecords(source: ErrorSource, records: readonly ErrorRecord[], reading: Reading): readonly unknown[] {
  const errors: unknown[] = [];
  for (const record of records) {
    if (isOver(source, reading)) break;
    errors.push(readRecord(source, record, reading));
  }
  return errors;
}

/** Making an error takes a stack: records that nobody counts would be a cheap way to keep this side busy. */
function isOver(source: ErrorSource, reading: Reading): boolean {
  return reading.isLenient && source.isSpent;
}

function readFields(
  source: ErrorSource,
  data: Payload | undefined,
  reading: Reading,
): Readonly<Record<string, unknown>> {
  try {
    source.enterRecord(reading.depth);
    if (data === undefined) return {};
    if (!isObjectOfFields(data)) throw new PayloadError("the data of an error is an object of fields");
    return source.payload(data, reading.depth + 1) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (reading.isLenient) return {};
    throw error;
  }
}

/** Whether a payload is an object that annotations leave one. */
function isObjectOfFields(data: Payload): boolean {
  if (!isJsonObject(data) || !isJsonObject(data["json"])) return false;
  return !isJsonObject(data["meta"]) || !Array.isArray(data["meta"]["values"]);
}

function readThrown(source: ErrorSource, thrown: Payload, reading: Reading): unknown {
  try {
    source.enterRecord(reading.depth);
    return source.payload(thrown, reading.depth + 1);
  } catch (error) {
    if (!reading.isLenient) throw error;
    const message = `the peer threw a value that is refused here: ${(error as Error).message}`;
    return reviveError({ name: "Error", message, fields: {}, isRefusal: false, facts: reading.facts });
  }
}
