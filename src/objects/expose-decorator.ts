import { ConfigError } from "../errors/hearthwire-error.js";
import { exposureOf, markFunction } from "./exposure.js";
import { isForbiddenName } from "./forbidden-name.js";

/** The context of a decorated member that is public and not static: a method, getter, setter or accessor. */
export type PublicMember<This, V> = (V extends (this: This, ...args: never[]) => unknown
  ? ClassMethodDecoratorContext<This> | ClassGetterDecoratorContext<This> | ClassSetterDecoratorContext<This>
  : ClassAccessorDecoratorContext<This>) & { readonly private: false; readonly static: false };

/**
 * Marks the decorated exposed method as one-way: sent without an answer, whatever the caller does. It exposes nothing by
 * itself.
 */
export function oneway<This, V extends (this: This, ...args: never[]) => void | Promise<void>>(
  value: V,
  context: ClassMethodDecoratorContext<This> & { readonly private: false; readonly static: false },
): void;
export function oneway(value: unknown, context: unknown): void {
  if (!isDecoratorContext(context) || context.kind !== "method" || typeof value !== "function") {
    throw new ConfigError(
      "HW_CANNOT_EXPOSE",
      '@oneway stands on methods, with standard decorators (not "experimentalDecorators"); without them: ' +
        "expose(Class, { members: { notify: { oneway: true } } })",
    );
  }
  markFunction(value, { isOneway: true });
}

/** Whether a decorator was called the standard way. */
export function isDecoratorContext(context: unknown): context is DecoratorContext {
  return (
    typeof context === "object" &&
    context !== null &&
    "kind" in context &&
    "addInitializer" in context &&
    typeof context.addInitializer === "function"
  );
}

/** The decorator form of `expose`. */
export function exposeDecorated(value: unknown, context: DecoratorContext): void {
  const place = `@expose on ${context.kind} ${JSON.stringify(String(context.name))}`;
  const refuse = (reason: string): never => {
    throw new ConfigError("HW_CANNOT_EXPOSE", `${place}: ${reason}`);
  };
  if (context.kind === "class" || context.kind === "field") {
    return refuse("only methods, getters, setters and accessors can be exposed");
  }
  if (context.private || context.static) return refuse("private and static members can't be exposed");
  const { name } = context;
  if (typeof name !== "string" || isForbiddenName(name)) return refuse("this name can't be exposed, take another one");
  for (const method of functionsOf(value)) markFunction(method, { isExposed: true });
  context.addInitializer(function (this: unknown) {
    if (exposureOf(this as object)?.has(name) === true) return;
    refuse("a decorator above it put another function in its place. Write @expose first");
  });
}

function functionsOf(value: unknown): readonly object[] {
  if (typeof value === "function") return [value];
  const { get, set } = value as ClassAccessorDecoratorTarget<unknown, unknown>;
  return [get, set];
}
