import type { Emitter } from "../observe/emitter.js";
import type { Logger } from "../observe/logger.js";
import type { DaemonEvents, SessionInfo } from "./daemon-events.js";

/** Whatever a peer can choose is cut here. */
const MAX_FIELD_LENGTH = 200;

/** Line breaks, escape sequences and direction marks, with which a peer could forge or hide lines of a log. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Writes a daemon's events to a logger as structured fields. */
export function logEvents(events: Emitter<DaemonEvents>, logger: Logger): void {
  events.on("accepted", (session) => logger.info("hearthwire: accepted", fieldsOf(session)));
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

/** Fields fit for any log: control characters as `\u....`, at most 200 characters each, those without a value left out. */
function loggable(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const safe: Record<string, string> = {};
  for (const [name, text] of Object.entries(fields)) {
    if (text !== undefined) safe[name] = escaped(text).slice(0, MAX_FIELD_LENGTH);
  }
  return safe;
}

function escaped(text: string): string {
  return text
    .slice(0, MAX_FIELD_LENGTH)
    .replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
