import { expect, test } from "vitest";
import { PayloadError } from "../../src/serializers/payload.js";
import { ArrivedBody } from "../../src/session/arrived-body.js";

const arrived = (): ArrivedBody =>
  new ArrivedBody(
    { segments: [Uint8Array.of(1), Uint8Array.of(2)], budget: { nodes: 1 }, byteLength: 2, ack: 0 },
    { reference: () => undefined, stream: () => undefined },
  );

test("shows a segment that was not taken yet, without taking it", () => {
  const body = arrived();
  expect([body.peek(1), body.peek(1)]).toEqual([Uint8Array.of(2), Uint8Array.of(2)]);
  expect(body.segment(1)).toEqual(Uint8Array.of(2));
});

// Else each payload of a body could have the same segment of 16 MiB unpacked once more.
test("shows no segment that was taken, and takes none twice", () => {
  const body = arrived();
  body.segment(1);
  expect([body.peek(0), body.peek(1)]).toEqual([Uint8Array.of(1), undefined]);
  expect(() => body.segment(1)).toThrow(PayloadError);
});

test.each([[2], [-1], [0.5], ["0"], [null], [undefined]])("shows nothing for %o", (index) => {
  expect(arrived().peek(index)).toBeUndefined();
});
