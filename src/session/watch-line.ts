import type { Session } from "./session.js";

/** Hears of the line of a session: until when the session waits without one; undefined, it has one again. */
export type LineListener = (awayUntil: Date | undefined) => void;

/** Tells when a session has lost its line, also at once when it has none now, and when its peer was heard over another. */
export function watchLine(session: Pick<Session, "leaseEndsAtMs" | "on">, listener: LineListener): () => void {
  let toldMs: number | undefined;
  const look = (): void => {
    const { leaseEndsAtMs } = session;
    if (leaseEndsAtMs === toldMs) return;
    toldMs = leaseEndsAtMs;
    listener(leaseEndsAtMs === undefined ? undefined : new Date(leaseEndsAtMs));
  };
  const stops = [session.on("detached", look), session.on("heard", look)];
  look();
  return () => stops.forEach((stop) => stop());
}
