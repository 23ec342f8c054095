import { decodeBody } from "../../src/wire/body.js";
import { FrameType } from "../../src/wire/constants.js";
import { bodyOf, readHeader } from "../../src/wire/frame.js";
import { decodeWelcome } from "../../src/wire/welcome.js";
import type { Clock } from "../../src/session/clock.js";
import { toHex } from "../../src/client/hex.js";
import type { Coverage } from "./coverage.js";
import type { ModelLine, Side } from "./line.js";
import type { Violations } from "./violations.js";

/** What one side of a session has put on the wire, over all lines. */
class Sender {
  /** Bodies by sequence number, from 1. */
  readonly bodies: Uint8Array[] = [];
  lastAck = 0;
  /** Number of the newest frame that wants an ack. */
  lastWanting = 0;
  /** When it last sent something; acks that had to wait behind what goes first come together. */
  sentAtMs = -Infinity;
  /** Number of the newest WELCOME over whose line it has sent. */
  welcomeNumber = 0;
  /** Something with messages of its own has come since it last sent. */
  owesAck = false;
}

class SeenSession {
  readonly id: string;
  readonly welcomedAtMs: number;
  readonly client = new Sender();
  readonly server = new Sender();
  /** Number of the newest WELCOME that was confirmed. */
  confirmed = 0;

  constructor(id: string, welcomedAtMs: number) {
    this.id = id;
    this.welcomedAtMs = welcomedAtMs;
  }

  of(side: Side): Sender {
    return side === "client" ? this.client : this.server;
  }
}

interface SeenLine {
  /** Counted in the order in which WELCOMEs were sent; 0 before. */
  welcomeNumber: number;
  session: SeenSession | undefined;
  isHelloSent: boolean;
  isConfirmSent: boolean;
  /** CONFIRM has reached the server as it was sent. */
  isConfirmed: boolean;
  confirm: Uint8Array | undefined;
  readonly lastSeq: Record<Side, number>;
}

export interface WireOracleOptions {
  readonly clock: Clock;
  readonly violations: Violations;
  readonly coverage: Coverage;
}

/**
 * Reads along on every line, as anybody can, and holds what the two sides of each session say against section 5: nothing
 * before CONFIRM, one line at a time, frames numbered and repeated as they were, acks that never go back.
 */
export class WireOracle {
  readonly #clock: Clock;
  readonly #violations: Violations;
  readonly #coverage: Coverage;
  readonly #frames = new Map<string, number>();
  readonly #lines = new Map<ModelLine, SeenLine>();
  readonly #sessions = new Map<string, SeenSession>();
  #welcomes = 0;

  constructor({ clock, violations, coverage }: WireOracleOptions) {
    this.#clock = clock;
    this.#violations = violations;
    this.#coverage = coverage;
  }

  /** How many frames a client has handed to transports, those sent again not counted. */
  framesOf(client: string): number {
    return this.#frames.get(client) ?? 0;
  }

  /** A client hands a frame to a transport, which may drop it. */
  handedOver(client: string): void {
    this.#frames.set(client, this.framesOf(client) + 1);
  }

