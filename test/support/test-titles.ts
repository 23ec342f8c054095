import ts from "typescript-5.9";

/**
 * The titles of a test file as they are written there: those that tables fill in with their placeholders, such as `%s`.
 * Tests that don't run (`test.skip`, `test.todo`) are left out, and so are titles that aren't plain text.
 */
export function testTitles(source: string): readonly string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    const [title] = ts.isCallExpression(node) ? node.arguments : [];
    if (title !== undefined && ts.isStringLiteralLike(title) && isTest((node as ts.CallExpression).expression)) {
      titles.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("a.test.ts", source, ts.ScriptTarget.Latest));
  return titles;
}

/** `test`, `it`, and what `test.each(table)` gives. */
function isTest(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === "test" || callee.text === "it";
  if (!ts.isCallExpression(callee) || !ts.isPropertyAccessExpression(callee.expression)) return false;
  const { name, expression } = callee.expression;
  return name.text === "each" && ts.isIdentifier(expression) && isTest(expression);
}
