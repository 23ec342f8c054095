import type { Logger } from "../observe/logger.js";
import { safeFields } from "../observe/safe-fields.js";
import type { AuditedDaemon } from "./audit-trail.js";
import type { DaemonEvents, SessionInfo } from "./daemon-events.js";
import { FloodCap } from "./flood-cap.js";

/** Writes a daemon's events to a logger as structured fields; returns what writes the last of them. */
export function logEvents({ events, clock }: AuditedDaemon, logger: Logger): () => void {
  const writeUnobserved = ([error, { object, member }, session]: DaemonEvents["unobserved"], leftOut = 0): void =>
    logger.warn("hearthwire: unobserved", {
      ...(session === undefined ? {} : fieldsOf(session)),
      ...safeFields({ error: error.name, message: error.message, object, member, leftOut: leftOut || undefined }),
    });
  const unobserved = new FloodCap<DaemonEvents["unobserved"]>(clock, writeUnobserved);
  events.on("accepted", (session) => logger.info("hearthwire: accepted", fieldsOf(session)));
  events.on("renewed", (session) => logger.info("hearthwire: renewed", fieldsOf(session)));
  events.on("detached", (session, cause) =>
    logger.info("hearthwire: detached", { ...fieldsOf(session), ...safeFields({ reason: cause.message }) }),
  );
  events.on("resumed", (session) => logger.info("hearthwire: resumed", fieldsOf(session)));
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
  events.on("named", ({ names }) => logger.info("hearthwire: named", safeFields({ names: names.join(" ") })));
  events.on("namingFailed", (error, { names }) =>
    logger.warn("hearthwire: naming failed", safeFields({ names: names.join(" "), reason: error.message })),
  );
  events.on("nameRemoved", ({ name, by }) => logger.warn("hearthwire: name removed", safeFields({ name, by })));
  events.on("threw", (error, { object, member }) =>
    logger.warn("hearthwire: threw", { ...safeFields({ object, member }), error }),
  );
  events.on("unobserved", (...event) => {
    const [, , session] = event;
    if (session === undefined) writeUnobserved(event);
    else unobserved.add(session.principal.id, event);
  });
  return () => unobserved.end();
}

function fieldsOf({ sessionId, principal, remoteAddress, origin }: SessionInfo): object {
  return safeFields({ sessionId, principal: principal.id, remoteAddress, origin });
}
