import { type HandshakeSchedule, KeySchedule } from "./key-schedule.js";
import { clientScheduleOf, isKey } from "./known-keys.js";
import { type ReadTicket, readTicketPayload, type SealedTicket, type Ticket, ticketSecret } from "./read-ticket.js";

/** A ticket taken apart by the client that got it. */
export interface OpenedTicket extends ReadTicket {
  readonly schedule: HandshakeSchedule;
}

/**
 * Takes a ticket apart.
 * @throws ConfigError `HW_OPTION_INVALID` when it isn't what `mintTicket` made.
 */
export function openTicket(ticket: Ticket | SealedTicket): OpenedTicket {
  const { payload, payloadBytes } = readTicketPayload(ticket);
  const { key } = ticket;
  return {
    payload,
    payloadBytes,
    schedule: isKey(key) ? clientScheduleOf(key) : new KeySchedule(ticketSecret(ticket)),
  };
}
