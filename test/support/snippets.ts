/** A fenced block of a Markdown page. */
export interface Snippet {
  /** Language of the fence, such as `ts`. */
  readonly language: string;
  /** The file that the first line names in a comment, such as `server.ts`. */
  readonly file: string | undefined;
  readonly text: string;
  /** Line of the fence, from 1. */
  readonly line: number;
}

/**
 * The fenced blocks of a page, in order. A block whose first line is `// name.ts`, a remark in brackets after it
 * allowed, is that file of the program that the page's blocks form together.
 */
export function snippetsOf(markdown: string): readonly Snippet[] {
  const snippets: Snippet[] = [];
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, line] of markdown.split(/\r?\n/).entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (open === undefined) {
      if (fence !== null) open = { language: fence[1] ?? "", line: index + 1, lines: [] };
    } else if (fence !== null) {
      const file = /^\/\/ ([\w-]+\.tsx?)(?: \(.*\))?$/.exec(open.lines[0] ?? "")?.[1];
      snippets.push({ language: open.language, file, text: `${open.lines.join("\n")}\n`, line: open.line });
      open = undefined;
    } else open.lines.push(line);
  }
  if (open !== undefined) throw new Error(`the block that begins in line ${open.line} has no end`);
  return snippets;
}

/**
 * What a page says that a command prints: the lines after `$ command` in a `console` block.
 *
 * @returns no lines when the page shows none
 */
export function printedBy(snippets: readonly Snippet[], command: string): readonly string[] {
  for (const { language, text } of snippets) {
    const lines = text.trimEnd().split("\n");
    if (language === "console" && lines[0] === `$ ${command}`) return lines.slice(1);
  }
  return [];
}
