/** Breaks of docs/security.md. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "S3",
    file: "docs/security.md",
    from: "| S44 | in the handshake, on both ends |",
    to: "| in the handshake, on both ends |",
    tests: ["test/docs/security.test.ts"],
  },
  {
    rule: "a defence of names is shown by a test",
    file: "docs/security.md",
    from: "| N2 | ",
    to: "| N3 | ",
    tests: ["test/docs/security.test.ts"],
  },
  {
    rule: "a defence of names is shown by a test that is there",
    file: "docs/security.md",
    from: "frees the name with its last registration`",
    to: "frees the name`",
    tests: ["test/docs/security.test.ts"],
  },
];