  /** Id of the session whose WELCOME a client answered last. */
  confirmedBy(client: string): string {
    const confirmed = [...this.#lines].filter(([line, { isConfirmSent }]) => line.dialler === client && isConfirmSent);
    return confirmed.at(-1)?.[1].session?.id ?? "";
  }

  /** When the first WELCOME of a session was sent. */
  welcomedAtMs(sessionId: string): number | undefined {
    return this.#sessions.get(sessionId)?.welcomedAtMs;
  }

  /** How far the handshake of a line has got: how many of HELLO, WELCOME and CONFIRM were sent. */
  stageOf(line: ModelLine): number {
    const { isHelloSent, welcomeNumber, isConfirmSent } = this.#seen(line);
    return isConfirmSent ? 3 : welcomeNumber > 0 ? 2 : isHelloSent ? 1 : 0;
  }

  sent(line: ModelLine, from: Side, frame: Uint8Array): void {
    const { type, ack, seq } = readHeader(frame);
    if (type === FrameType.HELLO) this.#hello(line);
    else if (type === FrameType.WELCOME) this.#welcome(line, frame);
    else if (type === FrameType.CONFIRM) this.#confirm(line, { frame, ack });
    else this.#dataSent(line, { from, frame, ack, seq });
  }

  delivered(line: ModelLine, to: Side, frame: Uint8Array): void {
    const seen = this.#seen(line);
    if (
      to === "server" &&
      !seen.isConfirmed &&
      seen.confirm !== undefined &&
      Buffer.compare(frame, seen.confirm) === 0
    ) {
      seen.isConfirmed = true;
      if (seen.session !== undefined) seen.session.confirmed = Math.max(seen.session.confirmed, seen.welcomeNumber);
    }
    const receiver = seen.session?.of(to);
    if (receiver !== undefined && frame[3] === FrameType.DATA && bearsMessages(frame)) receiver.owesAck = true;
  }

  closing(line: ModelLine, from: Side, code: number): void {
    // One that was not opened in time ends so too.
    const [first] = this.#seen(line).session?.server.bodies ?? [];
    const isOpen = first !== undefined && Buffer.from(first.subarray(4)).toString("latin1").startsWith('[["ready"');
    if (code === 4400 && isOpen && !line.isTampered && !line.isImpersonated && line.dialler !== undefined)
      this.#violations.add(`line ${line.number} brought what was said and was closed by the ${from} with 4400`);
    if (from === "client" || code !== 4409) return;
    const { session, welcomeNumber, isConfirmed, isConfirmSent } = this.#seen(line);
    if (!isConfirmed)
      this.#coverage.note(isConfirmSent ? "CONFIRM overtaken by a newer one" : "pending handshake replaced");
    if (session === undefined || session.confirmed <= welcomeNumber) {
      this.#violations.add(`line ${line.number} was replaced although no newer WELCOME had been confirmed`);
    }
  }

  /** When all is quiet, everything that wants an ack has one. */
  checkAcks(sessionIds: readonly string[]): void {
    for (const id of sessionIds) {
      const session = this.#sessions.get(id);
      if (session === undefined) continue;
      for (const [from, to] of [
        [session.client, session.server],
        [session.server, session.client],
      ] as const) {
        if (from.lastWanting > to.lastAck)
          this.#violations.add(`frame ${from.lastWanting} is not acknowledged, ${to.lastAck} is`);
      }
    }
    this.#violations.check();
  }

  #hello(line: ModelLine): void {
    const seen = this.#seen(line);
    seen.isHelloSent = true;
    if (line.dialler === undefined) return;
    for (const [other, { isHelloSent, isConfirmSent }] of this.#lines) {
      const isUnfinished = isHelloSent && !isConfirmSent && other.client.isOpen;
      if (other !== line && other.dialler === line.dialler && isUnfinished)
        this.#violations.add(
          `${line.dialler} began a handshake on line ${line.number} beside that on line ${other.number}`,
        );
    }
  }

  #welcome(line: ModelLine, frame: Uint8Array): void {
    const seen = this.#seen(line);
    const { sessionId, ack } = decodeWelcome(frame);
    const id = toHex(sessionId);
    let session = this.#sessions.get(id);
    if (session === undefined) this.#sessions.set(id, (session = new SeenSession(id, this.#clock.now())));
    const isBesideAnother = [...this.#lines].some(
      ([other, { session: its, isConfirmed }]) =>
        its === session && !isConfirmed && other.server.isOpen && other.dialler !== undefined,
    );
    if (isBesideAnother) this.#coverage.note("two handshakes of one session");
    if (session.confirmed > 0 && ack > 0) this.#coverage.note("WELCOME of a session that has frames");
    seen.session = session;
    seen.welcomeNumber = this.#welcomes += 1;
    this.#ackOf(line, { sender: session.server, ack });
  }

  #confirm(line: ModelLine, { frame, ack }: { readonly frame: Uint8Array; readonly ack: number }): void {
    const seen = this.#seen(line);
    seen.isConfirmSent = true;
    seen.confirm = frame.slice();
    if (seen.session !== undefined) this.#ackOf(line, { sender: seen.session.client, ack });
  }

  #dataSent(
    line: ModelLine,
    {
      from,
      frame,
      ack,
      seq,
    }: { readonly from: Side; readonly frame: Uint8Array; readonly ack: number; readonly seq: number },
  ): void {
    const seen = this.#seen(line);
    const where = `line ${line.number}, ${from}, seq ${seq}`;
    if (seen.session === undefined) {
      this.#violations.add(`${where}: DATA before a handshake`);
      return;
    }
    const sender = seen.session.of(from);
    const isProved = from === "server" ? seen.isConfirmed : seen.isConfirmSent;
    if (!isProved) this.#violations.add(`${where}: DATA before CONFIRM`);
    if (seen.welcomeNumber < sender.welcomeNumber) this.#violations.add(`${where}: a newer line is in use`);
    sender.welcomeNumber = Math.max(sender.welcomeNumber, seen.welcomeNumber);
    const last = seen.lastSeq[from];
    if (last !== 0 && seq !== last + 1) this.#violations.add(`${where}: follows ${last}`);
    seen.lastSeq[from] = seq;
    const isNew = this.#bodyOf(sender, { seq, frame, where });
    if (!isNew) this.#coverage.note(`sent again by the ${from}`);
    else if (from === "client" && line.dialler !== undefined) this.handedOver(line.dialler);
    this.#ackOf(line, { sender, ack });
    if (isNew && bearsMessages(frame)) sender.lastWanting = seq;
    if (isNew && isBare(frame) && !sender.owesAck && this.#clock.now() > sender.sentAtMs)
      this.#violations.add(`${where}: acknowledges nothing that wants it`);
    sender.owesAck = false;
    sender.sentAtMs = this.#clock.now();
  }

  /** A number stands for one body for ever, and none is left out. Says whether it is new. */
  #bodyOf(
    { bodies }: Sender,
    { seq, frame, where }: { readonly seq: number; readonly frame: Uint8Array; readonly where: string },
  ): boolean {
    const body = bodyOf(frame);
    const isNew = seq === bodies.length + 1;
    if (isNew) bodies.push(body.slice());
    else if (seq > bodies.length) this.#violations.add(`${where}: ${bodies.length} was the last number given out`);
    else if (Buffer.compare(body, bodies[seq - 1]!) !== 0)
      this.#violations.add(`${where}: has another body than before`);
    return isNew;
  }

  #ackOf(line: ModelLine, { sender, ack }: { readonly sender: Sender; readonly ack: number }): void {
    if (ack < sender.lastAck) this.#violations.add(`line ${line.number}: ack ${ack} after ${sender.lastAck}`);
    sender.lastAck = Math.max(sender.lastAck, ack);
  }

  #seen(line: ModelLine): SeenLine {
    let seen = this.#lines.get(line);
    if (seen === undefined) {
      seen = {
        welcomeNumber: 0,
        session: undefined,
        isHelloSent: false,
        isConfirmSent: false,
        isConfirmed: false,
        confirm: undefined,
        lastSeq: { client: 0, server: 0 },
      };
      this.#lines.set(line, seen);
    }
    return seen;
  }
}

/** A body without any message: an acknowledgement. */
function isBare(frame: Uint8Array): boolean {
  return bodyOf(frame).length === 4 + 2 + 2;
}

/** Whether a frame holds any message but upkeep. What an attacker changed may hold anything. */
function bearsMessages(frame: Uint8Array): boolean {
  try {
    return decodeBody(bodyOf(frame)).messages.some(([name]) => name !== "ping" && name !== "pong");
  } catch {
    return true;
  }
}
