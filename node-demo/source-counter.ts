import { expose } from "hearthwire";

/** A source file as the client sends it. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface LanguageTotals {
  readonly language: string;
  readonly files: number;
  readonly lines: number;
  readonly words: number;
}

const languages: ReadonlyMap<string, string> = new Map([
  ["ts", "TypeScript"],
  ["js", "JavaScript"],
  ["mjs", "JavaScript"],
  ["json", "JSON"],
  ["md", "Markdown"],
  ["html", "HTML"],
  ["css", "CSS"],
  ["sh", "Shell"],
  ["yml", "YAML"],
]);

/** Counts lines and words per language. The daemon makes one per client, so totals are never mixed up. */
export class SourceCounter {
  readonly #totals = new Map<string, { files: number; lines: number; words: number }>();

  /** Counts one file; returns its lines. */
  count(file: SourceFile): number {
    const extension = file.path.slice(file.path.lastIndexOf(".") + 1);
    const language = languages.get(extension) ?? "other";
    const lines = file.text === "" ? 0 : file.text.split("\n").length - (file.text.endsWith("\n") ? 1 : 0);
    const words = file.text.match(/\S+/g)?.length ?? 0;
    const before = this.#totals.get(language) ?? { files: 0, lines: 0, words: 0 };
    this.#totals.set(language, {
      files: before.files + 1,
      lines: before.lines + lines,
      words: before.words + words,
    });
    return lines;
  }

  /** What was counted so far, the most lines first. */
  totals(): LanguageTotals[] {
    const rows = [...this.#totals].map(([language, totals]) => ({ language, ...totals }));
    return rows.sort((a, b) => b.lines - a.lines);
  }
}
expose(SourceCounter, ["count", "totals"]);
