import type { AttemptFailure } from "./attempts.js";
import type { Connection } from "./connection.js";
import type { ClientEnvironment } from "./client-environment.js";

/** Where a session of a named address is begun. */
export interface Place {
  readonly daemonUrl: string;
  /** What the daemon there calls the object. */
  readonly objectId: string;
}

/** Finds the places that a named address stands for, one after another, for the sessions of a line. */
export interface Whereabouts {
  /** The address in its one form: what the line is called. */
  readonly address: string;
  /** Connections share a line when this is the same, besides what counts for all lines. */
  readonly identity: string;
  /**
   * Where the next session is to be begun; waits for a name that nobody has registered yet. What was left comes last. One
   * search at a time.
   * @throws (it rejects) NamingError `HW_NAME_UNKNOWN`; ConnectionError when nobody could be asked; ConfigError when the
   *   program would not be let connect there by the address itself
   */
  next(): Promise<Place>;
  /** Gives up the search. */
  cancel(): void;
  /** A place will not do any more. */
  leave(daemonUrl: string): void;
  /**
   * A try to begin a session at a place has failed: it is left. Returns the failure with an error that tells of all that were
   * tried, and whether others are known that were not left.
   */
  failed(place: Place, failure: AttemptFailure): AttemptFailure;
  /** A session is open: whatever was left may be tried again. */
  arrived(): void;
  /**
   * A try to go on with a session has failed. Returns whether it is to be given up, since another place was known before
   * that try, or its own was not any more; until then that is watched.
   * @param tryAgain it became known: one more try tells whether it was this side that was off the network
   */
  isLost(daemonUrl: string, tryAgain: () => void): boolean;
  /** The session there goes on, or is over: ends the watch. */
  settled(daemonUrl: string): void;
}

/** Who asks where a named address leads. */
export interface Asker<Options> {
  /** Makes the program's lines, and those to name servers alike. */
  readonly connector: {
    readonly environment: ClientEnvironment;
    open(daemonUrl: () => string, options: Options): Connection<never>;
  };
  /** The program's. */
  readonly options: Options;
}

/** Finds what named addresses stand for; `nameResolver` makes one. */
export interface NameResolver<Options> {
  /**
   * Where an address leads; undefined when it is a URL.
   * @throws ConfigError `HW_ADDRESS_INVALID`, `HW_OPTION_INVALID`
   */
  whereabouts(address: string, asker: Asker<Options>): Whereabouts | undefined;
}
