import type { Remote } from "../client/remote.js";
import { withOptions } from "../client/proxy-functions.js";
import { ConnectionError, LimitError, NamingError } from "../errors/hearthwire-error.js";
import { type CallContext, callContext, runOutside } from "../objects/call-context.js";
import type { AnyFunction } from "../objects/member-name.js";
import type { Clock } from "../session/clock.js";
import { refusal } from "../session/refusal.js";
import { type Backlog, Backlogs } from "./backlog.js";
import { CompiledFilter } from "./compiled-filter.js";
import { MirroredNames } from "./mirrored-names.js";
import { DEFAULT_NAME_LIMITS } from "./name-limits.js";
import type { NameServer } from "./name-server.js";
import { checkCallArguments, checkedName, isWait } from "./naming-rules.js";
import type { NameChange, NameFilter, Registration } from "./registration.js";

/** How long the name server may take beyond what it was told to wait, in ms. */
const ANSWER_MS = 10_000;
/** Open `watch` streams of one session. */
const MAX_WATCHES = 64;
/** Streams of the name server besides one of everything, which serves whoever watches by yet another filter. */
const MAX_MIRRORS = 16;
/**
 * Lookups that wait, of one session and of all: the name server sees them as calls of this daemon, which has others to make.
 */
const MAX_WAITS = { ofSession: 32, ofAll: 128 } as const;

/** The key of the filter that lets everything through. */
const EVERYTHING = JSON.stringify([undefined, undefined, undefined, undefined]);

/** What a daemon tells its clients of names, which they could not ask its name server for: pages reach one daemon alone. */
export interface NamesForClients {
  /** As `NameServer.lookup`. */
  lookup(name: string, options?: { readonly waitMs?: number | undefined }): Promise<readonly Registration[]>;
  /** As `NameServer.watch`; it ends too when the daemon has lost its name server. */
  watch(filter?: NameFilter): AsyncIterable<NameChange>;
}

/**
 * The functions behind `hearthwire.names`. Those who watch by the same filter share one stream of the name server.
 * @param server in the daemon's own name; asked with each call
 */
export function namesForClients(
  server: () => Remote<Pick<NameServer, "lookup" | "watch">>,
  clock: Clock,
): Readonly<Record<string, AnyFunction>> {
  const mirrors = new Map<string, MirroredNames>();
  const watches = Symbol("watches");
  const waits = Symbol("waits");
  const backlog = Symbol("backlog");
  const backlogs = new Backlogs(DEFAULT_NAME_LIMITS);
  let allWaits = 0;

  /** Of the session that watches. */
  const backlogOf = ({ locals, principal }: CallContext): Backlog => {
    const known = locals.get(backlog) as Backlog | undefined;
    if (known !== undefined) return known;
    const made = backlogs.ofSession(principal.id);
    locals.set(backlog, made);
    return made;
  };

  const mirrorOf = (filter: NameFilter): MirroredNames => {
    const { prefix, glob, tags, anyTags } = filter;
    const key = JSON.stringify([prefix, glob, tags, anyTags]);
    const known = mirrors.get(key);
    if (known?.isOver === false) return known;
    if (mirrors.size >= MAX_MIRRORS && key !== EVERYTHING) return mirrorOf({});
    // It is for all who watch so, and shall not end with the call of the first.
    const changes = runOutside(() => server().watch(filter));
    const mirror: MirroredNames = new MirroredNames(changes[Symbol.asyncIterator](), clock, () => {
      if (mirrors.get(key) === mirror) mirrors.delete(key);
    });
    mirrors.set(key, mirror);
    return mirror;
  };

  return {
    async lookup(name: string, options: { readonly waitMs?: number | undefined } = {}) {
      checkedName(name);
      checkCallArguments(options, { waitMs: isWait }, "options");
      const { waitMs = 0 } = options;
      const { locals } = callContext();
      const count = Number(locals.get(waits) ?? 0);
      const share = waitMs === 0 ? 0 : 1;
      if (share > 0 && (count >= MAX_WAITS.ofSession || allWaits >= MAX_WAITS.ofAll)) throw tooManyWaits(count);
      locals.set(waits, count + share);
      allWaits += share;
      try {
        return await withOptions(server(), { timeoutMs: waitMs + ANSWER_MS }).lookup(name, options);
      } catch (error) {
        throw passedOn(error);
      } finally {
        locals.set(waits, Number(locals.get(waits)) - share);
        allWaits -= share;
      }
    },

    async *watch(filter: NameFilter = {}) {
      const compiled = new CompiledFilter(filter);
      const context = callContext();
      const { locals, signal } = context;
      const count = Number(locals.get(watches) ?? 0);
      if (count >= MAX_WATCHES) throw tooManyWatches();
      locals.set(watches, count + 1);
      try {
        yield* mirrorOf(filter).watch(compiled, { signal, backlog: backlogOf(context) });
      } catch (error) {
        throw passedOn(error);
      } finally {
        locals.set(watches, Number(locals.get(watches)) - 1);
      }
    },
  };
}

function tooManyWaits(ofSession: number): LimitError {
  const isOfSession = ofSession >= MAX_WAITS.ofSession;
  const allowed = isOfSession ? MAX_WAITS.ofSession : MAX_WAITS.ofAll;
  const message = `${isOfSession ? "a session" : "a daemon"} has at most ${allowed} lookups of names that wait`;
  return new LimitError(message, { limit: "waits", allowed, retryable: true });
}

function tooManyWatches(): LimitError {
  const message = `a session has at most ${MAX_WATCHES} watches of names open`;
  return new LimitError(message, { limit: "watches", allowed: MAX_WATCHES });
}

/** What the name server refuses, as a refusal of this daemon; of a name server that is away nothing but that. */
function passedOn(error: unknown): unknown {
  if (error instanceof NamingError) return refusal(new NamingError(error.code, error.message));
  if (error instanceof LimitError) return refusal(new LimitError(error.message, error));
  if (!(error instanceof ConnectionError)) return error;
  const why = "the name server of this daemon is away, or refuses it; try again";
  return refusal(new ConnectionError("HW_REFUSED", why, { retryable: true }));
}
