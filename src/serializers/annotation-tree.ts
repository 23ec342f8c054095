import { MAX_ANNOTATION_DEPTH, MAX_PAYLOAD_DEPTH, MAX_PAYLOAD_NODES } from "../wire/constants.js";
import { isJsonObject, OWN_LEAVES, splitPath } from "./annotation.js";
import type { Dialect } from "./dialect.js";
import { PayloadError, type NodeBudget } from "./payload.js";

/**
 * The annotations of a payload in the shape of its JSON: what stands here, and where the paths lead on. Each node stands
 * for one value of the JSON, and counts it: paths that lead nowhere cost what real ones do.
 */
export class AnnotationTree {
  /** superjson's name of a type, or `custom` with `customName`. Undefined where paths only pass. */
  type: string | undefined;
  /** One of our leaves, or the tag of a registered type. */
  customName: string | undefined;
  children: Map<string, AnnotationTree> | undefined;
}

/** superjson's types that are JSON scalars on the wire; typed arrays, errors, classes and symbols are refused. */
const SCALARS: ReadonlySet<unknown> = new Set(["undefined", "number", "bigint", "Date", "URL"]);

/** Counts a JSON value, annotation or record, or several. */
export function spendNode(budget: NodeBudget, count = 1): void {
  if ((budget.nodes -= count) < 0)
    throw new PayloadError(`a frame holds at most ${MAX_PAYLOAD_NODES} values and annotations`);
}

/**
 * Reads `meta.values` by the gate's rules 2 to 5, as far as they don't concern the JSON itself.
 * @throws PayloadError
 */
export function readAnnotations(values: unknown, dialect: Dialect, budget: NodeBudget): AnnotationTree {
  spendNode(budget);
  const root = new AnnotationTree();
  if (Array.isArray(values)) annotate(root, values, { dialect, budget, depth: 1 });
  else readPaths(root, values, { dialect, budget, depth: 1 });
  return root;
}

interface Reading {
  readonly dialect: Dialect;
  readonly budget: NodeBudget;
  /** Of annotations in annotations. */
  readonly depth: number;
}

function annotate(tree: AnnotationTree, node: unknown, reading: Reading): void {
  if (!Array.isArray(node) || node.length < 1 || node.length > 2) {
    throw new PayloadError("an annotation is [type] or [type, children]");
  }
  if (reading.depth > MAX_ANNOTATION_DEPTH) {
    throw new PayloadError(`annotations nest at most ${MAX_ANNOTATION_DEPTH} deep`);
  }
  spendNode(reading.budget);
  // Something annotated has children of its own only, so paths that led through it before are wrong as well.
  if (tree.type !== undefined || tree.children !== undefined) {
    throw new PayloadError("nothing is annotated twice, and no path leads through something annotated");
  }
  readType(tree, node[0], reading.dialect);
  if (node.length === 1) return;
  if (tree.type !== "map" && tree.type !== "set") throw new PayloadError("only a map or set has annotations inside");
  readPaths(tree, node[1], { ...reading, depth: reading.depth + 1 });
}

function readType(tree: AnnotationTree, type: unknown, dialect: Dialect): void {
  if (
    dialect.hasSuperjsonTypes &&
    (SCALARS.has(type) ||
      type === "map" ||
      type === "set" ||
      (type === "regexp" && dialect.allowsRegExp) ||
      (type === "text" && dialect.isUtf8))
  ) {
    tree.type = type as string;
    return;
  }
  if (Array.isArray(type) && type.length === 2 && type[0] === "custom") {
    const name: unknown = type[1];
    if (typeof name === "string" && (OWN_LEAVES.has(name) || dialect.types.tagged(name) !== undefined)) {
      tree.type = "custom";
      tree.customName = name;
      return;
    }
  }
  throw unknownType(type);
}

/** How much of a peer's text is shown. */
const MAX_SHOWN_LENGTH = 64;

function unknownType(type: unknown): PayloadError {
  const tag: unknown = Array.isArray(type) && type.length === 2 && type[0] === "custom" ? type[1] : undefined;
  if (typeof tag !== "string") return new PayloadError("an annotation names a type that this endpoint doesn't take");
  const shown = JSON.stringify(tag.slice(0, MAX_SHOWN_LENGTH));
  return new PayloadError(
    `an annotation names the type ${shown}, which this endpoint doesn't take; register it by valueType in "types" on both ends`,
  );
}

function readPaths(base: AnnotationTree, paths: unknown, reading: Reading): void {
  const keys = isJsonObject(paths) ? Object.keys(paths) : [];
  if (keys.length === 0) throw new PayloadError("annotations stand in an object that is not empty");
  for (const key of keys) {
    const segments = splitPath(key);
    if (segments === undefined || segments.length > MAX_PAYLOAD_DEPTH) {
      throw new PayloadError(`a path has up to ${MAX_PAYLOAD_DEPTH} segments and escapes only . and \\`);
    }
    if (base.type === "map" && segments[1] !== "0" && segments[1] !== "1") {
      throw new PayloadError("a path in a map leads to the key (0) or the value (1) of a pair");
    }
    let tree = base;
    for (const segment of segments) {
      if (tree !== base && tree.type !== undefined) {
        throw new PayloadError("nothing is annotated twice, and no path leads through something annotated");
      }
      tree = childOf(tree, segment, reading.budget);
    }
    annotate(tree, (paths as Readonly<Record<string, unknown>>)[key], reading);
  }
}

function childOf(tree: AnnotationTree, segment: string, budget: NodeBudget): AnnotationTree {
  tree.children ??= new Map();
  let child = tree.children.get(segment);
  if (child === undefined) {
    spendNode(budget);
    tree.children.set(segment, (child = new AnnotationTree()));
  }
  return child;
}
