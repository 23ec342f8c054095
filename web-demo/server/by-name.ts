import { expose, isRemote, release } from "hearthwire";
import { connect, describe } from "hearthwire/node";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._~/-]{0,127}$/;

/** How long the program behind a name may take, in ms. */
const LIMIT_MS = 10_000;

/** Whatever a program has registered; its members are known when it is there. */
type Found = Record<string, () => Promise<unknown>>;

/**
 * Calls what other programs of this user have registered with the name server. A page can't: they let no page of another
 * origin in, and its ticket is for this daemon alone. So this one calls for it, with the key of who started the demo; only
 * pages that were opened with this run's code get that far.
 */
export class ByName {
  readonly #names: string | undefined;

  /** @param names the name server's address. @default where every program looks */
  constructor(names?: string) {
    this.#names = names;
  }

  /** Calls a method without arguments, or reads an accessor. */
  async call(name: string, method: string): Promise<unknown> {
    // Types end at the wire. Without "@" in it, a name leads to this user's own name server and to no other.
    if (typeof name !== "string" || !NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name`);
    const options = { names: this.#names, connectTimeoutMs: LIMIT_MS, timeoutMs: LIMIT_MS };
    const object = await connect<Found>(`hearthwire:${name}`, options);
    try {
      const { members } = await describe(object);
      const member = members.find((one) => one.name === method);
      if (member === undefined) {
        const known = members.map((one) => one.name).join(", ");
        throw new Error(`${name} has no method ${JSON.stringify(method)}: it has ${known}`);
      }
      if (member.kind === "stream") throw new Error(`${method} gives a stream, and this panel shows answers`);
      const result: unknown = await (member.kind === "accessor" ? object[method] : object[method]!());
      if (!isRemote(result)) return result;
      // It would end with its connection.
      release(result);
      return String(result);
    } finally {
      release(object);
    }
  }
}
expose(ByName, ["call"]);
