const dates = ["test/serializers/scalar.shared.test.ts"];
const scalars = ["test/serializers/encoded-scalars.shared.test.ts"];

/** Breaks of the short ways of common values. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "a Date is its own toISOString()",
    file: "src/serializers/scalar.ts",
    from: "return day !== undefined && date.getUTCDate() === Number(day);",
    to: "return day !== undefined && !Number.isNaN(date.valueOf());",
    tests: dates,
  },
  {
    rule: "scalars have the nodes of the walk",
    file: "src/serializers/encoded-scalars.ts",
    from: "length + 1);",
    to: "length);",
    tests: scalars,
  },
  {
    rule: "-0 is no plain number",
    file: "src/serializers/encoded-scalars.ts",
    from: "Number.isFinite(value) && !Object.is(value, -0)",
    to: "Number.isFinite(value)",
    tests: scalars,
  },
  {
    rule: "what throws when it is read is refused by its path",
    file: "src/serializers/encoded-scalars.ts",
    from: "    return undefined;\n  }\n}",
    to: "    return new FinalText('{}', 1);\n  }\n}",
    tests: scalars,
  },
];
