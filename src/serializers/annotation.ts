/** What stands at a path of `meta.values`: superjson's types by name, ours and registered ones as customs. */
export type Annotation = string | readonly ["custom", string];
/** An annotation, and below maps and sets those of what they hold. */
export type AnnotationNode = readonly [Annotation] | readonly [Annotation, AnnotationPaths];
/** Annotations by path; segments are joined by dots, `.` and `\` in them escaped by `\`. */
export interface AnnotationPaths {
  readonly [path: string]: AnnotationNode;
}

/** The customs of our own: what JSON can't say and superjson doesn't know, or loses. */
export const OWN_LEAVES: ReadonlySet<string> = new Set(["bytes", "ref", "stream", "error"]);
export type OwnLeaf = "bytes" | "ref" | "stream" | "error";

/** Keys that no object of a payload may own: they reach prototypes in careless hands. */
export function isForbiddenKey(key: string): boolean {
  return key === "__proto__" || key === "constructor" || key === "prototype";
}

export const FORBIDDEN_KEY_RULE = "no object has a key __proto__, constructor or prototype";

/** Names that languages and tools call by themselves: nothing callable may stand under them. */
export const CALLED_BY_THE_LANGUAGE: ReadonlySet<string> = new Set([
  "then",
  "catch",
  "finally",
  "toJSON",
  "toString",
  "valueOf",
  "inspect",
]);

const ESCAPED = /[.\\]/g;

/** Joins keys to a path of superjson, version 1. Its inverse is `splitPath`. */
export function joinPath(segments: readonly (string | number | undefined)[]): string {
  let path = "";
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index];
    if (index > 0) path += ".";
    path += typeof segment === "string" ? escaped(segment) : segment;
  }
  return path;
}

/** Few keys need it, and looking is four times as fast as replacing nothing. */
function escaped(key: string): string {
  return key.includes(".") || key.includes("\\") ? key.replace(ESCAPED, "\\$&") : key;
}

/** Splits a path of superjson, version 1: `\.` and `\\` are the only escapes. Undefined for any other use of `\`. */
export function splitPath(path: string): readonly string[] | undefined {
  if (!path.includes("\\")) return path.split(".");
  const segments: string[] = [];
  let segment = "";
  for (let at = 0; at < path.length; at++) {
    const character = path[at]!;
    if (character === ".") {
      segments.push(segment);
      segment = "";
    } else if (character === "\\") {
      const escaped = path[++at];
      if (escaped !== "." && escaped !== "\\") return undefined;
      segment += escaped;
    } else {
      segment += character;
    }
  }
  segments.push(segment);
  return segments;
}

/** Whether a value out of `JSON.parse` is an object and no array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
