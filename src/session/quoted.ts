/** Bounds the memory of names that are never used again. */
const MAX_KNOWN = 1024;

const known = new Map<string, string>();

/** The JSON text of an object id or member name; the few that a program uses are kept. */
export function quoted(name: string): string {
  let text = known.get(name);
  if (text === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(name, (text = JSON.stringify(name)));
  }
  return text;
}
