import ts from "typescript-5.9";

/** Rooms of src/ in the order of docs/architecture.md: a file imports from its own room and from those before it. */
export const rooms = [
  "errors",
  "observe",
  "wire",
  "auth",
  "serializers",
  "transport",
  "session",
  "objects",
  "client",
  "daemon",
  "naming",
  "gateway",
  "telemetry",
  "browser",
  "node",
  "cli",
  "testing",
] as const;

/** Files at the top of src/, which re-export and do nothing else; their names are the package's subpaths. */
export const entries = [
  "index.ts",
  "node.ts",
  "browser.ts",
  "testing.ts",
  "vite.ts",
  "msgpack.ts",
  "prometheus.ts",
  "opentelemetry.ts",
] as const;

/** What a bundler for browsers finds in place of `hearthwire/node`: the one file whose import has an effect. */
const refusal = "node-in-browser.ts";

/** What Node runs as the command `hearthwire`: no other file imports it. */
const command = "cli/main.ts";

export const MAX_LINES = 400;

/** Where each import from outside src/ may stand. */
const outsideImports: readonly { readonly matches: RegExp; readonly rooms: readonly string[] }[] = [
  { matches: /^node:/, rooms: ["node", "cli"] },
  { matches: /^ws$/, rooms: ["node", "cli"] },
  { matches: /^(commander|@peculiar\/x509|reflect-metadata)$/, rooms: ["cli"] },
  { matches: /^(libsql\/promise|multicast-dns|vite)$/, rooms: ["node"] },
  { matches: /^isomorphic-ws$/, rooms: ["transport"] },
  { matches: /^@msgpack\/msgpack$/, rooms: ["serializers"] },
  { matches: /^(@opentelemetry\/api|prom-client)$/, rooms: ["telemetry"] },
  { matches: /^@noble\/hashes\//, rooms: ["auth"] },
];

const domGlobals = new Set([
  "window",
  "document",
  "location",
  "navigator",
  "fetch",
  "localStorage",
  "sessionStorage",
  "history",
]);

const vagueNames = /(^|-)(util|utils|helper|helpers|manager|common|misc|stuff)(-|\.|$)/;

/** One broken rule, as `file:line: sentence`. */
export type Violation = string;

/**
 * Holds the sources to the house rules.
 *
 * @param sources path below src/ with `/` -> text
 * @returns one line for each broken rule; none when the house is in order
 */
export function checkSources(sources: ReadonlyMap<string, string>): readonly Violation[] {
  const files = [...sources].map(([path, text]) => new SourceFile(path, text, sources));
  return [...files.flatMap((file) => file.violations()), ...cycles(files)];
}

interface Import {
  readonly specifier: string;
  readonly line: number;
}

class SourceFile {
  readonly path: string;
  readonly room: string | undefined;
  readonly imports: readonly Import[];
  readonly #text: string;
  readonly #tree: ts.SourceFile;
  readonly #sources: ReadonlyMap<string, string>;
  readonly #found: Violation[] = [];

  constructor(path: string, text: string, sources: ReadonlyMap<string, string>) {
    this.path = path;
    this.room = path.includes("/") ? path.slice(0, path.indexOf("/")) : undefined;
    this.#text = text;
    this.#tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    this.#sources = sources;
    this.imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
      specifier: fileName,
      line: this.#lineAt(pos),
    }));
  }

  /** The file that a relative import names, or `undefined` for a package and for a file that isn't there. */
  resolve(specifier: string): string | undefined {
    if (!specifier.startsWith(".")) return undefined;
    const base = new URL(this.path, "file:///src/");
    const target = new URL(specifier, base).pathname;
    if (!target.startsWith("/src/") || !target.endsWith(".js")) return undefined;
    const path = `${target.slice("/src/".length, -".js".length)}.ts`;
    return this.#sources.has(path) ? path : undefined;
  }

  violations(): readonly Violation[] {
    this.#checkName();
    this.#checkLength();
    this.#checkImports();
    this.#checkStatements();
    this.#checkSyntax();
    return this.#found;
  }

  #checkName(): void {
    const name = this.path.slice(this.path.lastIndexOf("/") + 1);
    if (!/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(name)) this.#report(1, `"${name}" is not in kebab-case`);
    if (vagueNames.test(name)) this.#report(1, `"${name}" does not say what it holds`);
    if (this.room === undefined) {
      const known: readonly string[] = [...entries, refusal];
      if (!known.includes(this.path)) this.#report(1, `"${this.path}" is no entry of the package; put it in a room`);
    } else if (!(rooms as readonly string[]).includes(this.room)) {
      this.#report(1, `"${this.room}" is no room of the house`);
    }
  }

  #checkLength(): void {
    const lines = this.#text.replace(/\n$/, "").split("\n").length;
    if (lines > MAX_LINES) this.#report(MAX_LINES + 1, `has ${lines} lines, at most ${MAX_LINES} are allowed`);
  }

  #checkImports(): void {
    for (const { specifier, line } of this.imports) {
      if (specifier.startsWith(".")) {
        const target = this.resolve(specifier);
        if (target === undefined) this.#report(line, `"${specifier}" is no file of src/ with the ending .js`);
        else if (!this.#mayImport(target)) this.#report(line, `"${this.room}" imports "${target}", a room after it`);
        else if (this.room !== "cli" && target.startsWith("cli/")) {
          this.#report(line, `imports "${target}": the command is imported by nothing else`);
        }
      } else {
        const rule = outsideImports.find(({ matches }) => matches.test(specifier));
        if (rule === undefined) this.#report(line, `"${specifier}" is no dependency of the package`);
        else if (this.room !== undefined && !rule.rooms.includes(this.room)) {
          this.#report(line, `"${specifier}" is imported outside of ${rule.rooms.join(", ")}`);
        } else if (this.room === undefined) this.#report(line, `an entry imports "${specifier}"`);
      }
    }
  }

  #mayImport(target: string): boolean {
    if (this.room === undefined) return true;
    if (!target.includes("/")) return false;
    const order: readonly string[] = rooms;
    return order.indexOf(target.slice(0, target.indexOf("/"))) <= order.indexOf(this.room);
  }

  #checkStatements(): void {
    for (const statement of this.#tree.statements) {
      if (ts.isExportAssignment(statement)) this.#report(statement, "has a default export");
      if (this.path === refusal) continue;
      if (this.path !== command && isEffect(statement)) this.#report(statement, "does something when it is imported");
      if (this.room === undefined && !ts.isExportDeclaration(statement)) {
        this.#report(statement, "an entry holds something other than `export ... from`");
      }
    }
  }

  #checkSyntax(): void {
    const declared = declaredNames(this.#tree);
    const visit = (node: ts.Node, depth: number): void => {
      if (ts.isDecorator(node)) this.#report(node, "uses decorator syntax, which Vite 8 and Node leave as it is");
      if (node.kind === ts.SyntaxKind.DefaultKeyword && ts.isModifier(node)) this.#report(node, "has a default export");
      if (depth === 0 && (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier))) {
        this.#report(node, "awaits at the top level, which require() of the package refuses");
      }
      const name = globalName(node);
      if (name !== undefined && domGlobals.has(name) && !declared.has(name) && this.room !== "browser") {
        this.#report(node, `uses the page's "${name}" outside of browser`);
      }
      ts.forEachChild(node, (child) => visit(child, depth + (ts.isFunctionLike(node) ? 1 : 0)));
    };
    visit(this.#tree, 0);
  }

  #report(at: ts.Node | number, sentence: string): void {
    const line = typeof at === "number" ? at : this.#lineAt(at.getStart(this.#tree));
    this.#found.push(`${this.path}:${line}: ${sentence}`);
  }

  #lineAt(position: number): number {
    return this.#tree.getLineAndCharacterOfPosition(position).line + 1;
  }
}

