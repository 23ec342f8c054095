import golden from "../vectors/golden-frames.json" with { type: "json" };
import { fromHex } from "./hex.js";

export { golden };

export type GoldenName =
  | "HELLO by key"
  | "WELCOME to a key"
  | "CONFIRM of a key"
  | "HELLO by ticket"
  | "WELCOME to a ticket"
  | "CONFIRM of a ticket"
  | "DATA empty: an acknowledgement"
  | "DATA with a call"
  | "DATA with a segment";

export function goldenFrame(name: GoldenName): (typeof golden.frames)[number] {
  const found = golden.frames.find((frame) => frame.name === name);
  if (found === undefined) throw new Error(`no golden frame is called ${name}`);
  return found;
}

/** The bytes of a whole frame. */
export function goldenBytes(name: GoldenName): Uint8Array {
  return fromHex(goldenFrame(name).hex);
}

/** The bytes of one field of a frame. */
export function goldenField(name: GoldenName, field: string): Uint8Array {
  const found = goldenFrame(name).fields.find((entry) => entry.name === field);
  if (found === undefined) throw new Error(`${name} has no field ${field}`);
  return fromHex(found.hex);
}
