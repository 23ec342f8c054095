/**
 * Finds a key in what a program has printed: its bytes as they are, in hex (plain, spaced or with colons, as Node prints
 * buffers), in base64 and base64url at any place of a longer text, and as a list of numbers.
 *
 * @returns the notation in which it stands there; undefined when it doesn't
 */
export function findKeyBytes(output: Buffer, key: Uint8Array): string | undefined {
  const bytes = Buffer.from(key);
  if (output.includes(bytes)) return "raw";
  const text = output.toString("latin1");
  const lower = text.toLowerCase();
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  if (["", " ", ":", ", "].some((gap) => lower.includes(hex.join(gap)))) return "hex";
  if (new RegExp([...bytes].join("\\s*,\\s*")).test(text)) return "numbers";
  for (let shift = 0; shift < 3; shift++) {
    // Bytes before it move the text; characters that the neighbours share are left out.
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const whole = shifted.length - (shifted.length % 3);
    const first = Math.ceil((shift * 4) / 3);
    for (const encoding of ["base64", "base64url"] as const) {
      if (text.includes(shifted.subarray(0, whole).toString(encoding).slice(first))) return encoding;
    }
  }
  return undefined;
}
