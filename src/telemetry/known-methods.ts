import { HearthwireError } from "../errors/hearthwire-error.js";
import type { InterceptedCall } from "../objects/interceptor.js";

/** Stands for methods that no code of this program knows, or that are too many. */
export const OTHER = "_OTHER";

/** How many methods are told apart, unless an option says otherwise. */
export const DEFAULT_MAX_METHODS = 500;

/** Which method a call was of, as far as it may stand in labels. */
export interface MethodName {
  /** Id of the object; `""` for what is held by reference only. */
  readonly object: string;
  /** `""` for a function itself. */
  readonly member: string;
}

const OTHER_METHOD: MethodName = { object: OTHER, member: OTHER };

/**
 * The methods that metrics tell apart, since a label that a peer may choose is memory that it may fill. A call that runs
 * here is of a member that exists; one that this program makes counts by its name unless it turns out that there is none.
 * What one client calls of another's is named by the two of them, and never told apart.
 */
export class KnownMethods {
  readonly #max: number;
  readonly #known = new Map<string, MethodName>();

  constructor(max: number) {
    this.#max = max;
  }

  /** @param failure what the call failed with, boxed */
  of(
    { object, member, isRelayed }: Pick<InterceptedCall, "object" | "member" | "isRelayed">,
    failure: readonly [unknown] | undefined,
  ): MethodName {
    if (isRelayed) return OTHER_METHOD;
    // No object id has a "/".
    const key = `${object}/${member}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#max || isMissing(failure)) return OTHER_METHOD;
    const method = { object, member };
    this.#known.set(key, method);
    return method;
  }
}

function isMissing(failure: readonly [unknown] | undefined): boolean {
  const error = failure?.[0];
  return error instanceof HearthwireError && (error.code === "HW_NO_SUCH_OBJECT" || error.code === "HW_NO_SUCH_MEMBER");
}
