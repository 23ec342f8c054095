import type { DetailedMember, MemberShape } from "../wire/message.js";
import { after, isPromiseLike } from "../wire/after.js";
import type { CallHandlerOptions } from "./call-handler-options.js";
import { asError } from "./disposal.js";
import { detailed, shapesOf, type ExposureTable } from "./member.js";

/** Decides which members a peer may use: what its credential allows, and what the program's authorizer says. */
export class Access {
  readonly #options: CallHandlerOptions;

  constructor(options: CallHandlerOptions) {
    this.#options = options;
  }

  /**
   * Whether a peer may use a member. Asked of names that don't exist too, of which the answer is dropped: whoever had to
   * wait for an authorizer learns nothing by it. Denied when the authorizer fails, which is reported.
   */
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
      const { principal, remoteAddress, origin, peerCertificate } = session;
      const answer = authorize({ principal, object, member, remoteAddress, origin, peerCertificate });
      if (!isPromiseLike(answer)) return answer === true;
      return Promise.resolve(answer).then((isAllowed) => isAllowed === true, failed);
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * Whether the peer may use any of these members; asks no further than the first that it may. An authorizer that takes
   * its time is asked about all at once, since one after another would take longer for an object that exists.
   */
  permitsAny(id: string, members: Iterable<string>): boolean | Promise<boolean> {
    const waiting: PromiseLike<boolean>[] = [];
    for (const member of members) {
      const answer = this.permits(id, member);
      if (isPromiseLike(answer)) waiting.push(answer);
      else if (answer) return true;
    }
    return waiting.length === 0 ? false : Promise.all(waiting).then((answers) => answers.includes(true));
  }

  /** The members of a table that the peer may use, sorted by name. */
  permitted(
    id: string | undefined,
    table: ExposureTable,
    isDetailed = false,
  ): readonly DetailedMember[] | Promise<readonly DetailedMember[]> {
    const shapes = shapesOf(table);
    // Schemas are converted for members that the peer may see: of an object that it may not, the time would tell.
    const told = (visible: readonly MemberShape[]): readonly DetailedMember[] =>
      isDetailed ? detailed(visible, table) : visible;
    if (this.#options.authorize === undefined && (id === undefined || this.#options.allows === undefined))
      return told(shapes);
    const answers = shapes.map(([name]) => this.permits(id, name));
    const all = answers.some(isPromiseLike) ? Promise.all(answers) : (answers as boolean[]);
    return after(all, (permitted) => told(shapes.filter((_, index) => permitted[index] === true)));
  }
}
