import { oneway as onewayMember } from "../objects/expose-decorator.js";
import { onewayView } from "./proxy-functions.js";
import type { OneWay, RemoteBrand } from "./remote.js";

type MethodContext<This> = ClassMethodDecoratorContext<This> & { readonly private: false; readonly static: false };

/** Marks the decorated exposed method as one-way. */
export function oneway<This, V extends (this: This, ...args: never[]) => void | Promise<void>>(
  value: V,
  context: MethodContext<This>,
): void;
/** A view of a proxy whose calls are sent without an answer; failures here become the event `unobserved`. */
export function oneway<T>(remote: RemoteBrand<T>): OneWay<T>;
export function oneway(subject: unknown, context?: unknown): unknown {
  if (context === undefined) return onewayView(subject as RemoteBrand);
  return onewayMember(subject as () => void, context as MethodContext<unknown>);
}
