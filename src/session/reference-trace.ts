import type { Message } from "../wire/message.js";
import type { CallHandler, InboundCall } from "./call-handler.js";
import type { CallTarget, OutboundCall } from "./outbound-call.js";

/** Frames of a stack that are looked at; the first dozen are this package's own. */
const MAX_FRAMES = 50;

/**
 * Remembers where references come from, for whoever looks for one that nobody releases. Stacks cost time and memory with
 * each call, so it exists only while a program is being developed.
 */
export class ReferenceTrace {
  /** What a payload is part of, by the value that it is made of. */
  readonly #places = new WeakMap<object, string>();
  readonly #origins = new WeakMap<object, string>();
  /** Of the payload that is being written or revived. */
  #place: string | undefined;

  /** The program makes a call. */
  calling(call: OutboundCall): void {
    const stack = noteCaller(call);
    const name = nameOf(call.target, call.member);
    this.#places.set(call.args, `args of ${name}${stack}`);
    const [value] = call.args;
    if (call.kind === "set" && isObject(value)) this.#places.set(value, `value of ${name}${stack}`);
  }

  /** The handler, whose results are remembered as such. */
  watched(handler: CallHandler): CallHandler {
    return {
      run: (call) => {
        const result = handler.run(call);
        if (!(result instanceof Promise)) return this.#returned(call, result);
        return result.then((value: unknown) => this.#returned(call, value));
      },
      members: (target, isDetailed) => handler.members(target, isDetailed),
      isExposed: (value) => handler.isExposed(value),
    };
  }

  /** A payload is about to be written. @param root what it is: `args`, `result` */
  writing(value: unknown, root: string): void {
    this.#place = (isObject(value) ? this.#places.get(value) : undefined) ?? root;
  }

  /** Something in the payload is new to the peer. */
  given(value: object): void {
    this.#origins.set(value, this.#place ?? "");
  }

  /** Where something that was given comes from. */
  originOf(value: object): string | undefined {
    return this.#origins.get(value);
  }

  /** A message is about to be taken. @param callOf finds the call of an answer */
  taking(message: Message, callOf: (id: number) => OutboundCall | undefined): void {
    const [name] = message;
    if (name === "call" || name === "set")
      this.#place = `${name === "call" ? "args" : "value"} of ${arrivedName(message)}`;
    else if (name === "ok" || name === "err") this.#place = this.#answerTo(callOf(message[1]), name);
    else this.#place = name === "item" || name === "end" ? `${name} of stream ${message[1]}` : name;
  }

  /** Where what the message brings comes from. */
  get place(): string | undefined {
    return this.#place;
  }

  #answerTo(call: OutboundCall | undefined, name: "ok" | "err"): string {
    const what = name === "ok" ? "result" : "error";
    if (call === undefined) return what;
    return `${what} of ${nameOf(call.target, call.member)}${callers.get(call) ?? ""}`;
  }

  #returned(call: InboundCall, result: unknown): unknown {
    if (isObject(result)) {
      const object = typeof call.target === "string" ? call.target : undefined;
      this.#places.set(result, `result of ${joined(object, call.member)}`);
    }
    return result;
  }
}

/** Stacks of whoever made a call. */
const callers = new WeakMap<OutboundCall, string>();

/** Takes the stack of the program that makes a call, once: the call may wait for its session. */
export function noteCaller(call: OutboundCall): string {
  let stack = callers.get(call);
  if (stack === undefined) callers.set(call, (stack = programStack()));
  return stack;
}

function nameOf(target: CallTarget, member: string): string {
  return joined(typeof target === "string" ? target : undefined, member);
}

function arrivedName([, , target, member]: Extract<Message, readonly ["call" | "set", ...unknown[]]>): string {
  return joined(typeof target === "string" ? target : undefined, member);
}

function joined(object: string | undefined, member: string): string {
  const name = [object, member].filter((part) => part !== undefined && part !== "").join(".");
  return name === "" ? "a function" : name;
}

/** Where the program is, this package's own frames left out; each line begins a new one. */
function programStack(): string {
  const engine = Error as { stackTraceLimit?: number };
  const limit = engine.stackTraceLimit;
  if (limit !== undefined) engine.stackTraceLimit = MAX_FRAMES;
  const { stack = "" } = new Error("here");
  if (limit !== undefined) engine.stackTraceLimit = limit;
  // Bundled, the package has no folder of its own, and all frames are shown.
  const folder = /(?:\(|@|at )([^\s()@]*)session\/reference-trace\.[jt]s/.exec(stack)?.[1];
  const frames = stack.split("\n").filter((line) => /^\s+at |@/.test(line));
  const own = frames.filter((line) => folder === undefined || folder === "" || !line.includes(folder));
  return own.map((line) => `\n    ${line.trim()}`).join("");
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
