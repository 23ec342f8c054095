import { MAX_PAYLOAD_DEPTH } from "../wire/constants.js";
import { isJsonObject, splitPath } from "./annotation.js";
import type { Payload } from "./payload.js";

const NONE: readonly number[] = Object.freeze([]);
/** Each container of a payload makes up to two visits: an error's record and the payload in it. */
const MAX_VISIT_DEPTH = 2 * MAX_PAYLOAD_DEPTH;

/**
 * Finds the leaves `[2, id]` of a payload that no gate has seen yet. Never throws, and takes no more steps than the
 * payload has characters: what it misses in a wrong payload, the gate refuses.
 */
export function dependenciesOf(payload: Payload): readonly number[] {
  if (!isJsonObject(payload) || payload["meta"] === undefined) return NONE;
  const found: number[] = [];
  visitPayload(payload, { found, records: new Set(), depth: 0 });
  return found.length === 0 ? NONE : found;
}

interface Visit {
  readonly found: number[];
  /** Error records that were visited. The gate refuses a place that is annotated twice, so none is visited again. */
  readonly records: Set<unknown>;
  /** Annotations and error records around this place. */
  readonly depth: number;
}

/** The visit of a place inside, unless it is too deep. */
function deeper(visit: Visit): Visit | undefined {
  return visit.depth > MAX_VISIT_DEPTH ? undefined : { ...visit, depth: visit.depth + 1 };
}

function visitPayload(payload: unknown, visit: Visit): void {
  if (!isJsonObject(payload) || !isJsonObject(payload["meta"])) return;
  visitPlace(visit, { json: payload["json"], annotations: payload["meta"]["values"] });
}

function visitPlace(visit: Visit, { json, annotations }: { json: unknown; annotations: unknown }): void {
  const inner = deeper(visit);
  if (inner === undefined) return;
  let paths = annotations;
  if (Array.isArray(annotations)) {
    const type: unknown = annotations[0];
    const name: unknown = Array.isArray(type) ? type[1] : undefined;
    if (name === "ref" && Array.isArray(json) && json[0] === 2 && typeof json[1] === "number")
      visit.found.push(json[1]);
    if (name === "error") visitRecord(json, inner);
    paths = annotations[1];
  }
  if (!isJsonObject(paths)) return;
  for (const path of Object.keys(paths)) {
    const annotations = paths[path];
    if (mayLead(annotations)) visitPlace(inner, { json: valueAt(json, path), annotations });
  }
}

/** Whether a leaf can stand there or further in: most annotations are one of superjson's own types and nothing else. */
function mayLead(annotations: unknown): boolean {
  return !Array.isArray(annotations) || annotations.length > 1 || Array.isArray(annotations[0]);
}

function visitRecord(record: unknown, visit: Visit): void {
  const inner = deeper(visit);
  if (inner === undefined || !isJsonObject(record) || visit.records.has(record)) return;
  visit.records.add(record);
  visitPayload(record["thrown"], inner);
  visitPayload(record["data"], inner);
  visitRecord(record["cause"], inner);
  if (Array.isArray(record["errors"])) for (const error of record["errors"]) visitRecord(error, inner);
}

function valueAt(json: unknown, path: string): unknown {
  let value = json;
  for (const segment of splitPath(path) ?? []) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[segment];
  }
  return value;
}
