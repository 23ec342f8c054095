import type { ToldMember, MemberShape } from "../wire/message.js";
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
    // Whoever holds an unnamed object was given it by a call that its credential allowed.
    if (id !== undefined && !this.#allows(id, member)) return false;
    return this.#authorizes(id, member);
  }

  #allows(id: string, member: string): boolean {
    return this.#options.allows?.(id, member) !== false;
  }

  #authorizes(id: string | undefined, member: string): boolean | Promise<boolean> {
    const { session, authorize, unobserved } = this.#options;
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
   * Whether the peer may use any member of a table, of which there is none where nothing is served; asks no further than
   * the first that it may. An authorizer that takes its time is asked about all at once, since one after another would
   * take longer for an object that exists. Where the credential allows no member that is there, but would allow one, it
   * is asked too and its answer dropped: else the time would tell.
   */
  permitsAny(id: string, table: ExposureTable | undefined): boolean | Promise<boolean> {
    const allowed = this.#allowed(id, table);
    const isThere = allowed.length > 0;
    const waiting: PromiseLike<boolean>[] = [];
    for (const member of isThere || this.#options.allowsSome?.(id) === false ? allowed : [""]) {
      const answer = this.#authorizes(id, member);
      if (isPromiseLike(answer)) waiting.push(answer);
      else if (answer) return isThere;
    }
    return waiting.length === 0 ? false : Promise.all(waiting).then((answers) => isThere && answers.includes(true));
  }

  #allowed(id: string, table: ExposureTable | undefined): readonly string[] {
    return [...(table?.keys() ?? [])].filter((member) => this.#allows(id, member));
  }

  /** `permitted` for an id that a peer names, as long for what is missing as for what is denied: then it may be false. */
  permittedByName(
    id: string,
    table: ExposureTable | undefined,
    isDetailed?: boolean,
  ): boolean | readonly ToldMember[] | Promise<boolean | readonly ToldMember[]> {
    const isAsked = table !== undefined && this.#allowed(id, table).length > 0;
    return isAsked ? this.permitted(id, table, isDetailed) : this.permitsAny(id, table);
  }

  /** The members of a table that the peer may use, sorted by name. */
  permitted(
    id: string | undefined,
    table: ExposureTable,
    isDetailed = false,
  ): readonly ToldMember[] | Promise<readonly ToldMember[]> {
    const shapes = shapesOf(table);
    // Schemas are converted for members that the peer may see: of an object that it may not, the time would tell.
    const told = (visible: readonly MemberShape[]): readonly ToldMember[] =>
      isDetailed ? detailed(visible, table) : visible;
    if (this.#options.authorize === undefined && (id === undefined || this.#options.allows === undefined))
      return told(shapes);
    const answers = shapes.map(([name]) => this.permits(id, name));
    const all = answers.some(isPromiseLike) ? Promise.all(answers) : (answers as boolean[]);
    return after(all, (permitted) => told(shapes.filter((_, index) => permitted[index] === true)));
  }
}
