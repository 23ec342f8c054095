import type { ConnectOptions } from "../client/connect-options.js";
import type { Remote } from "../client/remote.js";
import type { Asker } from "../client/whereabouts.js";
import { HearthwireError } from "../errors/hearthwire-error.js";
import type { NamedAddress } from "../wire/named-address.js";
import { askError, type Inquiry, unregistered, unusable } from "./ask-error.js";
import type { NameChange, NameFilter, Registration } from "./registration.js";
import { type Replica, replicaOf } from "./replica.js";

/** The part of a name server that clients use. */
export interface NameDirectory {
  lookup(name: string, options?: { readonly waitMs?: number | undefined }): Promise<readonly Registration[]>;
  watch(filter?: NameFilter): AsyncGenerator<NameChange, void, void>;
}

/** What is looked for, and who is asked. */
export interface NameLookupOptions extends Inquiry {
  readonly named: NamedAddress;
  readonly asker: Asker<ConnectOptions>;
  /** How the line to the name server is made. */
  readonly line: ConnectOptions;
}

/** The longest that a name server lets anybody wait. */
const MAX_WAIT_MS = 3_600_000;
/** What its answer may take besides, in ms. */
const ANSWER_MS = 500;
/** Replicas that are chosen among: a name server may tell of new ones without end. */
const MOST_KNOWN = 10_000;
/** The least time between two questions for a name that is not there, in ms, however soon they are answered. */
const PAUSE_MS = 1_000;

/** Asks a name server for what one address stands for, over a line that is let go when the answer is there. */
export class NameLookup {
  readonly #options: NameLookupOptions;

  constructor(options: NameLookupOptions) {
    this.#options = options;
  }

  /**
   * What is registered, one at least; waits for it.
   * @param timeoutMs after so long whoever asks does not wait any more; 0 = never
   * @throws (it rejects) NamingError `HW_NAME_UNKNOWN`, ConnectionError, ConfigError
   */
  async find(timeoutMs: number, signal: AbortSignal): Promise<readonly Replica[]> {
    const waitMs = timeoutMs === 0 ? MAX_WAIT_MS : Math.min(MAX_WAIT_MS, waitWithin(timeoutMs));
    const { name, tags } = this.#options.named;
    const isPlain = name !== undefined && tags.length === 0;
    for (;;) {
      const found = isPlain ? await this.#lookup(name, waitMs, signal) : await this.#firstListed(waitMs, signal);
      if (found !== undefined) return found;
      signal.throwIfAborted();
      if (timeoutMs !== 0) throw unregistered(this.#options, timeoutMs);
      await this.#pause(signal);
    }
  }

  /** All that is registered, as often as it changes; without end, but for errors and the signal. */
  async *watch(signal: AbortSignal): AsyncGenerator<readonly Replica[], void, void> {
    const { name, tags } = this.#options.named;
    const filter = { ...(name !== undefined && { glob: name }), ...(tags.length > 0 && { tags }) };
    const known = new Map<string, Replica>();
    const { directory, connection } = this.#open(signal);
    let isListed = false;
    try {
      for await (const change of directory.watch(filter)) {
        if (change.kind === "listed") isListed = true;
        else note(change, known);
        if (isListed) yield [...known.values()];
      }
      throw new HearthwireError("HW_CONNECT_FAILED", "it has stopped telling of names", { retryable: true });
    } catch (error) {
      throw askError(error, this.#options);
    } finally {
      void connection.close();
    }
  }

  async #lookup(name: string, waitMs: number, signal: AbortSignal): Promise<readonly Replica[] | undefined> {
    const { directory, connection } = this.#open(signal);
    let told: unknown;
    try {
      told = await directory.lookup(name, { waitMs });
    } catch (error) {
      if (error instanceof HearthwireError && error.code === "HW_NAME_UNKNOWN") return undefined;
      throw askError(error, this.#options);
    } finally {
      void connection.close();
    }
    const replicas = (Array.isArray(told) ? told : []).map(replicaOf).filter((one) => one !== undefined);
    if (replicas.length === 0) throw unusable(this.#options);
    return replicas;
  }

  /** The first time that there is anything; undefined when there was nothing for so long. */
  async #firstListed(waitMs: number, signal: AbortSignal): Promise<readonly Replica[] | undefined> {
    const { clock } = this.#options.asker.connector.environment;
    const patience = new AbortController();
    const giveUp = (): void => patience.abort();
    const timer = clock.after(waitMs, giveUp);
    signal.addEventListener("abort", giveUp);
    try {
      for await (const replicas of this.watch(patience.signal)) if (replicas.length > 0) return replicas;
    } catch (error) {
      if (!patience.signal.aborted) throw error;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", giveUp);
    }
    return undefined;
  }

  /** @throws (it rejects) the signal's reason */
  async #pause(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.asker.connector.environment;
    let wake!: () => void;
    const over = new Promise<void>((resolve) => (wake = resolve));
    const timer = clock.after(PAUSE_MS, wake);
    signal.addEventListener("abort", wake);
    await over;
    timer.cancel();
    // There may be a pause each second for as long as the search lasts.
    signal.removeEventListener("abort", wake);
    signal.throwIfAborted();
  }

  #open(signal: AbortSignal) {
    const { asker, serverUrl, objectId, line } = this.#options;
    const connection = asker.connector.open(() => serverUrl, { ...line, signal });
    const directory = connection.object<NameDirectory>(objectId) as Remote<NameDirectory>;
    return { directory, connection };
  }
}

/** The server's answer is to be here before whoever asks gives up by himself: it says more. */
function waitWithin(timeoutMs: number): number {
  const marginMs = Math.max(ANSWER_MS, timeoutMs / 10);
  return Math.floor(Math.max(timeoutMs - marginMs, timeoutMs / 2));
}

function note({ kind, registration }: Exclude<NameChange, { kind: "listed" }>, known: Map<string, Replica>): void {
  const replica = replicaOf(registration);
  if (replica === undefined) return;
  // One address may be registered under several names that have the tags.
  const key = `${registration.name} ${replica.address}`;
  if (kind === "removed") known.delete(key);
  else if (known.size < MOST_KNOWN || known.has(key)) known.set(key, replica);
}
