import type { CallContext } from "../objects/call-context.js";
import { asyncDisposeSymbol } from "../session/dispose-symbols.js";
import type { Backlog } from "./backlog.js";
import type { EntryHolder, NameEntry } from "./name-entry.js";

/** The session that registers names, watches and waits: what it holds ends with it. */
export class Registrant implements EntryHolder, AsyncDisposable {
  /** Undefined: its session has ended, which registrations with a lease outlive. */
  #context: Pick<CallContext, "isAttached"> | undefined;
  readonly #over: (registrant: Registrant) => Promise<void>;
  readonly entries = new Set<NameEntry>();
  /** Its session has lost its line, and waits so long for another. */
  awayUntil: Date | undefined;
  /** Of its lists and watches. */
  readonly backlog: Backlog;
  watches = 0;
  waits = 0;

  /** @param options `over`: what is to be done when its session is over */
  constructor(
    context: Pick<CallContext, "isAttached">,
    { backlog, over }: { readonly backlog: Backlog; readonly over: (registrant: Registrant) => Promise<void> },
  ) {
    this.#context = context;
    this.backlog = backlog;
    this.#over = over;
  }

  /** Its session has ended. */
  get isOver(): boolean {
    return this.#context === undefined;
  }

  get isHere(): boolean {
    return this.#context?.isAttached === true;
  }

  async [asyncDisposeSymbol](): Promise<void> {
    this.#context = undefined;
    await this.#over(this);
    this.entries.clear();
  }
}
