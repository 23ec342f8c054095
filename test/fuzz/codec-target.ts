import { decodeTicketPayload } from "../../src/auth/ticket-payload.js";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { decodeBody, joinPieces } from "../../src/wire/body.js";
import { decodeConfirm } from "../../src/wire/confirm.js";
import { bodyOf } from "../../src/wire/frame.js";
import { decodeHello } from "../../src/wire/hello.js";
import { decodeWelcome } from "../../src/wire/welcome.js";
import { golden, goldenBytes } from "../wire/golden-frames.js";
import { fromHex } from "./fuzz-peer.js";
import { type FuzzTarget, Violation } from "./fuzz-target.js";
import { bodyBytes, type Dialogue, fuzzedBody, hex } from "./fuzzed-body.js";
import { JSON_SUITE } from "./hostile-values.js";
import { joined, mutateBytes, smallerBytes } from "./mutate-bytes.js";
import type { Random } from "./random.js";
import { ruleOf } from "./payload-target.js";

const PARSERS = {
  HELLO: decodeHello,
  WELCOME: decodeWelcome,
  CONFIRM: decodeConfirm,
  ticket: decodeTicketPayload,
  body: decodeBody,
  "body of pieces": (bytes: Uint8Array) =>
    joinPieces([bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)]),
} as const;
type Parser = keyof typeof PARSERS;

const VALID: Readonly<Record<Parser, readonly Uint8Array[]>> = {
  HELLO: [goldenBytes("HELLO by key"), goldenBytes("HELLO by ticket")],
  WELCOME: [goldenBytes("WELCOME to a key")],
  CONFIRM: [goldenBytes("CONFIRM of a key")],
  ticket: [fromHex(golden.ticket.hex)],
  body: [bodyOf(goldenBytes("DATA with a call")), bodyOf(goldenBytes("DATA with a segment"))],
  "body of pieces": [bodyOf(goldenBytes("DATA with a segment"))],
};

export interface ParsedBytes {
  readonly parser: Parser;
  readonly bytes: string;
}

/** Bytes that a holder of the key could sign, through every parser of the wire: read, or refused by a ProtocolError. */
export const codecTarget: FuzzTarget<ParsedBytes> = {
  name: "codec",
  generate(random) {
    const parser = random.pick([
      "HELLO",
      "WELCOME",
      "CONFIRM",
      "ticket",
      "body",
      "body",
      "body",
      "body of pieces",
    ] as const);
    let bytes = random.oneIn(2) || !parser.startsWith("body") ? random.pick(VALID[parser]) : madeBody(random);
    for (let times = random.pick([0, 1, 1, 1, 2, 5]); times > 0; times--) bytes = mutateBytes(bytes, random);
    return { parser, bytes: hex(bytes) };
  },
  run({ parser, bytes }, stopwatch) {
    try {
      const read = stopwatch.measure(() => PARSERS[parser](fromHex(bytes)));
      const isBody = typeof read === "object" && "segments" in read;
      if (isBody && !Array.isArray(read.messages)) throw new Violation("a head that is no array was read");
    } catch (error) {
      if (error instanceof Violation) throw error;
      if (!(error instanceof ProtocolError)) throw new Violation("a parser threw something else", { cause: error });
      return Promise.resolve([`${parser} refused: ${ruleOf(error.message)}`]);
    }
    return Promise.resolve([`${parser} read`]);
  },
  *smaller({ parser, bytes }) {
    for (const fewer of smallerBytes(fromHex(bytes))) yield { parser, bytes: hex(fewer) };
  },
  renew: () => undefined,
};

function madeBody(random: Random): Uint8Array {
  if (random.oneIn(3)) {
    const head = random.pick(JSON_SUITE);
    return joined(Uint8Array.of(0, 0, head.length >> 8, head.length & 255), head, Uint8Array.of(0, 0));
  }
  const dialogue: Dialogue = { random, serializerId: 1, nextCall: 1, nextGiven: 1 };
  return bodyBytes(fuzzedBody(dialogue));
}
