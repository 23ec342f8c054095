import { CannotSendError, ProtocolError } from "../../src/errors/hearthwire-error.js";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { messagePackSerializer } from "../../src/serializers/messagepack-serializer.js";
import { type OutgoingValues, PayloadError, type PayloadSerializer } from "../../src/serializers/payload.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import type { ErrorRecord } from "../../src/wire/message.js";
import { checkError } from "../../src/wire/error-shape.js";
import { LoopBody } from "../serializers/bodies.js";
import { jsonInBytes, toMessagePack } from "../serializers/byte-serializers.js";
import { money } from "../serializers/values.js";
import { fuzzedPayload } from "./fuzzed-payload.js";
import { type FuzzTarget, type Stopwatch, Violation } from "./fuzz-target.js";
import { JSON_SUITE } from "./hostile-values.js";
import { mutateBytes, smallerBytes } from "./mutate-bytes.js";
import { smallerTexts, textOf } from "./mutate-json.js";
import type { Random } from "./random.js";
import { checkRevived } from "./revived-value.js";

type Name = "superjson" | "superjson with regexps" | "json" | "messagepack" | "a program's own";

interface Gated {
  readonly serializer: PayloadSerializer;
  readonly allowsRegExp: boolean;
  /** Packs what is a text for the others into the bytes of a segment. */
  readonly pack: ((text: string) => Uint8Array) | undefined;
}

const types = [money];
const utf8 = new TextEncoder();
const GATED: Readonly<Record<Name, Gated>> = {
  superjson: { serializer: superjsonSerializer({ types }), allowsRegExp: false, pack: undefined },
  "superjson with regexps": {
    serializer: superjsonSerializer({ types, allowRegExp: true }),
    allowsRegExp: true,
    pack: undefined,
  },
  json: { serializer: jsonSerializer(), allowsRegExp: false, pack: undefined },
  messagepack: {
    serializer: messagePackSerializer({ types }),
    allowsRegExp: false,
    pack: (text) => toMessagePack(JSON.parse(text)),
  },
  "a program's own": {
    serializer: jsonInBytes({ types }),
    allowsRegExp: false,
    pack: (text) => utf8.encode(text),
  },
};
const NAMES = Object.keys(GATED) as readonly Name[];

/** One payload: the text of its tree, or for byte serializers what stands in its segment, in hex. */
export interface FuzzedPayload {
  readonly serializer: Name;
  readonly text?: string;
  readonly bytes?: string;
  /** It stands in an error record as `data` or `thrown`. */
  readonly asError?: "data" | "thrown";
}

/** Payloads through the gate of every serializer: refused by a PayloadError, or a value that is what it may be. */
export const payloadTarget: FuzzTarget<FuzzedPayload> = {
  name: "payload",
  generate(random) {
    const serializer = random.pick(NAMES);
    const { pack } = GATED[serializer];
    const text = textOf(fuzzedPayload(random, GATED.superjson.serializer), random);
    const asError = random.oneIn(6) ? random.pick(["data", "thrown"] as const) : undefined;
    const common = asError === undefined ? { serializer } : { serializer, asError };
    if (pack === undefined || !random.oneIn(3)) return { ...common, text };
    return { ...common, bytes: Buffer.from(spoiltBytes(text, pack, random)).toString("hex") };
  },
  run: (input, stopwatch) => Promise.resolve([outcomeOf(input, stopwatch)]),
  *smaller(input) {
    if (input.asError !== undefined) yield { ...input, asError: undefined! };
    if (input.text !== undefined) for (const text of smallerTexts(input.text)) yield { ...input, text };
    if (input.bytes !== undefined) {
      const bytes = Uint8Array.from(Buffer.from(input.bytes, "hex"));
      for (const fewer of smallerBytes(bytes)) yield { ...input, bytes: Buffer.from(fewer).toString("hex") };
    }
  },
  renew: () => undefined,
};

function spoiltBytes(text: string, pack: (text: string) => Uint8Array, random: Random): Uint8Array {
  if (random.oneIn(10)) return random.pick(JSON_SUITE);
  let bytes: Uint8Array;
  try {
    bytes = pack(text);
  } catch {
    bytes = random.bytes(random.between(1, 64));
  }
  return mutateBytes(bytes, random);
}

