import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeTicketPayload } from "../../src/auth/ticket-payload.js";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { decodeBody } from "../../src/wire/body.js";
import { decodeConfirm } from "../../src/wire/confirm.js";
import { bodyOf } from "../../src/wire/frame.js";
import { decodeHello } from "../../src/wire/hello.js";
import { decodeWelcome } from "../../src/wire/welcome.js";
import { golden, goldenBytes, type GoldenName } from "./golden-frames.js";
import { fromHex } from "./hex.js";

/** Parsers of hostile bytes return or throw a ProtocolError, nothing else. */
function outcome(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): "read" | "refused" {
  try {
    parse(bytes);
    return "read";
  } catch (error) {
    if (error instanceof ProtocolError) return "refused";
    throw error;
  }
}

const parsers: readonly { name: string; parse: (bytes: Uint8Array) => unknown; valid: Uint8Array }[] = [
  ...(["HELLO by key", "HELLO by ticket"] as const).map((name) => ({
    name,
    parse: decodeHello,
    valid: goldenBytes(name),
  })),
  { name: "WELCOME", parse: decodeWelcome, valid: goldenBytes("WELCOME to a key") },
  { name: "CONFIRM", parse: decodeConfirm, valid: goldenBytes("CONFIRM of a key") },
  { name: "ticket", parse: decodeTicketPayload, valid: fromHex(golden.ticket.hex) },
  ...(["DATA with a call", "DATA with a segment"] as const).map((name: GoldenName) => ({
    name,
    parse: decodeBody,
    valid: bodyOf(goldenBytes(name)),
  })),
];

describe.each(parsers)("the parser of $name", ({ parse, valid }) => {
  it("reads the recorded bytes", () => {
    expect(outcome(parse, valid)).toBe("read");
  });

  it("refuses every truncation", () => {
    for (let length = 0; length < valid.length; length++) {
      expect(outcome(parse, valid.slice(0, length)), `${length} bytes`).toBe("refused");
    }
  });

  it("refuses bytes appended", () => {
    for (const extra of [1, 2, 32, 100]) {
      const longer = new Uint8Array(valid.length + extra);
      longer.set(valid);
      expect(outcome(parse, longer), `${extra} bytes more`).toBe("refused");
    }
  });

  it("throws nothing but ProtocolError whatever the bytes", () => {
    const mutated = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
      .map((changes) => {
        const bytes = valid.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const property = fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      outcome(parse, bytes);
    });
    expect(() => fc.assert(property, { numRuns: 200 })).not.toThrow();
  });
});

describe("a head of arbitrary JSON", () => {
  it("is read or refused by a ProtocolError", () => {
    const encoder = new TextEncoder();
    const names = fc.constantFrom("call", "get", "set", "ok", "err", "open", "stop", "piece", "bye", "look", "release");
    const message = fc
      .tuple(names, fc.array(fc.oneof(fc.jsonValue(), fc.constantFrom(1, 2, "o", { a: {} }, [1]))))
      .map(([name, rest]) => [name, ...rest]);
    const property = fc.property(fc.array(fc.oneof(message, fc.jsonValue()), { maxLength: 5 }), (messages) => {
      const head = encoder.encode(JSON.stringify(messages));
      const body = new Uint8Array(4 + head.length + 2);
      new DataView(body.buffer).setUint32(0, head.length);
      body.set(head, 4);
      outcome(decodeBody, body);
    });
    expect(() => fc.assert(property, { numRuns: 300 })).not.toThrow();
  });
});
