const outgoing = ["test/session/outgoing.test.ts"];
const FILE = "src/session/outgoing.ts";

/** Breaks of how many items a frame takes, and of the order of a stream's steps. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "256 items",
    file: FILE,
    from: "const EARLY_MESSAGES = 256;",
    to: "const EARLY_MESSAGES = 1024;",
    tests: outgoing,
  },
  {
    rule: "32 calls among items",
    file: FILE,
    from: "if (message.isItem !== true) this.#calls++;",
    to: "",
    tests: outgoing,
  },
  {
    rule: "calls of another body",
    file: FILE,
    from: "    this.#calls = 0;\n",
    to: "",
    tests: outgoing,
  },
  {
    rule: "steps in order",
    file: "src/client/pending-iterator.ts",
    from: "    this.#ready = undefined;\n",
    to: "",
    tests: ["test/client/pending-iterator.test.ts"],
  },
];
