import type { Logger } from "../observe/logger.js";
import type { Line } from "./line.js";

/** Tells a program's logger what happens to a line. */
export function logEvents({ events, peer: url }: Line, logger: Logger): void {
  events.on("state", (state) => {
    if (state.status === "closed" && state.reason !== undefined) logger.warn("hearthwire: closed", { url, ...state });
    else logger.info(`hearthwire: ${state.status}`, { url, ...state });
  });
  events.on("session", (session) => logger.info("hearthwire: a new session", { url, ...session }));
  events.on("renewalFailed", (error) => logger.warn("hearthwire: renewing failed", { url, error }));
  events.on("unobserved", (error, call) =>
    logger.warn("hearthwire: a call failed unobserved", { url, error, ...call }),
  );
  events.on("threw", (error, call) => logger.warn("hearthwire: threw", { url, error, ...call }));
}
