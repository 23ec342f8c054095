import { decodeBody } from "../../src/wire/body.js";
import { bodyOf } from "../../src/wire/frame.js";
import { fromHex, type FuzzPeer, type HeaderChange } from "./fuzz-peer.js";
import { type FuzzTarget, smallerLists, type Stopwatch, turnOfTheLoop, Violation } from "./fuzz-target.js";
import { expectNothingHeld, FuzzWorld, takeBegun } from "./fuzz-world.js";
import { bodyBytes, type Dialogue, type FuzzedBody, fuzzedBody, hex } from "./fuzzed-body.js";
import { runs } from "./fuzzed-objects.js";
import { EDGE_NUMBERS } from "./hostile-values.js";
import { mutateBytes } from "./mutate-bytes.js";
import { smallerTexts } from "./mutate-json.js";
import { ruleOf } from "./payload-target.js";
import type { Random } from "./random.js";

/** One frame, signed with the right key. */
export interface SignedStep extends Partial<FuzzedBody> {
  /** Instead of head and segments: the bytes of the body, in hex. */
  readonly body?: string;
  readonly header?: HeaderChange;
}

export interface SignedFrames {
  readonly serializerId: number;
  readonly steps: readonly SignedStep[];
}

let world = new FuzzWorld();

/** A holder of the key who sends what it likes, to a session with objects behind it. */
export const sessionTarget: FuzzTarget<SignedFrames> = {
  name: "session",
  generate(random) {
    const serializerId = random.pick([1, 1, 1, 2, 3, 3]);
    const dialogue: Dialogue = { random, serializerId, nextCall: 1, nextGiven: 1 };
    return { serializerId, steps: random.list(random.between(1, 6), () => signedStep(dialogue)) };
  },
  async run({ serializerId, steps }, stopwatch) {
    await world.begin();
    const peer = await world.member(serializerId);
    const outcomes: string[] = [];
    const sessions = takeBegun();
    const isOver = (): boolean => peer.line.closing !== undefined || sessions.some((session) => session.isEnded);
    for (const each of steps) if (!isOver()) outcomes.push(await take(peer, { step: each, stopwatch, isOver }));
    peer.line.destroy();
    await turnOfTheLoop();
    await expectNothingHeld(sessions);
    await world.expectUnharmed();
    return outcomes;
  },
  *smaller(input) {
    for (const steps of smallerLists(input.steps)) yield { ...input, steps };
    for (const [index, each] of input.steps.entries()) {
      for (const head of each.head === undefined ? [] : smallerTexts(each.head)) {
        yield { ...input, steps: input.steps.with(index, { ...each, head }) };
      }
    }
  },
  renew: () => void (world = new FuzzWorld()),
};

export function signedStep(dialogue: Dialogue): SignedStep {
  const { random } = dialogue;
  const body = fuzzedBody(dialogue);
  if (random.oneIn(25)) return { ...body, header: headerChange(random) };
  if (!random.oneIn(12)) return body;
  return { body: hex(mutateBytes(bodyBytes(body), random)) };
}

/** Numbers as they can stand in 6 bytes. */
function headerChange(random: Random): HeaderChange {
  const u48 = EDGE_NUMBERS.filter((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 48);
  return random.pick<HeaderChange>([
    { type: random.below(6) },
    { version: random.below(4) },
    { magic: random.below(65_536) },
    { seq: random.pick(u48) },
    { ack: random.pick(u48) },
  ]);
}

/** Refusals of calls that never ran. */
const NOT_RUN: ReadonlySet<unknown> = new Set([
  "HW_BAD_PAYLOAD",
  "HW_LIMIT",
  "HW_NO_SUCH_OBJECT",
  "HW_NO_SUCH_MEMBER",
  "HW_ARGUMENTS_INVALID",
  "HW_REFERENCE_GONE",
  "HW_NOT_REMOTE",
]);
const ASKING: ReadonlySet<unknown> = new Set(["call", "get", "set", "look"]);

interface Taking {
  readonly step: SignedStep;
  readonly stopwatch: Stopwatch;
  readonly isOver: () => boolean;
}

async function take(
  peer: FuzzPeer,
  { step: { head, segments, body, header }, stopwatch, isOver }: Taking,
): Promise<string> {
  const frame =
    body === undefined
      ? peer.data({ head: head ?? "[]", segments: segments ?? [] }, header)
      : peer.bytes(fromHex(body), header);
  const messages = messagesOf(frame);
  const runsBefore = runs.count;
  await stopwatch.measureTurn(() => peer.line.deliver(frame));
  const ran = runs.count - runsBefore;
  const answers = peer.takeMessages();
  if (messages === undefined || isRefused(header)) {
    if (ran > 0) throw new Violation("a handler ran for a frame that is refused");
    if (!isOver()) throw new Violation("a broken frame did no harm");
  }
  const refused = answers.filter(isRefusalBeforeRunning);
  const asked = (messages ?? []).filter(([name]) => ASKING.has(name)).length;
  const mayRun = asked + earlierCalls(peer, asked);
  if (ran + refused.length > mayRun) throw new Violation(`${ran} handlers ran for ${asked} calls`);
  return outcomeOf(peer.line.closing, answers);
}

/** Whether no frame with such a header may be taken. A number that happens to be right may. */
export function isRefused({ type = 4, version = 1, magic = 0x4857 }: HeaderChange = {}): boolean {
  return type !== 4 || version !== 1 || magic !== 0x4857;
}

/** Only with `wire` it is hearthwire's own word: handlers let through what streams of theirs failed with. */
function isRefusalBeforeRunning([name, , error]: readonly unknown[]): boolean {
  if (name !== "err") return false;
  const { code, wire } = error as { readonly code?: string; readonly wire?: number };
  return wire === 1 && NOT_RUN.has(code);
}

/** Calls of earlier frames that may still run: those that wait for others. */
const waiting = new WeakMap<FuzzPeer, number>();

function earlierCalls(peer: FuzzPeer, asked: number): number {
  const earlier = waiting.get(peer) ?? 0;
  waiting.set(peer, earlier + asked);
  return earlier;
}

export function messagesOf(frame: Uint8Array): readonly (readonly unknown[])[] | undefined {
  try {
    return decodeBody(bodyOf(frame)).messages;
  } catch {
    return undefined;
  }
}

/** What the daemon said, the words from deep inside first. */
const WORDS = [
  "item",
  "end",
  "fail",
  "call",
  "ok",
  "err of a handler",
  "err",
  "stop",
  "release",
  "credit",
  "pong",
  "ready",
];

export function outcomeOf(
  closing: { readonly code: number } | undefined,
  answers: readonly (readonly unknown[])[],
): string {
  const said = answers.map(wordOf);
  const bye = said.find((word) => word.startsWith("bye"));
  if (closing !== undefined) return `ended with ${closing.code}${bye === undefined ? "" : ` and ${bye}`}`;
  const word = WORDS.flatMap((begin) => said.find((each) => each.startsWith(begin)) ?? [])[0];
  return word === undefined ? "taken, nothing to say" : `taken, says ${word}`;
}

function wordOf([name, , third]: readonly unknown[]): string {
  if (name === "bye") return `bye: ${ruleOf(String(third))}`;
  if (name !== "err") return String(name);
  const { code = "" } = third as { readonly code?: string };
  return `err ${code.startsWith("HW_") ? code : "of a handler"}`;
}
