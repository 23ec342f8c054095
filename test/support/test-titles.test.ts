import { expect, test } from "vitest";
import { testTitles } from "./test-titles.js";

test("finds titles of tests, of tables and in groups, as they are written", () => {
  const source = `
    describe("a group", () => {
      test("one", () => {});
      it('two', async () => {});
      it(\`three\`, () => {});
    });
    describe.each(["x"])("of %s", () => {
      test.each<[string, unknown]>([
        ["a (b)", 1],
      ])("takes %s", (_, value) => {});
    });
    it.each(table)("four %j", () => {});
  `;
  expect(testTitles(source)).toEqual(["one", "two", "three", "takes %s", "four %j"]);
});

test.each([
  ["groups", 'describe("a", () => {}); describe.each([1])("b", () => {});'],
  ["tests that don't run", 'test.skip("a", () => {}); it.todo("b"); test.skip.each([1])("c", () => {});'],
  ["other functions", 'edit("a"); expect("b"); best.each([1])("c");'],
  ["titles in comments and texts", '// test("a", () => {});\nconst text = \'test("b", () => {});\';'],
  ["titles that are made", "test(name, () => {}); it(`of ${name}`, () => {});"],
])("finds nothing in %s", (_, source) => {
  expect(testTitles(source)).toEqual([]);
});
