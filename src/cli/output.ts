import { stripVTControlCharacters, styleText } from "node:util";
import { escaped } from "../observe/safe-text.js";
import type { CommandIo } from "./command-io.js";
import { jsonText } from "./json-text.js";

/** Formats of `util.styleText`. */
export type Style = Parameters<typeof styleText>[0];

/** A column of a table for people. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Numbers stand to the right. @default "left" */
  readonly align?: "left" | "right" | undefined;
}

/**
 * Prints one thing: its text for people, its document on one line with `--json`.
 *
 * @example
 * print(io, { document: { count: 3 }, text: "3 names" });
 */
export function print(io: CommandIo, { document, text }: { readonly document: unknown; readonly text: string }): void {
  io.out(io.isJson ? jsonText(document) : text);
}

/**
 * Prints a list: a table for people, which waits for the last row; with `--json` a line for each row, as it comes.
 *
 * @param list `document`: what stands for a row in JSON; the row itself unless given
 * @returns how many rows there were
 * @example
 * await printTable(io, { rows: keys, columns: [{ title: "ID", text: ({ id }) => id }] });
 */
export async function printTable<Row>(
  io: CommandIo,
  list: {
    readonly rows: Iterable<Row> | AsyncIterable<Row>;
    readonly columns: readonly Column<Row>[];
    readonly document?: ((row: Row) => unknown) | undefined;
  },
): Promise<number> {
  const { rows, columns, document = (row: Row) => row } = list;
  const lines: (readonly string[])[] = [];
  let count = 0;
  for await (const row of rows) {
    count++;
    if (io.isJson) io.out(jsonText(document(row)));
    else lines.push(columns.map(({ text }) => printable(text(row))));
  }
  if (lines.length === 0) return count;
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, column) =>
    lines.reduce((most, line) => Math.max(most, line[column]!.length), title.length),
  );
  const laidOut = (line: readonly string[]): string =>
    line
      .map((text, column) =>
        columns[column]!.align === "right" ? text.padStart(widths[column]!) : text.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd();
  io.out(styled(io, { text: laidOut(titles), style: "bold" }));
  for (const line of lines) io.out(laidOut(line));
  return count;
}

/** A text in colour where output is in colour, else as it is. */
export function styled(io: CommandIo, { text, style }: { readonly text: string; readonly style: Style }): string {
  // Whether there is colour is asked of the command's own output, not of the process.
  return isColoured(io) ? styleText(style, text, { validateStream: false }) : text;
}

/** Whether output is in colour: on a terminal, for people, unless `NO_COLOR` is set (no-color.org). */
export function isColoured(io: CommandIo): boolean {
  const { NO_COLOR } = io.env;
  return io.isTty && !io.isJson && (NO_COLOR === undefined || NO_COLOR === "");
}

/** Words of a peer, fit for a terminal: what could move its cursor or change its title is escaped; lines and tabs stay. */
export function printable(text: string): string {
  return text.replace(/[^\n\t]+/g, escaped);
}

/** A text without what `styled` added. */
export function unstyled(text: string): string {
  return stripVTControlCharacters(text);
}
