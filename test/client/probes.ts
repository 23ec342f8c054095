import { inspect, isDeepStrictEqual } from "node:util";
import { expect } from "vitest";

interface Probed {
  readonly [key: string | symbol]: unknown;
}

/** What programs, consoles, frameworks and matchers do to any object they meet. */
export const PROBES: readonly (readonly [title: string, probe: (proxy: Probed) => unknown])[] = [
  ["util.inspect", (proxy) => inspect(proxy)],
  ["util.inspect with showProxy", (proxy) => inspect(proxy, { showProxy: true })],
  ["String", (proxy) => String(proxy)],
  ["a template", (proxy) => `${proxy as unknown as string}`],
  ["JSON.stringify", (proxy) => JSON.stringify({ proxy })],
  ["Object.keys", (proxy) => Object.keys(proxy)],
  ["spreading", (proxy) => ({ ...proxy })],
  [
    "for in",
    (proxy) => {
      for (const key in proxy) throw new Error(key);
    },
  ],
  ["in", (proxy) => ["store", "toJSON", Symbol.iterator].map((key) => key in proxy)],
  ["instanceof", (proxy) => [proxy instanceof Promise, (proxy as unknown) instanceof Error]],
  ["comparing", (proxy) => isDeepStrictEqual(proxy, { a: 1 })],
  ["a matcher", (proxy) => expect(proxy).not.toEqual({ a: 1 })],
  ["a matcher the other way", (proxy) => expect({ a: 1 }).not.toEqual(proxy)],
  ["Array.isArray", (proxy) => Array.isArray(proxy)],
  ["Object.prototype.toString", (proxy) => Object.prototype.toString.call(proxy)],
  ["hasOwn", (proxy) => Object.hasOwn(proxy, "store")],
  ["React's element test", (proxy) => proxy["$$typeof"]],
  ["an asymmetric matcher's test", (proxy) => (proxy["asymmetricMatch"] as (() => void) | undefined)?.()],
  ["a DOM node's test", (proxy) => proxy["nodeType"]],
  ["a promise's test", (proxy) => (proxy["then"] as (() => void) | undefined)?.()],
  ["toJSON", (proxy) => (proxy["toJSON"] as (() => void) | undefined)?.()],
  ["Vue's test", (proxy) => (proxy["__v_isRef"] as (() => void) | undefined)?.()],
  ["constructor", (proxy) => proxy["constructor"]],
  [
    "well-known symbols",
    (proxy) => [Symbol.iterator, Symbol.asyncIterator, Symbol.toStringTag].map((key) => proxy[key]),
  ],
  ["looking at members", (proxy) => [proxy["store"], proxy["quantity"], proxy["unknown"], proxy["name"]]],
  ["looking at a member's members", (proxy) => [(proxy["store"] as Probed)["quantity"]]],
  [
    "structuredClone",
    (proxy) => {
      expect(() => structuredClone(proxy)).toThrow(/could not be cloned/);
    },
  ],
  [
    "freezing",
    (proxy) => {
      expect(() => Object.freeze(proxy)).toThrow(TypeError);
    },
  ],
];
