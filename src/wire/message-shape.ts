import { ProtocolError } from "../errors/hearthwire-error.js";
import { MAX_CREDIT, MAX_OBJECT_ID_LENGTH, MAX_SEQ } from "./constants.js";
import { checkError } from "./error-shape.js";
import type { Message } from "./message.js";
import { MAX_MEMBER_LENGTH } from "./object-id.js";
import { checkAnswerOptions, checkCallOptions } from "./options-shape.js";

/** Longest reason of `bye`, in UTF-16 units. */
export const MAX_REASON_LENGTH = 1024;
/** Most messages of a body. Ours flush at 256; what a message costs beside its bytes is bounded by this. */
export const MAX_MESSAGES = 1024;
/** Longest time in ms that a message may name: what timers can hold. */
const MAX_MS = 2 ** 31 - 1;

const BYE_CODES: ReadonlySet<unknown> = new Set(["done", "drain", "protocol", "overloaded", "expired", "revoked"]);

/** Where the messages stand. */
export interface MessagePlace {
  /** Segments beside the head. */
  readonly segmentCount: number;
  /** The body was joined from pieces: upkeep and pieces are refused in it. */
  readonly isJoined: boolean;
}

/**
 * Checks the shape of all messages of a body before the first one acts (protocol.md section 6): the number and types of
 * the elements and their limits; that `[id]` targets name an earlier call or get of this body that is answered; that
 * no `o` stands in the body's first call; that a piece has the body's one segment. Payloads may be any JSON value.
 * @throws ProtocolError naming the message and the rule, never the content.
 */
export function checkMessages(
  messages: readonly unknown[],
  place: MessagePlace,
): asserts messages is readonly Message[] {
  if (messages.length > MAX_MESSAGES) {
    throw new ProtocolError(`a body has at most ${MAX_MESSAGES} messages, got ${messages.length}`);
  }
  const results = new EarlierResults(messages);
  let pieces = 0;
  let hasCall = false;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (!Array.isArray(message)) throw new ProtocolError("a message must be an array");
    const length = message.length;
    switch (message[0]) {
      case "call":
      case "set":
        checkLength(message, 5, 6);
        checkId(message, 1);
        checkTarget(message, index, results);
        checkMember(message);
        if (length > 5) checkOrderedOptions(message, 5, hasCall);
        hasCall = true;
        break;
      case "get":
        checkLength(message, 4, 5);
        checkId(message, 1);
        checkTarget(message, index, results);
        checkMember(message);
        if (length > 4) checkOrderedOptions(message, 4, hasCall);
        hasCall = true;
        break;
      case "ok":
        checkLength(message, 2, 4);
        checkId(message, 1);
        if (length > 3) checkAnswerOptions(message[3], "ok");
        break;
      case "err":
        checkLength(message, 3, 4);
        checkId(message, 1);
        checkError(message[2], "err");
        if (length > 3) checkAnswerOptions(message[3], "err");
        break;
      case "item":
        checkLength(message, 3, 3);
        checkId(message, 1);
        break;
      case "credit":
        checkLength(message, 3, 3);
        checkId(message, 1);
        checkInteger(message, 2, 1, MAX_CREDIT);
        break;
      case "end":
        checkLength(message, 2, 3);
        checkId(message, 1);
        break;
      case "fail":
        checkLength(message, 3, 3);
        checkId(message, 1);
        checkError(message[2], "fail");
        break;
      case "stop":
        checkLength(message, 2, 3);
        checkId(message, 1);
        if (length > 2) checkError(message[2], "stop");
        break;
      case "cancel":
        checkLength(message, 2, 2);
        checkId(message, 1);
        break;
      case "release":
        checkLength(message, 3, 3);
        checkId(message, 1);
        checkId(message, 2);
        break;
      case "look":
        checkLength(message, 3, 4);
        checkId(message, 1);
        checkTarget(message, index, results);
        if (length > 3) checkInteger(message, 3, 1, 1);
        break;
      case "open":
      case "ready":
        checkLength(message, 1, 2);
        break;
      case "refused":
        checkLength(message, 2, 2);
        checkError(message[1], "refused");
        break;
      case "piece":
        refuseJoined(message, place);
        checkLength(message, 3, 3);
        checkId(message, 1);
        checkInteger(message, 2, 0, 2);
        pieces++;
        break;
      case "ping":
      case "pong":
        refuseJoined(message, place);
        checkLength(message, 2, 2);
        checkInteger(message, 1, 0, Number.MAX_SAFE_INTEGER);
        break;
      case "drain":
        refuseJoined(message, place);
        checkLength(message, 2, 2);
        checkInteger(message, 1, 0, MAX_MS);
        break;
      case "bye":
        refuseJoined(message, place);
        checkBye(message);
        break;
      default:
        throw new ProtocolError("a message must begin with one of the names of hearthwire/1");
    }
  }
  if (pieces > 0 && (pieces > 1 || place.segmentCount !== 1)) {
    throw new ProtocolError(
      `a frame with a piece has one piece and its one segment, got ${pieces} and ${place.segmentCount}`,
    );
  }
}

