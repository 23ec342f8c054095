const SECURITY = ["test/security/names.test.ts"];

/** Breaks of what docs/security.md says of names. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "N15",
    file: "src/naming/watched-table.ts",
    from: "else if (count % PAGES_A_TURN === 0) await this.#turn();",
    to: "else if (count % PAGES_A_TURN === 0) void this.#turn;",
    tests: SECURITY,
  },
  {
    rule: "N27",
    file: "src/cli/names-list.ts",
    from: "text: printable(String(count))",
    to: "text: String(count)",
    tests: SECURITY,
  },
  {
    rule: "N26",
    file: "src/node/serve-names.ts",
    from: "discovery = false,",
    to: "discovery = true,",
    tests: SECURITY,
  },
];
