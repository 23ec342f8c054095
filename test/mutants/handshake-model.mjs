const tests = ["test/security/handshake-model.test.ts"];

/** Breaks of the handshake's order, which the model notices. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "row 18",
    file: "src/daemon/accept.ts",
    from: 'if (this.#isAsking) throw new Error("a frame came before WELCOME had gone out");',
    to: "if (this.#isAsking) return;",
    tests,
  },
  {
    rule: "row 19",
    file: "src/auth/server-handshake.ts",
    from: "if (this.#receiveMac?.verify(frame) !== true) {",
    to: "if (this.#receiveMac === undefined) {",
    tests,
  },
  {
    rule: "row 17",
    file: "src/client/dial.ts",
    from: "else if (!this.#isOver) this.#unproven(",
    to: "else if (this.#isOver) this.#unproven(",
    tests,
  },
  {
    rule: "row 47",
    file: "src/daemon/accept.ts",
    from: "this.#timer = options.clock.after(AUTHENTICATION_DEADLINE_MS, () =>",
    to: "this.#timer = options.clock.after(AUTHENTICATION_DEADLINE_MS * 100, () =>",
    tests,
  },
  {
    rule: "row 18",
    file: "src/session/reception.ts",
    from: "if (!isRight) throw",
    to: "if (!isRight && name !== undefined) throw",
    tests: ["test/security/frames.test.ts"],
  },
];