type UncheckedMessage = readonly unknown[];

function checkLength(message: UncheckedMessage, least: number, most: number): void {
  if (message.length < least || message.length > most) {
    throw new ProtocolError(`${nameOf(message)}: has ${least}..${most} elements, got ${message.length}`);
  }
}

function checkInteger(message: UncheckedMessage, at: number, least: number, most: number): void {
  const value = message[at];
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    throw new ProtocolError(`${nameOf(message)}: element ${at} must be an integer ${least}..${most}`);
  }
}

/** Ids of calls, streams, references and pieces, and counts of references: 1..2^53-1. */
function checkId(message: UncheckedMessage, at: number): void {
  if (!isId(message[at])) throw new ProtocolError(`${nameOf(message)}: element ${at} must be an integer 1..2^53-1`);
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function checkTarget(message: UncheckedMessage, index: number, results: EarlierResults): void {
  const target = message[2];
  if (typeof target === "string") {
    if (target.length > 0 && target.length <= MAX_OBJECT_ID_LENGTH) return;
    throw new ProtocolError(`${nameOf(message)}: an object id has 1..${MAX_OBJECT_ID_LENGTH} characters`);
  }
  if (isId(target)) return;
  if (!Array.isArray(target) || target.length !== 1 || !isId(target[0])) {
    throw new ProtocolError(`${nameOf(message)}: a target is an object id, a reference or [call id]`);
  }
  if (!results.has(target[0], index)) {
    throw new ProtocolError(`${nameOf(message)}: [id] must name an earlier call or get of this body that is answered`);
  }
}

function checkMember(message: UncheckedMessage): void {
  const member = message[3];
  if (typeof member !== "string" || member.length > MAX_MEMBER_LENGTH) {
    throw new ProtocolError(`${nameOf(message)}: a member is a string of up to ${MAX_MEMBER_LENGTH} characters`);
  }
}

function checkOrderedOptions(message: UncheckedMessage, at: number, hasEarlierCall: boolean): void {
  if (checkCallOptions(message[at], nameOf(message)).o !== undefined && !hasEarlierCall) {
    throw new ProtocolError(`${nameOf(message)}: the first call of a body has no previous call, so no "o"`);
  }
}

function checkBye(message: UncheckedMessage): void {
  checkLength(message, 4, 4);
  if (!BYE_CODES.has(message[1])) throw new ProtocolError(`bye: element 1 must be one of ${[...BYE_CODES].join(", ")}`);
  if (typeof message[2] !== "string" || message[2].length > MAX_REASON_LENGTH) {
    throw new ProtocolError(`bye: the reason is a string of up to ${MAX_REASON_LENGTH} characters`);
  }
  checkInteger(message, 3, 0, MAX_SEQ);
}

function refuseJoined(message: UncheckedMessage, place: MessagePlace): void {
  if (place.isJoined) throw new ProtocolError(`${nameOf(message)}: can't stand in a body joined from pieces`);
}

/** Only called for messages whose name is known, so the peer's text never gets into a sentence. */
function nameOf(message: UncheckedMessage): string {
  return message[0] as string;
}

/**
 * The calls and gets of a body whose results its later messages may name. Collected from the first pipelined target on,
 * each message once, because most bodies have none and a hostile one could ask in every message. Ids of one hash, which
 * a peer can choose, cost no more than `MAX_MESSAGES` squared.
 */
class EarlierResults {
  readonly #messages: readonly unknown[];
  /** Made with the first one that asks. */
  #ids: Set<number> | undefined;
  #collected = 0;

  constructor(messages: readonly unknown[]) {
    this.#messages = messages;
  }

  /** @param before index of the message that asks; those before it have been checked. */
  has(id: number, before: number): boolean {
    const ids = (this.#ids ??= new Set());
    for (; this.#collected < before; this.#collected++) {
      const message = this.#messages[this.#collected] as Message;
      if (message[0] === "call" && message[5]?.w !== 1) ids.add(message[1]);
      if (message[0] === "get" && message[4]?.w !== 1) ids.add(message[1]);
    }
    return ids.has(id);
  }
}
