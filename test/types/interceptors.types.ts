// Compiled by `npm run check`, never run: each statement holds at compile time, each `@ts-expect-error` must be one.
import { connect, type InterceptedCall, type Interceptor, retries } from "hearthwire";
import { serve } from "hearthwire/node";
import { linkedPeers } from "hearthwire/testing";

// ------------------------------------------------------------------ sync, async, promise or not
const passing: Interceptor = (call, next) => next(call);
const asynchronous: Interceptor = async (call, next) => await next(call);
const answering: Interceptor = () => 7;
const refusing: Interceptor = () => {
  throw new TypeError("not you");
};
const changing: Interceptor = (call, next) =>
  next({ ...call, args: [...call.args, 1], annotations: { ...call.annotations, token: "t" } });

// A result is unknown until it was looked at.
const wrapping: Interceptor = async (call, next) => {
  const result = await next(call);
  // @ts-expect-error unknown
  void result.length;
  return result;
};

const interceptors = [passing, asynchronous, answering, refusing, changing, wrapping];
void connect("ws://127.0.0.1:7766/desk", { interceptors });
void serve({}, { interceptors });
void linkedPeers({}, { client: { interceptors }, daemon: { interceptors } });

// ------------------------------------------------------------------ what must not compile
// @ts-expect-error a list
void connect("ws://127.0.0.1:7766/desk", { interceptors: passing });
// @ts-expect-error of functions
void serve({}, { interceptors: ["log"] });

const assigning: Interceptor = (call, next) => {
  // @ts-expect-error read only: give a copy
  call.args = [];
  // @ts-expect-error read only, each of them
  call.args[0] = 1;
  // @ts-expect-error read only
  call.member = "other";
  return next(call);
};
const careless: Interceptor = (call, next) => {
  // @ts-expect-error next needs the call
  void next();
  // @ts-expect-error the whole of it
  return next({ args: call.args });
};
// @ts-expect-error annotations are texts
const numbers: Interceptor = (call, next) => next({ ...call, annotations: { count: 1 } });
const tracing: Interceptor = (call, next) => next({ ...call, traceparent: `00-${call.peer ?? ""}` });
// @ts-expect-error a text
const numbered: Interceptor = (call, next) => next({ ...call, traceparent: 1 });
declare const call: InterceptedCall;
const side: "client" | "server" = call.side;
// @ts-expect-error "look" is not seen
const isLook = call.kind === "look";
void [assigning, careless, numbers, tracing, numbered, side, isLook];
const policies: readonly Interceptor[] = [
  retries(),
  retries({ attempts: 5, minDelayMs: 0, budget: { ratio: 0.2, burst: undefined } }),
  // @ts-expect-error misspelt
  retries({ attempt: 5 }),
  // @ts-expect-error a budget has parts
  retries({ budget: 0.1 }),
];
const isLate: boolean = call.isIdempotent && call.clock.now() > call.deadlineAtMs;
void [policies, isLate];
