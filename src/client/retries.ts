import type { Delivery } from "../errors/error-code.js";
import { ConfigError, HearthwireError } from "../errors/hearthwire-error.js";
import { atLeast } from "../errors/of-call.js";
import { furthest } from "../errors/retryable.js";
import type { InterceptedCall, Interceptor } from "../objects/interceptor.js";
import { copyPlain, WALK } from "../session/copy-plain.js";
import { isStreamable } from "../session/stream-source.js";
import { checkByRules, isDelay, isIntegerWithin, isObject, type OptionRule } from "./option-rules.js";
import { DEFAULT_RETRY_BUDGET, RetryBudget, type RetryBudgetOptions } from "./retry-budget.js";
import { standInOf } from "./stand-in.js";

/** How calls are tried again. */
export interface RetryOptions {
  /** How often a call is made at most, the first time counted, 1..100. @default 3 */
  readonly attempts?: number | undefined;
  /** The first retry comes after at most this, in ms; each further one after at most twice as much. @default 100 */
  readonly minDelayMs?: number | undefined;
  /** No retry waits longer, in ms. @default 5_000 */
  readonly maxDelayMs?: number | undefined;
  /** Shared by all calls that pass this interceptor. @default { ratio: 0.1, perSecond: 0.1, burst: 10 } */
  readonly budget?: RetryBudgetOptions | undefined;
}

const DEFAULTS = Object.freeze({ attempts: 3, minDelayMs: 100, maxDelayMs: 5_000, budget: DEFAULT_RETRY_BUDGET });

const RULES: Readonly<Record<keyof RetryOptions, OptionRule>> = {
  attempts: integerWithin({ least: 1, most: 100 }),
  minDelayMs: isDelay,
  maxDelayMs: isDelay,
  budget: (value) => (isObject(value) ? undefined : "an object of ratio, perSecond and burst"),
};

const BUDGET_RULES: Readonly<Record<keyof RetryBudgetOptions, OptionRule>> = {
  ratio: numberWithin({ least: 0, most: 1 }),
  perSecond: numberWithin({ least: 0, most: 1_000 }),
  burst: numberWithin({ least: 1, most: 1_000_000 }),
};

/**
 * Makes an interceptor for `interceptors` of a client that makes a call again when its error is `retryable`: it never ran,
 * or nobody knows and its member is idempotent, or a limit was reached that passes by. Pauses grow, each a random part of
 * its bound (full jitter), and neither they nor the next try go past the call's deadline or its signal: the call rejects
 * with its last error then. What was thrown by the called code, and calls that take a stream, which can be read but once,
 * are never tried again; nor is anything while the budget, which all calls through it share, is used up. Calls that come
 * in pass it untouched.
 *
 * @throws ConfigError `HW_OPTION_INVALID`
 * @example
 * const interceptors = [retries({ attempts: 5 })];
 * using shop = await connect<Shop>("ws://127.0.0.1:7766/shop", { interceptors });
 */
export function retries(options: RetryOptions = {}): Interceptor {
  const policy = policyOf(options);
  return (call, next) => (call.side === "server" ? next(call) : policy.pass(call, next));
}

function policyOf(options: RetryOptions): RetryPolicy {
  checkByRules(options, RULES);
  if (options.budget !== undefined) checkByRules(options.budget, BUDGET_RULES);
  const {
    attempts = DEFAULTS.attempts,
    minDelayMs = DEFAULTS.minDelayMs,
    maxDelayMs = Math.max(minDelayMs, DEFAULTS.maxDelayMs),
    budget = DEFAULTS.budget,
  } = options;
  if (maxDelayMs < minDelayMs) {
    const message = `"maxDelayMs" must be at least "minDelayMs", ${minDelayMs}, got ${maxDelayMs}`;
    throw new ConfigError("HW_OPTION_INVALID", message);
  }
  return new RetryPolicy({ attempts, minDelayMs, maxDelayMs, budget });
}

class RetryPolicy {
  readonly #attempts: number;
  readonly #minDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #budget: RetryBudget;
  /** What calls ended with: a call made on the result of one of them fails with the very same, and would again. */
  readonly #final = new WeakSet<HearthwireError>();

  constructor({
    attempts,
    minDelayMs,
    maxDelayMs,
    budget,
  }: { readonly [Name in keyof RetryOptions]-?: NonNullable<RetryOptions[Name]> }) {
    this.#attempts = attempts;
    this.#minDelayMs = minDelayMs;
    this.#maxDelayMs = maxDelayMs;
    this.#budget = new RetryBudget(budget);
  }

  async pass(call: InterceptedCall, next: Parameters<Interceptor>[1]): Promise<unknown> {
    this.#budget.called();
    let delivery: Delivery = "not-sent";
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(call);
      } catch (error) {
        if (!(error instanceof HearthwireError)) throw error;
        delivery = furthest(delivery, error.delivery ?? "not-sent");
        if (await this.#waitsFor(call, { error, attempt })) continue;
        const last = atLeast(error, delivery);
        this.#final.add(last);
        throw last;
      }
    }
  }

  /** Whether a call may be made again; if so, once its pause is over. */
  async #waitsFor(
    call: InterceptedCall,
    { error, attempt }: { readonly error: HearthwireError; readonly attempt: number },
  ): Promise<boolean> {
    if (!error.retryable || attempt >= this.#attempts || this.#final.has(error) || takesStream(call.args)) return false;
    const { clock, deadlineAtMs, signal } = call;
    const nowMs = clock.now();
    const boundMs = Math.min(this.#maxDelayMs, this.#minDelayMs * 2 ** (attempt - 1));
    const delayMs = Math.random() * boundMs;
    if (signal.aborted || nowMs + delayMs >= deadlineAtMs || !this.#budget.take(nowMs)) return false;
    return pause(call, delayMs);
  }
}

/** @returns false at once when the call is over before */
function pause({ clock, signal }: InterceptedCall, delayMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const ended = (isOver: boolean): void => {
      timer.cancel();
      signal.removeEventListener("abort", aborted);
      resolve(isOver);
    };
    const aborted = (): void => ended(false);
    const timer = clock.after(delayMs, () => ended(true));
    signal.addEventListener("abort", aborted);
  });
}

/** Whether something among the arguments can be read or written but once. */
function takesStream(args: readonly unknown[]): boolean {
  let isFound = false;
  copyPlain(args, (value) => {
    if (standInOf(value) !== undefined) return value;
    const isStream = isStreamable(value) || (typeof WritableStream === "function" && value instanceof WritableStream);
    isFound ||= isStream;
    return isStream ? value : WALK;
  });
  return isFound;
}

function integerWithin(bounds: { readonly least: number; readonly most: number }): OptionRule {
  return (value) => (isIntegerWithin(value, bounds) ? undefined : `an integer ${bounds.least}..${bounds.most}`);
}

function numberWithin({ least, most }: { readonly least: number; readonly most: number }): OptionRule {
  return (value) =>
    typeof value === "number" && value >= least && value <= most ? undefined : `a number ${least}..${most}`;
}
