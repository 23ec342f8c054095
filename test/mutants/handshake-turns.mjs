/** Breaks of the rule that nobody speaks out of turn in a handshake. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "row 18",
    file: "src/daemon/accept.ts",
    from: 'if (this.#isAsking) throw new Error("a frame came before WELCOME had gone out");',
    to: "",
    tests: ["test/daemon/accept-waiting.test.ts"],
  },
  {
    rule: "row 18",
    file: "src/daemon/accept.ts",
    from: "if (this.#options !== undefined) this.#welcome(found);",
    to: "this.#welcome(found);",
    tests: ["test/daemon/accept-waiting.test.ts"],
  },
  {
    rule: "row 17",
    file: "src/client/dial.ts",
    from: "else if (!this.#isOver) this.#unproven(",
    to: "else if (this.#isOver) this.#unproven(",
    tests: ["test/client/dial.test.ts"],
  },
];
