/** Breaks of docs/security.md. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "S3",
    file: "docs/security.md",
    from: "| S44 | in the handshake, on both ends |",
    to: "| in the handshake, on both ends |",
    tests: ["test/docs/security.test.ts"],
  },
];
