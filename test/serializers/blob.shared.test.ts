import { describe, expect, test } from "vitest";
import { CannotSendError } from "../../src/errors/hearthwire-error.js";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { type EncodedPayload, PayloadError, type PayloadSerializer } from "../../src/serializers/payload.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { admitted, LoopBody, sent, thrownThere, travelling } from "./bodies.js";
import { serializers } from "./byte-serializers.js";

const superjson = superjsonSerializer();
const blob = new Blob([Uint8Array.of(0, 1, 255)], { type: "image/png" });
const file = new File(["hello"], 'a "b" \\.txt', { type: "text/plain", lastModified: 1_700_000_000_123 });

/** A value on the other side, its Blobs read in between. */
async function crossed(serializer: PayloadSerializer, value: unknown): Promise<unknown> {
  const body = new LoopBody();
  const encoded = serializer.encode(value, travelling, "args");
  await encoded.blobs?.read();
  const { textBound, segmentBytes } = encoded;
  const text = encoded.finish(body);
  expect(text.length).toBeLessThanOrEqual(textBound);
  expect(body.segments.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(segmentBytes);
  const before = body.budget.nodes;
  const result = serializer.decode(JSON.parse(text), body);
  expect(before - body.budget.nodes).toBe(encoded.nodes);
  return result;
}
const bytesOf = async (one: Blob): Promise<readonly number[]> => [...new Uint8Array(await one.arrayBuffer())];
const refusal = (make: () => unknown): CannotSendError => {
  try {
    make();
  } catch (error) {
    if (error instanceof CannotSendError) return error;
    throw error;
  }
  throw new Error("it was sent");
};
/** A Blob that says it has so many bytes. */
const sized = (size: number): Blob => Object.defineProperty(new Blob([]), "size", { value: size });
/** A Blob whose bytes the test gives. */
const readBy = (read: () => Promise<ArrayBuffer>): Blob =>
  Object.defineProperty(new Blob(["x"]), "arrayBuffer", { value: read });

describe.each([...serializers, ["json", jsonSerializer] as const])("%s", (_name, make) => {
  test("carries a Blob with its bytes and type", async () => {
    const [arrived] = (await crossed(make(), [blob])) as [Blob];
    expect(Object.getPrototypeOf(arrived)).toBe(Blob.prototype);
    expect([arrived.type, arrived.size, await bytesOf(arrived)]).toEqual(["image/png", 3, [0, 1, 255]]);
  });

  test("carries a File with its name and date too", async () => {
    const { upload } = (await crossed(make(), { upload: file })) as { upload: File };
    expect(Object.getPrototypeOf(upload)).toBe(File.prototype);
    expect([upload.name, upload.type, upload.lastModified, await upload.text()]).toEqual([
      'a "b" \\.txt',
      "text/plain",
      1_700_000_000_123,
      "hello",
    ]);
  });

  test("carries an empty Blob, and the same one twice", async () => {
    const empty = new Blob([]);
    const [first, second] = (await crossed(make(), [empty, empty])) as [Blob, Blob];
    expect([first.size, first.type, second.size, first === second]).toEqual([0, "", 0, false]);
  });
});

describe("a payload with Blobs", () => {
  test("says so, and reads each once, when it is asked to", async () => {
    let reads = 0;
    const counted = readBy(async () => (reads++, new ArrayBuffer(1)));
    const { blobs } = superjson.encode([counted], travelling, "args");
    expect([blobs?.isReading, blobs?.areRead, reads]).toEqual([false, false, 0]);
    await Promise.all([blobs?.read(), blobs?.read()]);
    expect([blobs?.isReading, blobs?.areRead, reads]).toEqual([true, true, 1]);
  });

  test("is not what other payloads are", () => {
    const others: readonly EncodedPayload[] = [[1], [() => 1], [Uint8Array.of(1)]].map((value) =>
      superjson.encode(value, travelling, "args"),
    );
    expect(others.map(({ blobs }) => blobs)).toEqual([undefined, undefined, undefined]);
  });

  test("names the place of one that can't be read", async () => {
    const gone = new Error("the file was changed");
    const { blobs } = superjson.encode([{ a: readBy(() => Promise.reject(gone)) }], travelling, "args");
    await expect(blobs?.read()).rejects.toMatchObject({ code: "HW_CANNOT_SEND", path: "args[0].a", cause: gone });
  });
});

test("a Blob that gives other bytes than its size says is refused", async () => {
  const { blobs } = superjson.encode([readBy(async () => new ArrayBuffer(2))], travelling, "args");
  await expect(blobs?.read()).rejects.toMatchObject({ code: "HW_CANNOT_SEND", path: "args[0]" });
});

describe("refuses, by path,", () => {
  const most = 16 * 1024 * 1024;

  test("a Blob above 16 MiB, naming stream()", () => {
    expect(() => superjson.encode([sized(most)], travelling, "args")).not.toThrow();
    const error = refusal(() => superjson.encode([{ a: sized(most + 1) }], travelling, "args"));
    expect(error.path).toBe("args[0].a");
    expect(error.message).toContain("16777217 bytes");
    expect(error.message).toContain("send blob.stream()");
  });

  test("the second of two that are above 16 MiB together", () => {
    const halves = [sized(most / 2), sized(most / 2)];
    expect(() => superjson.encode(halves, travelling, "args")).not.toThrow();
    expect(refusal(() => superjson.encode([...halves, sized(1)], travelling, "args")).path).toBe("args[2]");
  });

  test.each([
    ["a type of 257 characters", new Blob([], { type: "a".repeat(257) }), new Blob([], { type: "a".repeat(256) })],
    ["a name of 1025 characters", new File([], "a".repeat(1025)), new File([], "a".repeat(1024))],
  ])("%s", (_, refused, taken) => {
    expect(refusal(() => superjson.encode([refused], travelling, "args")).path).toBe("args[0]");
    expect(() => superjson.encode([taken], travelling, "args")).not.toThrow();
  });

  test("an instance of a class made of Blob", () => {
    class Photo extends Blob {}
    expect(refusal(() => superjson.encode([new Photo()], travelling, "args")).message).toContain("instance of Photo");
  });
});

describe("an error", () => {
  test("in a value carries a Blob among its fields", async () => {
    const [error] = (await crossed(superjson, [Object.assign(new Error("m"), { blob })])) as [
      { details: { blob: Blob } },
    ];
    expect(await bytesOf(error.details.blob)).toEqual([0, 1, 255]);
  });

  test("that was thrown leaves a Blob behind, and keeps its other fields", () => {
    const error = thrownThere(superjson, Object.assign(new Error("m"), { blob, shelf: 7 }));
    expect(error).toMatchObject({ message: "m", details: { shelf: 7 } });
    expect((error as { details: object }).details).not.toHaveProperty("blob");
  });

  test("says so where a Blob itself was thrown", () => {
    expect(String(thrownThere(superjson, blob))).toContain("what was thrown can't be sent: thrown: no Blob travels");
  });
});

describe.each([...serializers, ["json", jsonSerializer] as const])("the gate of %s", (_name, make) => {
  const admittedAs = (leaf: unknown): unknown => {
    const body = new LoopBody();
    body.segment(Uint8Array.of(1, 2));
    return admitted(make(), { json: leaf, meta: { values: [["custom", "bytes"]], v: 1 } }, body);
  };

  test.each([
    ["a Blob without type", [0, "Blob"]],
    ["a Blob with more than a type", [0, "Blob", "", "name"]],
    ["a type that is no text", [0, "Blob", 1]],
    ["a type that is null", [0, "Blob", null]],
    ["a type of 257 characters", [0, "Blob", "a".repeat(257)]],
    ["a type in capitals, which would be another", [0, "Blob", "Text/Plain"]],
    ["a type that is not ASCII", [0, "Blob", "é"]],
    ["a type with a line break", [0, "Blob", "a\n"]],
    ["a segment that is not there", [9, "Blob", ""]],
    ["half a segment", [0.5, "Blob", ""]],
    ["a File without date", [0, "File", "", "a"]],
    ["a File with more", [0, "File", "", "a", 0, 0]],
    ["a name that is no text", [0, "File", "", 1, 0]],
    ["a name of 1025 characters", [0, "File", "", "a".repeat(1025), 0]],
    ["a date that is no integer", [0, "File", "", "a", 0.5]],
    ["a date that is a text", [0, "File", "", "a", "0"]],
    ["a date beyond 2^53", [0, "File", "", "a", 2 ** 53]],
    ["a class of another case", [0, "blob", ""]],
  ])("refuses %s", (_, leaf) => {
    expect(() => admittedAs(leaf)).toThrow(PayloadError);
  });

  test.each([
    ["a Blob", [0, "Blob", "a/b; c=d"], Blob],
    ["a type of 256 characters", [0, "Blob", "a".repeat(256)], Blob],
    ["a File", [0, "File", "", "a".repeat(1024), -1], File],
  ])("takes %s", (_, leaf, Class) => {
    const result = admittedAs(leaf) as Blob;
    expect([result.constructor, result.size, result.type]).toEqual([Class, 2, leaf[2]]);
  });

  test("copies the bytes out of the frame", async () => {
    const frame = Uint8Array.of(7, 8);
    const body = new LoopBody();
    body.segment(frame);
    const result = admitted(make(), { json: [0, "Blob", ""], meta: { values: [["custom", "bytes"]], v: 1 } }, body);
    frame.fill(0);
    expect(await bytesOf(result as Blob)).toEqual([7, 8]);
  });
});

test("writes the leaf as the protocol names it", async () => {
  const body = new LoopBody();
  const encoded = superjson.encode(file, travelling, "args");
  await encoded.blobs?.read();
  expect(JSON.parse(encoded.finish(body))).toEqual({
    json: [0, "File", "text/plain", 'a "b" \\.txt', 1_700_000_000_123],
    meta: { values: [["custom", "bytes"]], v: 1 },
  });
  expect(() => sent(superjson, blob)).toThrow("not read yet");
});
