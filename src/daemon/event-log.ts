import type { Emitter } from "../observe/emitter.js";
import type { Logger } from "../observe/logger.js";
import type { DaemonEvents, SessionInfo } from "./daemon-events.js";
import { safeText } from "../observe/safe-text.js";

/** Writes a daemon's events to a logger as structured fields. */
export function logEvents(events: Emitter<DaemonEvents>, logger: Logger): void {
  events.on("accepted", (session) => logger.info("hearthwire: accepted", fieldsOf(session)));
  events.on("renewed", (session) => logger.info("hearthwire: renewed", fieldsOf(session)));
  events.on("refused", ({ remoteAddress, reason }) =>
    logger.warn("hearthwire: refused", loggable({ remoteAddress, reason })),
  );
  events.on("closed", (session, reason) =>
    logger.info("hearthwire: closed", { ...fieldsOf(session), ...loggable({ reason: reason?.message }) }),
  );
  events.on("threw", (error, { object, member }) =>
    logger.warn("hearthwire: threw", { ...loggable({ object, member }), error }),
  );
  events.on("unobserved", (error, { object, member }) =>
    logger.warn("hearthwire: unobserved", loggable({ error: error.name, message: error.message, object, member })),
  );
}

function fieldsOf({ sessionId, principal, remoteAddress, origin }: SessionInfo): object {
  return loggable({ sessionId, principal: principal.id, remoteAddress, origin });
}

/** Fields fit for any log; those without a value are left out. */
function loggable(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const safe: Record<string, string> = {};
  for (const [name, text] of Object.entries(fields)) {
    if (text !== undefined) safe[name] = safeText(text);
  }
  return safe;
}
