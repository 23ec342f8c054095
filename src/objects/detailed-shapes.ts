import type { DetailedMember, MemberDetails, ParameterLeaf } from "../wire/message.js";
import { type ExposureTable, type Member, shapesOf } from "./member.js";

/** The schemas of one table that are told, in characters together; beyond that none of them is. */
const MAX_SCHEMAS_LENGTH = 262_144;

const known = new WeakMap<ExposureTable, readonly DetailedMember[]>();

/** A table as `look` with details answers it: sorted by name, made once. */
export function detailedShapesOf(table: ExposureTable): readonly DetailedMember[] {
  let members = known.get(table);
  if (members === undefined) known.set(table, (members = describeTable(table)));
  return members;
}

function describeTable(table: ExposureTable): readonly DetailedMember[] {
  let schemasLength = 0;
  for (const { parameters } of table.values()) {
    for (const [, schema] of parameters?.() ?? []) if (typeof schema === "string") schemasLength += schema.length;
  }
  const isTooLarge = schemasLength > MAX_SCHEMAS_LENGTH;
  return shapesOf(table).map(([name, kind]) => {
    const details = detailsOf(table.get(name), isTooLarge);
    return details === undefined ? [name, kind] : [name, kind, details];
  });
}

function detailsOf(member: Member | undefined, isTooLarge: boolean): MemberDetails | undefined {
  const input = member?.parameters?.().map((leaf) => (isTooLarge ? withoutSchema(leaf) : leaf));
  if (member?.isIdempotent !== true && input === undefined) return undefined;
  return {
    ...(member?.isIdempotent === true ? { idempotent: 1 } : {}),
    ...(input === undefined ? {} : { input }),
  };
}

function withoutSchema([vendor, schema]: ParameterLeaf): ParameterLeaf {
  return schema === undefined ? [vendor] : [vendor, 1];
}
