const tests = ["test/fuzz/fuzz.test.ts"];

/** Breaks that the fuzzer has to find by itself, in the number of inputs that `npm test` gives it. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "S34, row 1",
    file: "src/session/channel.ts",
    from: "if (!(isRight ?? this.#receiveMac.verify(frame)))",
    to: "if (this.#receiveMac === undefined)",
    tests,
  },
  { rule: "S37, row 10", file: "src/session/channel.ts", from: "if (!fits) throw", to: "if (seq === 0) throw", tests },
  {
    rule: "row 20",
    file: "src/auth/server-handshake.ts",
    from: "if (!isSigned) throw",
    to: "if (isSigned === undefined) throw",
    tests,
  },
  {
    rule: "row 6",
    file: "src/auth/server-handshake.ts",
    from: "if (this.#receiveMac?.verify(frame) !== true) {",
    to: "if (this.#receiveMac === undefined) {",
    tests,
  },
  {
    rule: "row 1",
    file: "src/auth/client-handshake.ts",
    from: "if (!keys.serverToClient.verify(frame)) {",
    to: "if (frame.length === 0) {",
    tests,
  },
  {
    rule: "row 76",
    file: "src/serializers/gate.ts",
    from: "if (depth >= MAX_PAYLOAD_DEPTH)",
    to: "if (depth < 0)",
    tests,
  },
  {
    rule: "row 68",
    file: "src/serializers/annotation.ts",
    from: 'return key === "__proto__" || key === "constructor"',
    to: 'return key === "constructor"',
    tests,
  },
  {
    rule: "row 65",
    file: "src/serializers/gate.ts",
    from: "if (key !== undefined && CALLED_BY_THE_LANGUAGE.has(key)) {",
    to: "if (key === undefined && CALLED_BY_THE_LANGUAGE.size === 0) {",
    tests,
  },
  {
    rule: "row 85",
    file: "src/wire/body.ts",
    from: 'if (!Array.isArray(messages)) throw new ProtocolError("DATA: the head must be an array of messages");',
    to: "",
    tests,
  },
  {
    rule: "row 61",
    file: "src/session/streams.ts",
    from: "for (const stream of [...this.#outgoing.values()]) stream.abandon(error);",
    to: "",
    tests,
  },
];
