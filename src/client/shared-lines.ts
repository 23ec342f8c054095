import type { Line } from "./line.js";

interface SharedLine {
  /** What must be identical for another connection to share the line. */
  readonly identity: readonly unknown[];
  readonly line: Line;
}

/** The open lines of a host, by URL. */
export class SharedLines {
  readonly #lines = new Map<string, readonly SharedLine[]>();

  /** The open line of this URL and identity, or a new one. */
  take(url: string, identity: readonly unknown[], open: () => Line): Line {
    const lines = (this.#lines.get(url) ?? []).filter(({ line }) => !line.isClosed);
    const shared = lines.find((one) => one.identity.every((value, index) => Object.is(value, identity[index])));
    if (shared !== undefined) return shared.line;
    const line = open();
    this.#lines.set(url, [...lines, { identity, line }]);
    void line.closed.then(() => this.#drop(url));
    return line;
  }

  #drop(url: string): void {
    const open = (this.#lines.get(url) ?? []).filter(({ line }) => !line.isClosed);
    if (open.length > 0) this.#lines.set(url, open);
    else this.#lines.delete(url);
  }
}
