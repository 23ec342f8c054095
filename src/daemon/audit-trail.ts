import { Emitter } from "../observe/emitter.js";
import { safeFields } from "../observe/safe-fields.js";
import type { Clock } from "../session/clock.js";
import type { DaemonEvents, Denial, Refusal, SessionInfo } from "./daemon-events.js";
import { FloodCap } from "./flood-cap.js";
import { networkOf } from "./network-of.js";

/**
 * Who did what, for whoever has to know later. Every text is fit for a log: control characters, line separators, escape
 * sequences and direction marks stand as `\u....`, and none is longer than 200 characters. Nothing in it is a secret.
 * What is not known is left out.
 */
export interface AuditEntry {
  /** By the daemon's clock, as ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  /**
   * `renewed`: the session goes on by a fresh credential, over another line. `detached`: it has lost its line; then its
   * peer is back, `resumed`, or the session is `closed`.
   */
  readonly event: "accepted" | "renewed" | "detached" | "resumed" | "refused" | "denied" | "closed";
  /** `Principal.id`. Of a peer that was refused it is there only when the peer had proved itself. */
  readonly principal?: string;
  /** Of the key, or of the ticket's root; of a peer that was refused before it had proved itself it is what it claimed. */
  readonly keyId?: string;
  /** 8 hex digits, as `Key.fingerprint`; not there for what was only claimed. */
  readonly keyFingerprint?: string;
  /** SHA-256 of the client's certificate. */
  readonly certificateFingerprint?: string;
  readonly sessionId?: string;
  readonly remoteAddress?: string;
  /** Of the page, when the peer is a browser. */
  readonly origin?: string;
  /** Of `denied`: the object id, `""` by reference; of what is missing in the peer's own words. */
  readonly object?: string;
  /** Of `denied`: `""` for a function itself, and for a look at an object. */
  readonly member?: string;
  /** Of `refused`, `detached` and `closed` a sentence; of `denied` one of `missing`, `credential`, `authorizer`, `limit`. */
  readonly reason?: string;
  /** Of `denied` for the reason `limit`: which one. */
  readonly limit?: string;
  /**
   * How many events of the same kind and origin (`denied`: the principal, `refused`: the address, of IPv6 its /64) were left out before this
   * one: 20 in 10 seconds are told, and the last one.
   */
  readonly leftOut?: number;
}

/**
 * Takes the audit trail of a daemon: one line of JSON without a line break for each entry, and the entry itself. What it
 * throws, or rejects with, goes to `console.error` and harms nobody.
 */
export type AuditListener = (line: string, entry: AuditEntry) => unknown;

type Fields = { readonly [F in Exclude<keyof AuditEntry, "time" | "event">]?: AuditEntry[F] | undefined };

/** What an audit trail listens to. */
export interface AuditedDaemon {
  readonly events: Emitter<DaemonEvents>;
  readonly clock: Clock;
}

/** Writes a daemon's events to an audit listener; returns what tells the last of it. */
export function auditEvents({ events, clock }: AuditedDaemon, audit: AuditListener): () => void {
  const entries = new Emitter<{ audit: Parameters<AuditListener> }>();
  entries.on("audit", audit);
  const write = (event: AuditEntry["event"], fields: Fields): void => {
    const time = new Date(clock.now()).toISOString();
    const leftOut = fields.leftOut === 0 ? undefined : fields.leftOut;
    const entry: AuditEntry = Object.freeze({ time, event, ...safeFields({ ...fields, leftOut }) });
    entries.emit("audit", JSON.stringify(entry), entry);
  };
  const refusals = new FloodCap<Refusal>(clock, ({ principal, ...refusal }, leftOut) =>
    write("refused", { ...refusal, principal: principal?.id, leftOut }),
  );
  events.on("accepted", (session) => write("accepted", fieldsOf(session)));
  events.on("renewed", (session) => write("renewed", fieldsOf(session)));
  events.on("detached", (session, cause) => write("detached", { ...fieldsOf(session), reason: cause.message }));
  events.on("resumed", (session) => write("resumed", fieldsOf(session)));
  events.on("refused", (refusal) => refusals.add(networkOf(refusal.remoteAddress ?? ""), refusal));
  events.on("denied", ({ session, ...denial }: Denial) => write("denied", { ...fieldsOf(session), ...denial }));
  events.on("closed", (session, reason) => write("closed", { ...fieldsOf(session), reason: reason?.message }));
  return () => refusals.end();
}

function fieldsOf(session: SessionInfo): Fields {
  const { principal, keyId, keyFingerprint, certificateFingerprint, sessionId, remoteAddress, origin } = session;
  return { principal: principal.id, keyId, keyFingerprint, certificateFingerprint, sessionId, remoteAddress, origin };
}
