import { ConfigError } from "../errors/hearthwire-error.js";
import type { CallContext } from "./call-context.js";
import { exposureOfClass } from "./exposure.js";
import type { ExposureTable } from "./member.js";
import type { Constructor } from "./member-name.js";

const MODES = ["single", "session", "principal", "call"] as const;

/**
 * How long an instance lives: `single` as long as the daemon, `session` as long as the session, `principal` as long as
 * one of the principal's sessions, `call` as long as the call and the stream that it returned.
 *
 * A principal is one subject among keys, or one among the tickets of one issuer (`Principal.id`): keys of the same subject
 * share an instance, and so do tickets. A key and a ticket never do, since a ticket's subject may be a name that a user
 * of a web server has chosen.
 */
export type InstanceMode = (typeof MODES)[number];

/** An object id that stands for instances made as needed. */
export interface Instances<out T> {
  readonly mode: InstanceMode;
  readonly create: (context: CallContext) => T | Promise<T>;
}

/**
 * Serves instances of an exposed class, each made by the first call that needs it. When an instance's time is over, its
 * `Symbol.asyncDispose` or `Symbol.dispose` runs.
 * @param options `create` makes an instance, at once or later; by default `new Class()`. When it fails, so does the
 * call, and the next call tries again.
 * @throws ConfigError `HW_CANNOT_EXPOSE` when the class exposes nothing, `HW_OPTION_INVALID` for an unknown mode.
 * @example
 * ```ts
 * serve({ cart: instancesOf(Cart, { mode: "principal", create: ({ principal }) => new Cart(principal.subject) }) });
 * ```
 */
// The form with `create` first: only the first that could fit gives the parameters of `create` their types.
export function instancesOf<T extends object>(
  Class: Constructor<T>,
  options: { mode: InstanceMode; create: (context: CallContext) => T | Promise<T> },
): Instances<T>;
export function instancesOf<T>(Class: new () => T, options: { mode: InstanceMode }): Instances<T>;
export function instancesOf<T extends object>(
  Class: Constructor<T>,
  options: { mode: InstanceMode; create?: (context: CallContext) => T | Promise<T> },
): Instances<T> {
  return new InstancesOfClass(Class, options);
}

/** What `instancesOf` returns; the registry knows it by its class. */
export class InstancesOfClass<out T extends object> implements Instances<T> {
  readonly mode: InstanceMode;
  readonly create: (context: CallContext) => T | Promise<T>;
  readonly Class: Constructor<T>;

  constructor(
    Class: Constructor<T>,
    { mode, create }: { mode: InstanceMode; create?: (context: CallContext) => T | Promise<T> },
  ) {
    if (!MODES.includes(mode)) {
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"mode" of instancesOf(${Class.name}) must be one of ${MODES.join(", ")}, got ${String(mode)}`,
      );
    }
    if (exposureOfClass(Class) === undefined) throw notExposed(Class.name);
    this.Class = Class;
    this.mode = mode;
    this.create = create ?? (() => new (Class as new () => T)());
    Object.freeze(this);
  }

  /** The members of its instances. */
  get table(): ExposureTable {
    return exposureOfClass(this.Class) ?? new Map<string, never>();
  }
}

export function notExposed(className: string): ConfigError {
  const name = className === "" ? "the class" : className;
  return new ConfigError(
    "HW_CANNOT_EXPOSE",
    `${name} exposes no members, so peers could do nothing with it. ` +
      `List them: expose(${className === "" ? "Class" : className}, ["..."]), or for one object ` +
      'register(object, { expose: ["..."] })',
  );
}
