import { DESCRIPTION_BOUNDS } from "../wire/description-bounds.js";
import { isJsonDeeper } from "../wire/json-depth.js";
import type { MemberDetails, ParameterLeaf } from "../wire/message.js";
import type { Declaration, ExposureTable, Member } from "./member.js";
import type { StandardSchema } from "./standard-schema.js";

const { vendorLength, schemaLength, schemasLength, schemaDepth } = DESCRIPTION_BOUNDS;

/** A function of `Member.details` with the schemas that it tells, by which those of a table are added up. */
interface Details {
  (table: ExposureTable): MemberDetails | undefined;
  readonly parameters: () => readonly ParameterLeaf[];
}

/** Whether the schemas of a table are too large together. */
const oversized = new WeakMap<ExposureTable, boolean>();

/**
 * What `describe` tells of a declared member: of each parameter the library that checks it, and JSON Schema where that
 * library offers it (Standard JSON Schema, standardschema.dev/json-schema). Nothing is converted until it is asked for,
 * and then once; nothing is thrown, whatever the library does.
 */
export function memberDetails({ isIdempotent, input }: Declaration): Member["details"] {
  if (!isIdempotent && input === undefined) return undefined;
  let known: readonly ParameterLeaf[] | undefined;
  const parameters = (): readonly ParameterLeaf[] => (known ??= (input ?? []).map(describeParameter));
  const details = (table: ExposureTable): MemberDetails => ({
    ...(isIdempotent ? { idempotent: 1 } : {}),
    ...(input === undefined ? {} : { input: isOversized(table) ? parameters().map(withoutSchema) : parameters() }),
  });
  return Object.assign(details, { parameters }) satisfies Details;
}

function isOversized(table: ExposureTable): boolean {
  let isOver = oversized.get(table);
  if (isOver === undefined) oversized.set(table, (isOver = lengthOfSchemas(table) > schemasLength));
  return isOver;
}

function lengthOfSchemas(table: ExposureTable): number {
  let length = 0;
  for (const { details } of table.values()) {
    for (const [, schema] of (details as Details | undefined)?.parameters() ?? []) {
      if (typeof schema === "string") length += schema.length;
    }
  }
  return length;
}

function withoutSchema([vendor, schema]: ParameterLeaf): ParameterLeaf {
  return schema === undefined ? [vendor] : [vendor, 1];
}

/** The part of Standard JSON Schema, version 1, that is used here. */
interface JsonSchemaSource {
  readonly jsonSchema?: { readonly input?: (options: { readonly target: string }) => unknown };
}

function describeParameter(schema: StandardSchema<unknown>): ParameterLeaf {
  try {
    const standard = schema["~standard"];
    const vendor = String(standard.vendor).slice(0, vendorLength);
    const text = jsonSchemaText(standard as JsonSchemaSource);
    if (text === undefined) return [vendor];
    return [vendor, isTooLarge(text) ? 1 : text];
  } catch {
    return [""];
  }
}

function isTooLarge(text: string): boolean {
  return text.length > schemaLength || isJsonDeeper(new TextEncoder().encode(text), schemaDepth);
}

/** Undefined for a library that has no JSON Schema, or none of this schema: many throw for a date or a bigint. */
function jsonSchemaText(standard: JsonSchemaSource): string | undefined {
  try {
    const schema = standard.jsonSchema?.input?.({ target: "draft-2020-12" });
    if (typeof schema !== "object" || schema === null || Array.isArray(schema) || "then" in schema) return undefined;
    return JSON.stringify(schema);
  } catch {
    return undefined;
  }
}
