const proof = ["test/auth/discovery-proof.test.ts"];
const talk = ["test/node/discovery.test.ts"];

/** Breaks of what is believed on a local network, and of how much is said there. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "discovery",
    file: "src/auth/discovery-proof.ts",
    from: 'const ANSWER = encodeUtf8("answer");',
    to: 'const ANSWER = encodeUtf8("question");',
    tests: proof,
  },
  {
    rule: "discovery",
    file: "src/auth/discovery-proof.ts",
    from: 'if (!this.#answer.verify(bytes)) return "foreign";',
    to: "",
    tests: proof,
  },
  {
    rule: "discovery",
    file: "src/auth/discovery-proof.ts",
    from: 'if (answer.keyId !== this.key.id) return "foreign";',
    to: "",
    tests: proof,
  },
  {
    rule: "discovery",
    file: "src/auth/discovery-proof.ts",
    from: 'if (!nonces.some((nonce) => equalBytes(nonce, answer.nonce))) return "stale";',
    to: "",
    tests: proof,
  },
  {
    rule: "discovery",
    file: "src/auth/discovery-proof.ts",
    from: "Math.abs(nowMs - saidAtMs) > CLOCK_SKEW_MS",
    to: "nowMs - saidAtMs > CLOCK_SKEW_MS",
    tests: proof,
  },
  {
    rule: "discovery",
    file: "src/auth/discovery-proof.ts",
    from: 'if (!isWithinValidity(this.key, nowMs)) return "expired";',
    to: "",
    tests: proof,
  },
  {
    rule: "discovery",
    file: "src/auth/discovery-proof.ts",
    from: "if (key.requireTls) {",
    to: "if (false) {",
    tests: proof,
  },
  {
    rule: "discovery",
    file: "src/node/discovery-responder.ts",
    from: "if (proof.faultOfQuestion(bytes, nowMs) !== undefined) return;",
    to: "",
    tests: talk,
  },
  {
    rule: "discovery",
    file: "src/node/discovery-responder.ts",
    from: "if (this.#wasAnswered(asked, nowMs) || !this.#answered.take()) return;",
    to: "if (!this.#answered.take()) return;",
    tests: talk,
  },
  {
    rule: "discovery",
    file: "src/node/discovery-responder.ts",
    from: "|| !this.#answered.take()) return;",
    to: ") return;",
    tests: talk,
  },
  {
    rule: "discovery",
    file: "src/node/discovery-responder.ts",
    from: "|| !this.#checked.take()) return;",
    to: ") return;",
    tests: talk,
  },
  {
    rule: "discovery",
    file: "src/node/discovery-responder.ts",
    from: "nowMs + 2 * CLOCK_SKEW_MS",
    to: "nowMs + 1",
    tests: talk,
  },
  {
    rule: "discovery",
    file: "src/node/discovery-asker.ts",
    from: "|| ++this.#checked > MOST_CHECKED) return;",
    to: ") return;",
    tests: talk,
  },
  {
    rule: "discovery",
    file: "src/node/discovery-asker.ts",
    from: "for (const timer of timers) timer.cancel();",
    to: "",
    tests: talk,
  },
];
