import type { MemberDetails, ParameterLeaf, ToldMember } from "../wire/message.js";
import { parseJson } from "../wire/parse-json.js";

/** What a peer may use of a remote object. */
export interface ObjectDescription {
  /** The object's id; `""` for what is held by reference only. */
  readonly object: string;
  /** Sorted by name. A function has one member, whose name is `""`. */
  readonly members: readonly MemberDescription[];
}

/** One member of a remote object. */
export interface MemberDescription {
  readonly name: string;
  readonly kind: "method" | "stream" | "accessor";
  /** An accessor that `assign` may write. */
  readonly isWritable: boolean;
  /** A method that is never answered. */
  readonly isOneway: boolean;
  /** Declared so: it may be called again when it is unknown whether it ran. Every accessor may be read again. */
  readonly isIdempotent: boolean;
  /** One for each parameter; absent when nothing checks the arguments. */
  readonly input?: readonly ParameterDescription[];
}

/** What checks a parameter. */
export interface ParameterDescription {
  /** The library of the schema, such as `zod`; `""` when it does not say. */
  readonly vendor: string;
  /** JSON Schema (draft 2020-12) of what may be sent, where the library has one (standardschema.dev/json-schema). */
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
  /** There is a JSON Schema, but it is, or the object's are, too large to tell. */
  readonly isTooLarge: boolean;
}

/** A member as programs see it. @throws SyntaxError when a schema is no JSON */
export function describeMember([name, kind, more]: ToldMember): MemberDescription {
  const details: MemberDetails | undefined = more === 1 ? { idempotent: more } : more;
  return {
    name,
    kind: kind === "oneway" ? "method" : kind === "get" || kind === "get set" ? "accessor" : kind,
    isWritable: kind === "get set",
    isOneway: kind === "oneway",
    isIdempotent: details?.idempotent === 1,
    ...(details?.input === undefined ? {} : { input: details.input.map(describeParameter) }),
  };
}

function describeParameter([vendor, schema]: ParameterLeaf): ParameterDescription {
  if (typeof schema !== "string") return { vendor, isTooLarge: schema === 1 };
  return { vendor, jsonSchema: parseJson(schema) as Readonly<Record<string, unknown>>, isTooLarge: false };
}
