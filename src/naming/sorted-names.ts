/** A chunk of more names is split. Inserting moves at most so many. */
const MAX_CHUNK = 1_024;

/** Names in the order of their UTF-16 units, in chunks, so that one more or one less moves few of them. */
export class SortedNames {
  /** None is empty. */
  readonly #chunks: string[][] = [];

  /** Adds a name that is not there yet. */
  add(name: string): void {
    const at = Math.max(0, this.#chunkOf(name));
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([name]);
      return;
    }
    chunk.splice(firstFrom(chunk, name), 0, name);
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(at + 1, 0, chunk.splice(MAX_CHUNK / 2));
  }

  delete(name: string): void {
    const at = this.#chunkOf(name);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const index = firstFrom(chunk, name);
    if (chunk[index] !== name) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** At most so many names, the first of them the first that is not before `from`. */
  slice(from: string, count: number): string[] {
    const first = Math.max(0, this.#chunkOf(from));
    const names: string[] = [];
    for (let at = first; at < this.#chunks.length && names.length < count; at += 1) {
      const chunk = this.#chunks[at] ?? [];
      const start = at === first ? firstFrom(chunk, from) : 0;
      for (const name of chunk.slice(start, start + count - names.length)) names.push(name);
    }
    return names;
  }

  /** The last chunk that begins with the name or one before it; -1: they all begin after it. */
  #chunkOf(name: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#chunks[middle]?.[0] ?? "") <= name) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Index of the first name that is not before another; the length if they all are. */
function firstFrom(names: readonly string[], from: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? "") < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
