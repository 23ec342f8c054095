import type { CallContext } from "../objects/call-context.js";
import { asyncDisposeSymbol } from "../session/dispose-symbols.js";
import type { EntryHolder, NameEntry } from "./name-entry.js";

/** The session that registers names, watches and waits: what it holds ends with it. */
export class Registrant implements EntryHolder, AsyncDisposable {
  readonly #context: Pick<CallContext, "isAttached">;
  readonly #over: (registrant: Registrant) => Promise<void>;
  readonly entries = new Set<NameEntry>();
  /** Its session has lost its line, and waits so long for another. */
  awayUntil: Date | undefined;
  watches = 0;
  waits = 0;
  #isOver = false;

  /** @param over what is to be done when its session is over */
  constructor(context: Pick<CallContext, "isAttached">, over: (registrant: Registrant) => Promise<void>) {
    this.#context = context;
    this.#over = over;
  }

  /** Its session has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isHere(): boolean {
    return !this.#isOver && this.#context.isAttached;
  }

  async [asyncDisposeSymbol](): Promise<void> {
    this.#isOver = true;
    await this.#over(this);
    this.entries.clear();
  }
}
