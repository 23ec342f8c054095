import { ConfigError } from "../errors/hearthwire-error.js";
import { checkMember, exposableNames } from "./check-member.js";
import { exposeDecorated, isDecoratorContext, type PublicMember } from "./expose-decorator.js";
import { memberDetails } from "./member-details.js";
import { declareMembers } from "./exposure.js";
import { PLAIN_DECLARATION, type Declaration } from "./member.js";
import type { AnyFunction, Constructor, ExposedClass, MemberName } from "./member-name.js";
import type { StandardSchema } from "./standard-schema.js";

/** Says what one exposed member is. */
export interface MemberOptions<F = AnyFunction> {
  /** Sent without an answer, whatever the caller does. @default false */
  oneway?: boolean | undefined;
  /** May be called again when it is unknown whether it ran. @default false */
  idempotent?: boolean | undefined;
  /** One Standard Schema per parameter, run before the method; more arguments than schemas are refused. */
  input?:
    | (F extends (...args: infer A) => unknown ? { readonly [I in keyof A]: StandardSchema<A[I]> } : never)
    | undefined;
  /** Exposes an accessor's setter as well as its getter. @default false */
  writable?: boolean | undefined;
}

/** Which members a class exposes, and what they are. */
export interface ExposeOptions<T> {
  /** Exposes these. */
  only?: readonly MemberName<T>[] | undefined;
  /** Exposes all public methods and accessors but these, inherited ones too. */
  except?: readonly MemberName<T>[] | undefined;
  /** What single members are. Without `only` and `except` its names are the ones that are exposed. */
  members?:
    | { readonly [K in MemberName<T>]?: K extends keyof T ? MemberOptions<NonNullable<T[K]>> : never }
    | undefined;
}

/**
 * Exposes the decorated public method, getter, setter or accessor (standard decorators; not for `experimentalDecorators`).
 * Stands above other decorators of the same member. A setter is exposed beside its getter only.
 */
export function expose<This, V>(value: V, context: PublicMember<This, V>): void;
/**
 * Lists the members of a class that peers can use, or says by options which they are; its instances then travel by
 * reference. Subclasses inherit what is exposed; what they override is what runs, and they may add names. An accessor's
 * setter stays private unless options call it `writable`. Returns the same class; after a list, its type knows the list.
 * @throws ConfigError `HW_CANNOT_EXPOSE` for a name that the class doesn't have or that can't be exposed.
 * @example
 * ```ts
 * class Warehouse {
 *   store(item: string, count: number) {}
 * }
 * expose(Warehouse, ["store"]);
 * ```
 */
// List and options are one signature: the compiler prints the error of the last one alone, which would name the other.
export function expose<C extends Constructor, const K extends MemberName<InstanceType<C>> = never>(
  Class: C,
  members: readonly K[] | ExposeOptions<InstanceType<C>>,
): [K] extends [never] ? C : ExposedClass<C, K>;
export function expose(target: unknown, members?: unknown): unknown {
  if (isDecoratorContext(members)) return exposeDecorated(target, members);
  if (typeof members === "string" || typeof members === "symbol") {
    throw new ConfigError(
      "HW_CANNOT_EXPOSE",
      `@expose on ${JSON.stringify(String(members))} was called the way of "experimentalDecorators". Turn that compiler ` +
        'option off, or list the members after the class: expose(Warehouse, ["store"])',
    );
  }
  if (!isConstructor(target)) {
    throw new ConfigError("HW_CANNOT_EXPOSE", `"Class" of expose must be a class, got ${typeName(target)}`);
  }
  if (Array.isArray(members)) {
    declareMembers(target, declarations(target, members, {}, "members"));
  } else {
    exposeByOptions(target, members);
  }
  return target;
}

type LooseOptions = { [O in keyof ExposeOptions<unknown>]?: unknown };

function exposeByOptions(Class: Constructor, options: unknown): void {
  const refuse = (reason: string): never => {
    throw new ConfigError("HW_CANNOT_EXPOSE", `expose(${Class.name}) ${reason}`);
  };
  if (typeof options !== "object" || options === null) {
    return refuse(`needs the members that peers can use: expose(${Class.name}, ["store"])`);
  }
  const { only, except, members = {} } = options as LooseOptions;
  if (only !== undefined && except !== undefined) return refuse('takes "only" or "except", not both');
  if (typeof members !== "object" || members === null) return refuse('takes an object of options by name as "members"');
  const described = Object.keys(members);
  if (only === undefined && except === undefined && described.length === 0) {
    return refuse('exposes nothing: give "only", "except" or "members"');
  }
  const excepted = new Set(declarations(Class, listed(except ?? [], "except", refuse), {}, "except").keys());
  const names =
    except !== undefined
      ? exposableNames(Class.prototype as object).filter((name) => !excepted.has(name))
      : listed(only ?? described, "only", refuse);
  for (const name of described) {
    if (!names.includes(name)) refuse(`describes ${JSON.stringify(name)} in "members", but doesn't expose it`);
  }
  declareMembers(Class, declarations(Class, names, members, only === undefined ? "members" : "only"));
}

function listed(names: unknown, option: string, refuse: (reason: string) => never): readonly unknown[] {
  return Array.isArray(names) ? (names as readonly unknown[]) : refuse(`takes an array of names as "${option}"`);
}

function declarations(
  Class: Constructor,
  names: readonly unknown[],
  options: object,
  option: string,
): ReadonlyMap<string, Declaration> {
  const place = `"${option}" of expose(${Class.name})`;
  const byName = new Map<string, MemberOptions>(Object.entries(options));
  const declared = new Map<string, Declaration>();
  for (const name of names) {
    const declaration = declarationOf(byName.get(String(name)), `${place} names ${JSON.stringify(name)}`);
    const member = checkMember(Class.prototype as object, { name, declaration, place, owner: Class.name });
    declared.set(member.name, declaration);
  }
  return declared;
}

function declarationOf(options: MemberOptions | undefined, place: string): Declaration {
  if (options === undefined) return PLAIN_DECLARATION;
  const { oneway, idempotent, writable, input } = options;
  if (input !== undefined && !isSchemaList(input)) {
    throw new ConfigError(
      "HW_CANNOT_EXPOSE",
      `${place} with "input" that is no array of Standard Schemas, one for each parameter`,
    );
  }
  const declaration = {
    isOneway: oneway === true,
    isIdempotent: idempotent === true,
    isWritable: writable === true,
    input,
  };
  return { ...declaration, details: memberDetails(declaration) };
}

function isSchemaList(input: unknown): boolean {
  // Not typeof "object": a schema of ArkType is a function.
  return Array.isArray(input) && input.every((schema) => typeof schema?.["~standard"]?.validate === "function");
}

function isConstructor(value: unknown): value is Constructor {
  return typeof value === "function" && typeof value.prototype === "object" && value.prototype !== null;
}

function typeName(value: unknown): string {
  return value === null ? "null" : typeof value === "function" ? "a function that is no class" : typeof value;
}
