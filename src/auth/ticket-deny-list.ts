import { bytesToHex } from "@noble/hashes/utils.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { Emitter } from "../observe/emitter.js";
import type { DeniableTicket } from "./grant.js";
import { checkSubject } from "./subject.js";
import { readTicketPayload, type SealedTicket, type Ticket, TICKET_LIFETIME_MS } from "./ticket.js";
import { CLOCK_SKEW_MS } from "./validity.js";

/** How a deny list tells the time. */
export interface TicketDenyListOptions {
  /** Ms since the epoch. @default Date.now */
  readonly nowMs?: (() => number) | undefined;
}

/** What a list is told of a subject. */
export interface DenySubjectOptions {
  /**
   * Tickets issued until then, in ms since the epoch; at most a minute ahead. A minter whose clock goes ahead of the
   * daemon's needs so much more. @default now
   */
  readonly issuedUntilMs?: number | undefined;
}

/** Entries that a list holds before it looks for those that can go; then again at twice of what is left. */
const FIRST_SWEEP = 64;

/** Later than this after it was issued no ticket is accepted. */
const LONGEST_USE_MS = TICKET_LIFETIME_MS.most + CLOCK_SKEW_MS;

/**
 * Tickets that are refused though they have not expired: of someone who logged out, or whose device was stolen. A daemon
 * that has the list ends the sessions whose credential is denied, at once.
 *
 * An entry is forgotten when what it names has expired, so the list holds what an hour brings, and needs no database. It
 * knows of nothing before its process began: where that matters, deny again at start, or mint short-lived tickets.
 *
 * @example
 * const deniedTickets = new TicketDenyList();
 * const daemon = await serve({ cart }, { keys, deniedTickets });
 * app.post("/logout", (request) => deniedTickets.denySubject(request.session.userId));
 */
export class TicketDenyList {
  /** By the ticket's id in hex: when the ticket can't be used any more. */
  readonly #tickets = new Map<string, number>();
  /** By subject: tickets issued until then. */
  readonly #subjects = new Map<string, number>();
  readonly #events = new Emitter<{ denied: [] }>();
  readonly #nowMs: () => number;
  #sweepAt = FIRST_SWEEP;

  constructor({ nowMs = Date.now }: TicketDenyListOptions = {}) {
    this.#nowMs = nowMs;
  }

  /** Entries that are kept now. */
  get size(): number {
    this.#sweep();
    return this.#tickets.size + this.#subjects.size;
  }

  /**
   * Denies one ticket, of which its payload is enough: that is no secret.
   * @throws ConfigError `HW_OPTION_INVALID` when it isn't what `mintTicket` made.
   */
  deny(ticket: Ticket | SealedTicket | string): void {
    const { payload } = readTicketPayload(typeof ticket === "string" ? { payload: ticket } : ticket);
    // One that says that it lives longer is refused anyway.
    const longest = Math.min(payload.expiresAtMs + CLOCK_SKEW_MS, this.#nowMs() + LONGEST_USE_MS + CLOCK_SKEW_MS);
    this.#tickets.set(bytesToHex(payload.id), longest);
    this.#changed();
  }

  /**
   * Denies all tickets of a subject that were issued until now, whatever key they were minted with; later ones are
   * accepted.
   * @throws ConfigError `HW_OPTION_INVALID`
   */
  denySubject(subject: string, options: DenySubjectOptions = {}): void {
    const latest = this.#nowMs() + CLOCK_SKEW_MS;
    const untilMs = options.issuedUntilMs ?? this.#nowMs();
    if (!Number.isInteger(untilMs) || untilMs < 0 || untilMs > latest) {
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"issuedUntilMs" must be ms since the epoch, at most ${CLOCK_SKEW_MS} from now, got ${String(untilMs)}`,
      );
    }
    const name = checkSubject(subject);
    this.#subjects.set(name, Math.max(untilMs, this.#subjects.get(name) ?? 0));
    this.#changed();
  }

  /** Why a ticket is denied, for whoever runs the daemon; undefined when it is not. */
  denialOf({ id, subject, issuedAtMs }: DeniableTicket): string | undefined {
    // Hex is made only when there is something to find.
    if (this.#tickets.size > 0 && this.#tickets.has(bytesToHex(id))) return 'it is denied by "deniedTickets"';
    if (issuedAtMs > (this.#subjects.get(subject) ?? -1)) return undefined;
    return `the tickets of ${JSON.stringify(subject)} issued until then are denied by "deniedTickets"`;
  }

  /** Calls the listener when more is denied than before; returns the function that removes the listener. */
  onDenied(listener: () => void): () => void {
    return this.#events.on("denied", listener);
  }

  #changed(): void {
    if (this.#tickets.size + this.#subjects.size >= this.#sweepAt) {
      this.#sweep();
      this.#sweepAt = Math.max(FIRST_SWEEP, 2 * (this.#tickets.size + this.#subjects.size));
    }
    this.#events.emit("denied");
  }

  #sweep(): void {
    const nowMs = this.#nowMs();
    for (const [id, endsAtMs] of this.#tickets) if (endsAtMs < nowMs) this.#tickets.delete(id);
    for (const [subject, untilMs] of this.#subjects) {
      if (untilMs + LONGEST_USE_MS < nowMs) this.#subjects.delete(subject);
    }
  }
}