/** Statements that run code on import, but for the initialisers of constants. */
function isEffect(statement: ts.Statement): boolean {
  return !(
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isExportAssignment(statement) ||
    ts.isVariableStatement(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isModuleDeclaration(statement)
  );
}

/** The global that an identifier or `globalThis.name` reads, with local names not yet taken away. */
function globalName(node: ts.Node): string | undefined {
  if (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === "globalThis"
  ) {
    return node.name.text;
  }
  if (!ts.isIdentifier(node)) return undefined;
  // `a.name`, `{ name: 1 }`, `name(): void` and `const name` have it as their name; `{ name }` reads it too.
  const parent: ts.Node & { readonly name?: ts.Node } = node.parent;
  const isMemberName =
    (parent.name === node && !ts.isShorthandPropertyAssignment(parent)) ||
    ("propertyName" in parent && parent.propertyName === node) ||
    (ts.isQualifiedName(parent) && parent.right === node);
  return isMemberName ? undefined : node.text;
}

/** Every name that the file binds itself: its uses are taken for that binding. */
function declaredNames(tree: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const binds =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isImportClause(node) ||
      ts.isNamespaceImport(node);
    if (binds && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return names;
}

/** Each ring of files that import one another, types included, once. */
function cycles(files: readonly SourceFile[]): readonly Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const finished = new Set<string>();
  const found: Violation[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push(`${path}:1: a ring of imports: ${[...trail.slice(start), path].join(" -> ")}`);
      return;
    }
    if (finished.has(path)) return;
    const file = byPath.get(path);
    for (const { specifier } of file?.imports ?? []) {
      const target = file?.resolve(specifier);
      if (target !== undefined) walk(target, [...trail, path]);
    }
    finished.add(path);
  };
  for (const { path } of files) walk(path, []);
  return found;
}
