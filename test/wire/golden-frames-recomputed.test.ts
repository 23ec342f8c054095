import { createHash, createHmac, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { golden, goldenBytes } from "./golden-frames.js";

/** The key schedule of protocol.md section 3, written down a second time on the platform's own primitives. */
function derive(ikm: string, label: string, context: Uint8Array = Buffer.alloc(0)): Buffer {
  const info = Buffer.concat([Buffer.from(`hearthwire/1 ${label}\0`), context]);
  return Buffer.from(hkdfSync("sha256", Buffer.from(ikm, "hex"), "hearthwire/1 extract", info, 32));
}

function lengthAndBytes(size: 2 | 4, bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(size);
  length.writeUIntBE(bytes.length, 0, size);
  return Buffer.concat([length, bytes]);
}

function transcript(hello: Uint8Array, welcome: Uint8Array): Buffer {
  return createHash("sha256")
    .update("hearthwire/1 transcript")
    .update(lengthAndBytes(4, hello))
    .update(lengthAndBytes(4, welcome.subarray(0, -32)))
    .update(lengthAndBytes(2, Buffer.alloc(0)))
    .digest();
}

describe("golden frames, recomputed by node:crypto", () => {
  it.each(golden.frames)("$name is its fields one after another", ({ hex, fields }) => {
    expect(fields.map((field) => field.hex).join("")).toBe(hex);
  });

  it.each(golden.frames)("$name ends with the HMAC-SHA-256 of all before", ({ hex, keys, signedWith }) => {
    const frame = Buffer.from(hex, "hex");
    const derived = golden.derived[keys as "byKey" | "byTicket"] as Record<string, string>;
    const tag = createHmac("sha256", Buffer.from(derived[signedWith]!, "hex")).update(frame.subarray(0, -32)).digest();
    expect(frame.subarray(-32)).toEqual(tag);
  });

  it.each([
    { keys: "byKey", ikm: golden.key.bytes, hello: "HELLO by key", welcome: "WELCOME to a key" },
    { keys: "byTicket", ikm: golden.ticket.key, hello: "HELLO by ticket", welcome: "WELCOME to a ticket" },
  ] as const)("the keys of $hello follow from the schedule", ({ keys, ikm, hello, welcome }) => {
    const derived = golden.derived[keys];
    const th = transcript(goldenBytes(hello), goldenBytes(welcome));
    expect(th.toString("hex")).toBe(derived.transcript);
    expect(derive(ikm, "hello").toString("hex")).toBe(derived.hello);
    expect(derive(ikm, "c2s", th).toString("hex")).toBe(derived.c2s);
    expect(derive(ikm, "s2c", th).toString("hex")).toBe(derived.s2c);
    expect(derive(ikm, "resume", th).toString("hex")).toBe(derived.resume);
  });

  it("the ticket's key and the fingerprints follow from the schedule", () => {
    const payload = Buffer.from(golden.ticket.hex, "hex");
    expect(derive(golden.root.bytes, "ticket", payload).toString("hex")).toBe(golden.ticket.key);
    expect(derive(golden.key.bytes, "fingerprint").toString("hex", 0, 4)).toBe(golden.key.fingerprint);
    expect(derive(golden.root.bytes, "fingerprint").toString("hex", 0, 4)).toBe(golden.root.fingerprint);
  });
});
