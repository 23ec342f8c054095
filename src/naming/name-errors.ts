import { ConnectionError, LimitError, NamingError } from "../errors/hearthwire-error.js";
import { refusal } from "../session/refusal.js";
import type { NameLimits } from "./name-limits.js";

/** Nothing is registered under a name; callers get it as the `NamingError` that it is. */
export function unknownName(name: string): NamingError {
  return refusal(new NamingError("HW_NAME_UNKNOWN", `nothing is registered under "${name}"`));
}

/** The same for who looked it up, or waited for it so long. */
export function notFound(name: string, waitMs: number): NamingError {
  const remedy = waitMs === 0 ? "; lookup can wait for it: { waitMs: 5_000 }" : `, after ${waitMs} ms`;
  return refusal(new NamingError("HW_NAME_UNKNOWN", `nothing is registered under "${name}"${remedy}`));
}

/** Somebody else has the name. */
export function foreignName(name: string): NamingError {
  return refusal(new NamingError("HW_NAME_TAKEN", `"${name}" belongs to somebody else; choose another name`));
}

/** Another address has the name, and is there. */
export function takenName(name: string): NamingError {
  return refusal(
    new NamingError(
      "HW_NAME_TAKEN",
      `"${name}" is registered with another address; register beside it by "replica: true", or in its place by "replace: true"`,
    ),
  );
}

/** There is as much as there may be. */
export function tooMany(limit: keyof NameLimits, limits: NameLimits): LimitError {
  const allowed = limits[limit];
  return new LimitError(`"${limit}" of the name server allows ${allowed}`, { limit, allowed });
}

/** The server takes no more calls. */
export function closedNames(): ConnectionError {
  return refusal(
    new ConnectionError("HW_REFUSED", "the name server is shutting down; make the call again on another connection", {
      retryable: true,
    }),
  );
}

/** A session ended while its call waited. */
export function sessionGone(): ConnectionError {
  return new ConnectionError("HW_CONNECTION_CLOSED", "the session of the registrant has ended");
}
