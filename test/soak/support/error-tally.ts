import { HearthwireError, RemoteError } from "../../../src/errors/hearthwire-error.js";

/** How many errors there were of each kind, and those that a program could not have told apart. */
export class ErrorTally {
  readonly #kinds = new Map<string, number>();
  readonly #untyped: string[] = [];
  readonly #maxUntyped: number;

  constructor(maxUntyped = 5) {
    this.#maxUntyped = maxUntyped;
  }

  /** Notes an error; whether it is of a type that the documents name. */
  note(error: unknown): boolean {
    const kind = typedKind(error);
    this.#kinds.set(kind ?? "untyped", (this.#kinds.get(kind ?? "untyped") ?? 0) + 1);
    if (kind === undefined && this.#untyped.length < this.#maxUntyped) {
      this.#untyped.push(error instanceof Error ? (error.stack ?? String(error)) : String(error));
    }
    return kind !== undefined;
  }

  get kinds(): ReadonlyMap<string, number> {
    return this.#kinds;
  }

  /** The first of those that have no type. */
  get untyped(): readonly string[] {
    return this.#untyped;
  }
}

/** Class, code and delivery of an error of ours; undefined of any other. */
function typedKind(error: unknown): string | undefined {
  if (!(error instanceof HearthwireError)) return undefined;
  // What the program threw keeps its own code; all else is on the closed list.
  if (!(error instanceof RemoteError) && !/^HW_[A-Z_]+$/.test(error.code)) return undefined;
  return [error.name, error.code, error.delivery].filter(Boolean).join(" ");
}