function outcomeOf(input: FuzzedPayload, stopwatch: Stopwatch): string {
  const { serializer, allowsRegExp, pack } = GATED[input.serializer];
  const body = new LoopBody();
  for (const length of [16, 3, 8]) body.segment(new Uint8Array(length).fill(length));
  body.objects.push({}, {}, {});
  const known = new Set(body.objects);
  let payload: unknown;
  try {
    payload = stopwatch.measure(() => payloadOf(input, pack, body));
  } catch {
    return "no payload: it can't be parsed";
  }
  // The body of the tests takes a leaf of another shape for something to be sent, and gives it out again.
  const isTravelling = (value: object): boolean => known.has(value) || body.objects.includes(value);
  stopwatch.measure(() => serializer.dependencies(payload, body));
  const received = { payload, body, input, isTravelling, allowsRegExp, stopwatch };
  if (input.asError !== undefined) return errorOutcome(serializer, received);
  let value: unknown;
  try {
    value = stopwatch.measure(() => serializer.decode(payload, body));
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    return `refused: ${ruleOf(error.message)}`;
  }
  const { hasErrors } = checkRevived(value, { isTravelling, allowsRegExp });
  if (hasErrors) return "admitted, with an error";
  return checkReturn(serializer, value, { isTravelling, allowsRegExp });
}

function payloadOf({ text, bytes }: FuzzedPayload, pack: Gated["pack"], body: LoopBody): unknown {
  if (bytes !== undefined) return body.segment(Uint8Array.from(Buffer.from(bytes, "hex")));
  if (text === undefined) return undefined;
  return pack === undefined ? (JSON.parse(text) as unknown) : body.segment(pack(text));
}

interface Received {
  readonly payload: unknown;
  readonly body: LoopBody;
  readonly input: FuzzedPayload;
  readonly isTravelling: (value: object) => boolean;
  readonly allowsRegExp: boolean;
  readonly stopwatch: Stopwatch;
}

/** Errors never fail to be read: what is refused in them is left out. */
function errorOutcome(serializer: PayloadSerializer, received: Received): string {
  const { payload, body, input, isTravelling, allowsRegExp, stopwatch } = received;
  const record = input.asError === "thrown" ? { thrown: payload } : { name: "E", message: "m", data: payload };
  try {
    checkError(record, "err");
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return "an error record of a wrong shape";
  }
  const value = stopwatch.measure(() => serializer.decodeError(record as ErrorRecord, body, {}));
  checkRevived(value, { isTravelling, allowsRegExp });
  return `read as an error's ${input.asError}`;
}

/** What the gate let pass can be sent back, and comes out of that as it was. */
function checkReturn(
  serializer: PayloadSerializer,
  value: unknown,
  facts: Pick<Received, "isTravelling" | "allowsRegExp">,
): string {
  const way = new LoopBody();
  let returned: unknown;
  try {
    const encoded = serializer.encode(value, travelsAs(facts), "result");
    if (encoded.blobs !== undefined) return "admitted, with a Blob";
    returned = serializer.decode(JSON.parse(encoded.finish(way)), way);
  } catch (error) {
    // Annotations that a peer need not write, but this side does, may go beyond the budget.
    if (error instanceof CannotSendError) return `admitted, but can't be sent back: ${ruleOf(error.message)}`;
    throw new Violation("what was sent back is refused", { cause: error });
  }
  if (described(serializer, returned, facts) !== described(serializer, value, facts)) {
    throw new Violation("what was sent back came out as something else");
  }
  return "admitted, and the same when sent back";
}

/** A value in the words of superjson, which tells all types apart; in JSON itself, -0 becomes 0. */
function described(serializer: PayloadSerializer, value: unknown, facts: Pick<Received, "isTravelling">): string {
  const teller = serializer === GATED.json.serializer ? serializer : GATED["superjson with regexps"].serializer;
  return teller.encode(value, travelsAs(facts), "result").finish(new LoopBody());
}

function travelsAs({ isTravelling }: Pick<Received, "isTravelling">): OutgoingValues {
  return { travels: (value) => (isTravelling(value) ? "reference" : undefined) };
}

/** A sentence without what differs from input to input. */
export function ruleOf(message: string): string {
  return message
    .replaceAll(/"[^"]*"/g, '"..."')
    .replaceAll(/\d+/g, "N")
    .slice(0, 70);
}
