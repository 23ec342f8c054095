import { describeMember, type ObjectDescription } from "../client/object-description.js";
import { callContext } from "../objects/call-context.js";
import type { AnyFunction } from "../objects/member-name.js";
import type { Clock } from "../session/clock.js";
import { VERSION as PROTOCOL } from "../wire/constants.js";
import { VERSION } from "./version.js";
import type { VisibleObject } from "./visible-objects.js";

/**
 * What every daemon says of itself, under the id `hearthwire.daemon`. Credentials and `authorize` decide about it as
 * about any other object.
 *
 * @example
 * const daemon = connection.object<DaemonObject>("hearthwire.daemon");
 * await daemon.ping();
 */
export interface DaemonObject {
  /** Does nothing: for measuring a round trip. */
  ping(): void;
  info(): DaemonInfo;
  /** The objects that the caller may use, without schemas; there only when the daemon says `listObjects: true`. */
  objects(): AsyncIterable<ObjectDescription, void>;
}

/** Facts about a daemon that concern whoever may use it; nothing of the machine, the user or the objects. */
export interface DaemonInfo {
  readonly name: "hearthwire";
  /** Of the package. */
  readonly version: string;
  /** Of the wire format. */
  readonly protocol: number;
  readonly startedAt: Date;
  readonly uptimeMs: number;
}

/** A literal of functions, as the registry serves it. */
export type DaemonFunctions = Readonly<Record<string, AnyFunction>>;

/** What the daemon's own object is made of. */
export interface DaemonFacts {
  readonly clock: Clock;
  /** What the peer of an open session may use; without it nobody can list objects. */
  readonly visible: ((sessionId: string) => AsyncIterable<VisibleObject> | undefined) | undefined;
}

/** The functions behind `hearthwire.daemon`. */
export function daemonObject({ clock, visible }: DaemonFacts): DaemonFunctions {
  const startedAtMs = clock.now();
  const functions: Omit<DaemonObject, "objects"> = {
    ping: () => undefined,
    info: () => ({
      name: "hearthwire",
      version: VERSION,
      protocol: PROTOCOL,
      startedAt: new Date(startedAtMs),
      uptimeMs: Math.max(0, clock.now() - startedAtMs),
    }),
  };
  if (visible === undefined) return { ...functions };
  const objects: DaemonObject["objects"] = async function* () {
    // Read before the first await, for hosts that forget the call after it.
    const { sessionId } = callContext();
    for await (const { id, members } of visible(sessionId) ?? []) {
      yield { object: id, members: members.map(describeMember) };
    }
  };
  return { ...functions, objects };
}
