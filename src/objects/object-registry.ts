import { ConfigError } from "../errors/hearthwire-error.js";
import { isObjectId, OBJECT_ID_RULE } from "../wire/object-id.js";
import { exposureOf } from "./exposure.js";
import { InstanceScope } from "./instance-scope.js";
import { InstancesOfClass } from "./instances-of.js";
import type { AnyFunction } from "./member-name.js";
import { randomId } from "./random-id.js";
import { quoted } from "./refusal.js";
import { isLiteral, referencedObject, servedObject, type ServedObject } from "./served-object.js";
import type { UnobservedListener } from "./unobserved-listener.js";

/** Under this id every daemon serves what it says of itself. */
export const OWN_OBJECT_ID = "hearthwire.daemon";
/** Under this one those that register names serve what their name server says. */
export const NAMES_OBJECT_ID = "hearthwire.names";
const OWN_IDS: ReadonlySet<string> = new Set([OWN_OBJECT_ID, NAMES_OBJECT_ID]);

export interface RegisterOptions {
  /** 1 to 256 UTF-16 units, no `/`, no control characters. @default a random one */
  id?: string | undefined;
  /** Members of an object whose class isn't exposed; they count instead of what its class exposes. */
  expose?: readonly string[] | undefined;
}

/** The named objects of a daemon, and the instances that live as long as it or as one of its principals. */
export class ObjectRegistry {
  readonly #served = new Map<string, ServedObject>();
  readonly #ids = new Map<object, string>();
  /** What each instance that was made is served as. */
  readonly #made = new WeakMap<object, ServedObject>();
  readonly #singles = new InstanceScope();
  readonly #principals = new Map<string, { readonly scope: InstanceScope; sessions: number }>();

  /**
   * Serves an object under an id: an instance of an exposed class, any object with `expose`, a class or
   * `instancesOf(...)`, a literal's own functions as they are now, a function.
   * @returns the id
   * @throws ConfigError `HW_CANNOT_EXPOSE` when peers could use nothing of it, `HW_OPTION_INVALID` for a bad id, one in
   * use, or an object that has one already
   */
  register(object: object, options: RegisterOptions = {}): string {
    const { id = randomId(), expose } = options;
    if (OWN_IDS.has(id)) throw invalidId(`${quoted(id)} is the daemon's own object. Choose another`);
    if (!isObjectId(id)) throw invalidId(`must be ${OBJECT_ID_RULE}, got ${quoted(String(id))}`);
    if (this.#served.has(id)) throw invalidId(`${quoted(id)} is in use. Unregister it first, or choose another`);
    if ((typeof object !== "object" || object === null) && typeof object !== "function") {
      throw new ConfigError(
        "HW_CANNOT_EXPOSE",
        `"object" of register (${quoted(id)}) must be an object, got ${typeof object}`,
      );
    }
    const other = this.#ids.get(object);
    if (other !== undefined)
      throw invalidId(`${quoted(id)} would be a second one: the object is ${quoted(other)} already`);
    this.#served.set(id, servedObject(object, { id, expose }));
    this.#ids.set(object, id);
    return id;
  }

  /**
   * Takes an object back; references that peers hold to an instance of an exposed class, to a function, or to what was
   * made for the id go on working, within the members and by the rules of the id: nothing is open to more than before.
   */
  unregister(objectOrId: object | string): boolean {
    const id = this.idOf(objectOrId);
    const served = id === undefined || OWN_IDS.has(id) ? undefined : this.#served.get(id);
    if (id === undefined || served === undefined) return false;
    this.#served.delete(id);
    if (referencedObject(served.source) !== undefined) this.remember(served.source, served);
    for (const [object, known] of this.#ids) if (known === id) this.#ids.delete(object);
    return true;
  }

  /** The id of an object; an id is its own, served or not. */
  idOf(objectOrId: object | string): string | undefined {
    return typeof objectOrId === "string" ? objectOrId : this.#ids.get(objectOrId);
  }

  /** Serves what the daemon says by itself, under an id that nobody else can register. */
  registerOwn(
    functions: Readonly<Record<string, AnyFunction>>,
    id: typeof OWN_OBJECT_ID | typeof NAMES_OBJECT_ID = OWN_OBJECT_ID,
  ): void {
    this.#served.set(id, servedObject(functions, { id, expose: undefined }));
  }

  /** All that is served, the daemon's own object too. */
  entries(): IterableIterator<ServedObject> {
    return this.#served.values();
  }

  has(id: string): boolean {
    return this.#served.has(id);
  }

  /** What an id stands for. */
  find(id: string): ServedObject | undefined {
    return this.#served.get(id);
  }

  /** Remembers as what an instance was made: the rules of its id hold by reference as well. */
  remember(instance: object, served: ServedObject): void {
    this.#made.set(instance, served);
  }

  /** What an object that a peer was given by reference is registered as, or was made for, if it is. */
  resolve(object: object): ServedObject | undefined {
    const id = this.#ids.get(object);
    const served = id === undefined ? undefined : this.#served.get(id);
    if (served?.source === object) return served;
    const made = this.#made.get(object);
    return made === undefined ? undefined : { id: made.id, table: made.table, source: object };
  }

  /** Whether an object travels by reference: its class is exposed, or it was registered with members of its own. */
  isExposed(object: object): boolean {
    if (typeof object === "function" || object instanceof InstancesOfClass || isLiteral(object)) return false;
    return this.#ids.has(object) || exposureOf(object) !== undefined;
  }

  /** Instances of mode `single`. */
  get singles(): InstanceScope {
    return this.#singles;
  }

  /** Instances of mode `principal`, for one session more. Each `enter` is taken back by one `leave`. */
  enter(principalId: string): InstanceScope {
    let entry = this.#principals.get(principalId);
    if (entry === undefined) this.#principals.set(principalId, (entry = { scope: new InstanceScope(), sessions: 0 }));
    entry.sessions++;
    return entry.scope;
  }

  /** Ends the principal's instances when no session uses them any more. Never rejects. */
  async leave(principalId: string, unobserved: UnobservedListener): Promise<void> {
    const entry = this.#principals.get(principalId);
    if (entry === undefined || --entry.sessions > 0) return;
    this.#principals.delete(principalId);
    await entry.scope.dispose(unobserved);
  }

  /** Ends all instances that outlive a session; for when every session is over. Never rejects. */
  async dispose(unobserved: UnobservedListener): Promise<void> {
    const principals = [...this.#principals.values()];
    this.#principals.clear();
    for (const { scope } of principals) await scope.dispose(unobserved);
    await this.#singles.dispose(unobserved);
  }
}

function invalidId(reason: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", `"id" ${reason}`);
}
