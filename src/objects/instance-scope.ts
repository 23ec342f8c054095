import { ConfigError } from "../errors/hearthwire-error.js";
import { after, isPromiseLike } from "../wire/after.js";
import type { CallContext } from "./call-context.js";
import { disposeAll } from "./disposal.js";
import type { InstancesOfClass } from "./instances-of.js";
import type { UnobservedListener } from "./unobserved-listener.js";

/** The instances of one lifetime: a daemon's, a principal's or a session's. */
export class InstanceScope {
  /** Made on first use: one stands in each session. */
  #holders: Map<InstancesOfClass<object>, Holder> | undefined;

  /**
   * The instance of this scope, made when there is none yet. Calls that come while it is being made wait for the same
   * one; one that failed is made again by the next call.
   */
  get(instances: InstancesOfClass<object>, context: CallContext): object | Promise<object> {
    const known = this.#holders?.get(instances)?.instance;
    if (known !== undefined) return known;
    const made = makeInstance(instances, context);
    const holder: Holder = { instance: made, object: context.object };
    const holders = (this.#holders ??= new Map<InstancesOfClass<object>, Holder>());
    holders.set(instances, holder);
    if (!isPromiseLike(made)) return made;
    return (holder.instance = made.then(
      (instance) => (holder.instance = instance),
      (error: unknown) => {
        holders.delete(instances);
        throw error;
      },
    ));
  }

  /** Disposes all instances, the last one made first, those still being made too. Never rejects. */
  async dispose(unobserved: UnobservedListener): Promise<void> {
    const holders = [...(this.#holders?.values() ?? [])].reverse();
    this.#holders = undefined;
    for (const { instance, object } of holders) {
      // Its call has told who asked for it that it could not be made.
      const made = await Promise.resolve(instance).catch(() => undefined);
      if (made !== undefined) await disposeAll([made], (error) => unobserved(error, { object, member: "" }));
    }
  }
}

interface Holder {
  instance: object | Promise<object>;
  /** Id of the object, for errors of its disposal. */
  readonly object: string;
}

/** Runs the program's creator. */
export function makeInstance(instances: InstancesOfClass<object>, context: CallContext): object | Promise<object> {
  return after(instances.create(context), (instance) => {
    if (instance instanceof instances.Class) return instance;
    throw new ConfigError(
      "HW_CANNOT_EXPOSE",
      `"create" of instancesOf(${instances.Class.name}) must return an instance of ${instances.Class.name}`,
    );
  });
}
