import { PayloadError } from "./payload.js";

/** As many as a payload of 100 000 nodes and its annotations can have. */
const MAX_ELEMENTS = 1_000_000;
const MAX_DEPTH = 256;

/**
 * Checks that a tree is one that `JSON.parse` could have given: no class instances, no functions, no cycles. What stands
 * in it twice is counted twice, so that a small tree of shared parts is no large one.
 * @throws PayloadError
 */
export function checkTree(tree: unknown): void {
  check(tree, { depth: 0, left: { elements: MAX_ELEMENTS } });
}

function check(value: unknown, { depth, left }: { depth: number; left: { elements: number } }): void {
  if (--left.elements < 0) throw new PayloadError(`an unpacked payload holds at most ${MAX_ELEMENTS} elements`);
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number") return;
  if (typeof value !== "object") throw new PayloadError(`an unpacked payload is plain JSON, got a ${typeof value}`);
  if (depth >= MAX_DEPTH) throw new PayloadError(`an unpacked payload nests at most ${MAX_DEPTH} deep`);
  const inner = { depth: depth + 1, left };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) check(value[index], inner);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new PayloadError("an unpacked payload is plain JSON, got an instance of a class");
  }
  for (const key of Object.keys(value)) check((value as Readonly<Record<string, unknown>>)[key], inner);
}
