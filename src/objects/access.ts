import type { DetailedMember } from "../wire/message.js";
import { after, isPromiseLike } from "../wire/after.js";
import type { CallHandlerOptions } from "./call-handler-options.js";
import { asError } from "./disposal.js";
import { detailedShapesOf, shapesOf, type ExposureTable } from "./member.js";

/** Decides which members a peer may use: what its credential allows, and what the program's authorizer says. */
export class Access {
  readonly #options: CallHandlerOptions;

  constructor(options: CallHandlerOptions) {
    this.#options = options;
  }

  /** Whether a peer may use an existing member. Denied when the authorizer fails, which is reported. */
  permits(id: string | undefined, member: string): boolean | Promise<boolean> {
    const { session, authorize, allows, unobserved } = this.#options;
    // Whoever holds an unnamed object was given it by a call that its credential allowed.
    if (id !== undefined && allows?.(id, member) === false) return false;
    if (authorize === undefined) return true;
    const object = id ?? "";
    const failed = (error: unknown): false => {
      unobserved(asError(error), { object, member });
      return false;
    };
    try {
      const answer = authorize({ principal: session.principal, object, member });
      if (!isPromiseLike(answer)) return answer === true;
      return Promise.resolve(answer).then((isAllowed) => isAllowed === true, failed);
    } catch (error) {
      return failed(error);
    }
  }

  /** Whether the peer may use any of these members; asks no further than the first that it may. */
  permitsAny(id: string, [member, ...others]: readonly string[]): boolean | Promise<boolean> {
    if (member === undefined) return false;
    return after(this.permits(id, member), (isPermitted) => isPermitted || this.permitsAny(id, others));
  }

  /** The members of a table that the peer may use, sorted by name. */
  permitted(
    id: string | undefined,
    table: ExposureTable,
    isDetailed = false,
  ): readonly DetailedMember[] | Promise<readonly DetailedMember[]> {
    const shapes = isDetailed ? detailedShapesOf(table) : shapesOf(table);
    if (this.#options.authorize === undefined && (id === undefined || this.#options.allows === undefined))
      return shapes;
    const answers = shapes.map(([name]) => this.permits(id, name));
    const all = answers.some(isPromiseLike) ? Promise.all(answers) : (answers as boolean[]);
    return after(all, (permitted) => shapes.filter((_, index) => permitted[index] === true));
  }
}
