import { HearthwireError } from "../errors/hearthwire-error.js";
import { parseAddress } from "../wire/address.js";

/** A registration, as far as a client goes by it. */
export interface Replica {
  /** As it was registered. */
  readonly address: string;
  readonly daemonUrl: string;
  readonly objectId: string;
  readonly load: number;
  /** Its registrant is not there for the name server. */
  readonly isAway: boolean;
}

/** What a name server said of one registration; undefined when nobody can connect to that. */
export function replicaOf(registration: unknown): Replica | undefined {
  if (typeof registration !== "object" || registration === null) return undefined;
  const { address, load, awayUntil } = registration as Readonly<Record<"address" | "load" | "awayUntil", unknown>>;
  if (typeof address !== "string") return undefined;
  try {
    const { daemonUrl, objectId } = parseAddress(address);
    if (objectId === undefined) return undefined;
    const isAway = awayUntil !== undefined;
    return { address, daemonUrl, objectId, load: typeof load === "number" && load >= 0 ? load : 0, isAway };
  } catch (error) {
    if (error instanceof HearthwireError) return undefined;
    throw error;
  }
}
