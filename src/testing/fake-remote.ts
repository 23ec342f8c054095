import type { Implementation, Remote, Unsendable } from "../client/remote.js";
import { declareMembers } from "../objects/exposure.js";
import type { AnyFunction } from "../objects/member-name.js";
import { isForbiddenName } from "../objects/forbidden-name.js";
import { PLAIN_DECLARATION, prototypeChain } from "../objects/member.js";
import { LinkedDaemon } from "./linked-daemon.js";

/**
 * A proxy for component tests, with an object of the test behind it instead of a daemon. It is a real proxy over the real
 * wire format: methods return promises, errors arrive as `RemoteError`, callbacks as proxies, what can't be sent is
 * refused. Members that the implementation lacks fail as unknown ones.
 *
 * Functions are methods; everything else is an accessor that can be read by `await` and written by `assign`.
 *
 * @example
 * ```ts
 * const list = vi.fn(() => ["candle"]);
 * render(<Shelf warehouse={fakeRemote<Warehouse>({ list })} />);
 * ```
 */
export function fakeRemote<T>(implementation: Fake<T>): Remote<T> {
  const daemon = new LinkedDaemon({ fake: exposed(implementation) });
  return daemon.connect().object<T>("fake");
}

/** A named object's proxy can't be called, so no function can be faked. */
type Fake<T> = T extends AnyFunction
  ? Unsendable<"hearthwire: fakeRemote makes proxies of objects; a function's comes from a call that returns it">
  : Partial<Implementation<T>>;

/** What a fake without members exposes, since nothing can be served that exposes nothing. */
const NO_MEMBER = "$nothing";

/** An instance of a class made for it, which exposes all that the implementation has. */
function exposed(implementation: object): object {
  class Fake {}
  const names = new Set(prototypeChain(implementation).flatMap((level) => Object.getOwnPropertyNames(level)));
  const members = [...names].filter((name) => !isForbiddenName(name));
  if (members.length === 0) return exposed({ [NO_MEMBER]: undefined });
  for (const name of members) Object.defineProperty(Fake.prototype, name, memberOf(implementation, name));
  declareMembers(Fake, new Map(members.map((name) => [name, { ...PLAIN_DECLARATION, isWritable: true }])));
  return new Fake();
}

function memberOf(implementation: object, name: string): PropertyDescriptor {
  const value: unknown = Reflect.get(implementation, name);
  if (typeof value === "function") return { value: value.bind(implementation) as unknown };
  return {
    get: () => Reflect.get(implementation, name) as unknown,
    set: (written: unknown) => void Reflect.set(implementation, name, written),
  };
}
