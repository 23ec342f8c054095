import type { ParameterLeaf } from "../wire/message.js";
import type { StandardSchema } from "./standard-schema.js";

/** The longest schema that is kept, in characters; a table's schemas have a bound of their own. */
const MAX_SCHEMA_LENGTH = 65_536;
const MAX_VENDOR_LENGTH = 64;

/**
 * What `describe` tells of a member's schemas: the vendor, and JSON Schema where the library offers it (Standard JSON
 * Schema, standardschema.dev/json-schema). Nothing is converted until it is asked for, and then once.
 * @returns undefined for a member without schemas; the function never throws, whatever the library does
 */
export function describeParameters(
  input: readonly StandardSchema<unknown>[] | undefined,
): (() => readonly ParameterLeaf[]) | undefined {
  if (input === undefined) return undefined;
  let parameters: readonly ParameterLeaf[] | undefined;
  return () => (parameters ??= input.map(describeParameter));
}

/** The part of Standard JSON Schema, version 1, that is used here. */
interface JsonSchemaSource {
  readonly jsonSchema?: { readonly input?: (options: { readonly target: string }) => unknown };
}

function describeParameter(schema: StandardSchema<unknown>): ParameterLeaf {
  try {
    const standard = schema["~standard"];
    const vendor = String(standard.vendor).slice(0, MAX_VENDOR_LENGTH);
    const text = jsonSchemaText(standard as JsonSchemaSource);
    if (text === undefined) return [vendor];
    return [vendor, text.length > MAX_SCHEMA_LENGTH ? 1 : text];
  } catch {
    return [""];
  }
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
