const LINE = "src/client/line.ts";
const life = ["test/node/process-life.test.ts"];

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  { rule: "vigil", file: LINE, from: "    else if (this.#isAwaited) this.#vigil.begin();\n", to: "", tests: life },
  {
    rule: "vigil",
    file: "src/client/vigil.ts",
    from: "      if (!this.#isNeeded()) this.end();\n",
    to: "",
    tests: life,
  },
  {
    rule: "vigil",
    file: "src/session/frame-flow.ts",
    from: "this.#channel === undefined || this.pressureBytes",
    to: "this.pressureBytes",
    tests: ["test/session/outliving-channels.test.ts"],
  },
];
