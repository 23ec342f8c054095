import type { Emitter } from "../observe/emitter.js";
import type { Logger } from "../observe/logger.js";
import type { DaemonEvents, SessionInfo } from "./daemon-events.js";
import { safeFields } from "../observe/safe-fields.js";

/** Writes a daemon's events to a logger as structured fields. */
export function logEvents(events: Emitter<DaemonEvents>, logger: Logger): void {
  events.on("accepted", (session) => logger.info("hearthwire: accepted", fieldsOf(session)));
  events.on("renewed", (session) => logger.info("hearthwire: renewed", fieldsOf(session)));
  events.on("refused", ({ remoteAddress, reason }) =>
    logger.warn("hearthwire: refused", safeFields({ remoteAddress, reason })),
  );
  events.on("closed", (session, reason) =>
    logger.info("hearthwire: closed", { ...fieldsOf(session), ...safeFields({ reason: reason?.message }) }),
  );
  events.on("denied", ({ session, leftOut, ...denial }) =>
    logger.warn("hearthwire: denied", {
      ...fieldsOf(session),
      ...safeFields({ ...denial, leftOut: leftOut === 0 ? undefined : leftOut }),
    }),
  );
  events.on("threw", (error, { object, member }) =>
    logger.warn("hearthwire: threw", { ...safeFields({ object, member }), error }),
  );
  events.on("unobserved", (error, { object, member }) =>
    logger.warn("hearthwire: unobserved", safeFields({ error: error.name, message: error.message, object, member })),
  );
}

function fieldsOf({ sessionId, principal, remoteAddress, origin }: SessionInfo): object {
  return safeFields({ sessionId, principal: principal.id, remoteAddress, origin });
}
