const BACKOFF = "src/client/backoff.ts";
const ATTEMPTS = "src/client/attempts.ts";
const POLICY = "src/client/reconnect-policy.ts";
const KEEPER = "src/client/session-keeper.ts";
const SUCCESSION = "src/client/succession.ts";
const CLOSE = "src/client/close-error.ts";
const SWAP = "src/client/swap.ts";
const backoff = ["test/client/backoff.test.ts"];
const policy = ["test/client/reconnect-policy.test.ts"];
const states = ["test/client/reconnect.test.ts"];
const connecting = ["test/client/connect.test.ts"];
const rule = "reconnect";

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  // Pauses.
  { rule, file: BACKOFF, from: "this.#options.random() * this", to: "this", tests: backoff },
  { rule, file: BACKOFF, from: "Math.min(maxDelayMs, minDelayMs * 2", to: "(minDelayMs * 2", tests: backoff },
  { rule, file: BACKOFF, from: "Math.max(0, this.#tries - 1)", to: "0", tests: backoff },
  { rule, file: BACKOFF, from: "this.#shortLives > 1 ?", to: "this.#shortLives > 1_000 ?", tests: backoff },
  { rule, file: BACKOFF, from: "isShort ? this.#shortLives + 1 : 0", to: "this.#shortLives + 1", tests: backoff },
  { rule, file: BACKOFF, from: "    this.#tries = 0;\n", to: "", tests: backoff },
  { rule, file: BACKOFF, from: "failures + Math.max(0, this.#shortLives - 2)", to: "failures", tests: backoff },
  { rule, file: BACKOFF, from: "this.#succeededAtMs ??=", to: "this.#succeededAtMs =", tests: backoff },
  { rule, file: BACKOFF, from: "< this.#longestMs(0)", to: "< this.#options.minDelayMs", tests: backoff },
  { rule, file: BACKOFF, from: "successor.#shortLives = this.#shortLives;", to: "", tests: backoff },
  {
    rule,
    file: SUCCESSION,
    from: "this.#backoff = this.#backoff.successor();",
    to: "this.#backoff = this.#newBackoff();",
    tests: states,
  },
  { rule, file: SUCCESSION, from: "this.#leaving.size >= MAX_LEAVING", to: "false", tests: states },
  // Tries: one at a time, none after the end.
  {
    rule,
    file: ATTEMPTS,
    from: "if (!this.#isOver && !this.#isAsleep) this.#current ??=",
    to: "this.#current ??=",
    tests: states,
  },
  { rule, file: ATTEMPTS, from: "if (!this.#isUnderWay || isHanging) this", to: "this", tests: states },
  { rule, file: ATTEMPTS, from: "if (!this.#isUnderWay || isHanging)", to: "if (!this.#isUnderWay)", tests: states },
  { rule, file: ATTEMPTS, from: "    this.#current?.end();\n", to: "", tests: states },
  { rule, file: ATTEMPTS, from: "    this.#timer?.cancel();\n", to: "", tests: states },
  {
    rule,
    file: ATTEMPTS,
    from: "failure.isRefused === true ? this.#refusals + 1 : 0",
    to: "failure.isRefused === true ? 1 : 0",
    tests: states,
  },
  // What may be tried again.
  { rule, file: POLICY, from: "refusals > MAX_REFRESHES || ", to: "", tests: policy },
  { rule, file: POLICY, from: " || error instanceof ConfigError) return", to: ") return", tests: policy },
  { rule, file: POLICY, from: "wasConnected || isAskedToComeAgain(error)", to: "wasConnected", tests: policy },
  { rule, file: POLICY, from: "return wasOpen ? 0 : backoff.pauseMs();", to: "return 0;", tests: policy },
  { rule, file: POLICY, from: "wasOpen && credentials.isRefreshable", to: "wasOpen", tests: policy },
  { rule, file: POLICY, from: "      if (isRevoked) credentials.spend();\n", to: "", tests: policy },
  // A session keeps going.
  {
    rule,
    file: KEEPER,
    from: "    if (!reconnects) return this.session.lose(cause);\n",
    to: "",
    tests: states,
  },
  {
    rule,
    file: KEEPER,
    from: "attempts.adopt(this.#swap);",
    to: "attempts.schedule(0);",
    tests: states,
  },
  { rule, file: KEEPER, from: "      this.#swap?.end();\n      attempts.sleep();\n", to: "", tests: states },
  { rule, file: KEEPER, from: "    backoff.succeeded();\n", to: "", tests: states },
  {
    rule,
    file: KEEPER,
    from: "if (this.session.isAttached) return this.#failed({ error: notResumed(url) });",
    to: "",
    tests: ["test/client/renew.test.ts"],
  },
  {
    rule,
    file: KEEPER,
    from: "if (this.#attempts === undefined) this.session.look();",
    to: "if (this.#attempts === undefined) return;",
    tests: states,
  },
  { rule, file: "src/client/renewal.ts", from: "if (!this.#isOver) failed(error);", to: "", tests: states },
  // Only what was heard counts.
  { rule, file: SWAP, from: "        failed({ error: cause });\n", to: "", tests: states },
  // One session after another.
  {
    rule,
    file: SUCCESSION,
    from: "observer.began({ sessionId, previousSessionId });",
    to: "observer.ready();",
    tests: states,
  },
  {
    rule,
    file: SUCCESSION,
    from: "    if (this.#isOpen) this.#connected(keeper, true);",
    to: "    if (this.#isOpen) this.#connected(keeper, false);",
    tests: states,
  },
  { rule, file: SUCCESSION, from: "    this.#leaving.add(keeper);\n", to: "", tests: states },
  {
    rule,
    file: SUCCESSION,
    from: "    this.#patience?.cancel();\n    this.#patience = this.#reason",
    to: "    this.#reason",
    tests: states,
  },
  {
    rule,
    file: "src/client/shown-credentials.ts",
    from: "this.#isSpent || this.#remainingMs < LEAST_LIFE_MS",
    to: "this.#isSpent",
    tests: states,
  },
  {
    rule,
    file: "src/client/handshake-try.ts",
    from: "    if (failure.isRefused === true) credentials.spend();\n",
    to: "",
    tests: states,
  },
  {
    rule,
    file: "src/client/sleep-watch.ts",
    from: "if (isLate) this.#woke();",
    to: "this.#woke();",
    tests: ["test/client/sleep-watch.test.ts"],
  },
  {
    rule,
    file: "src/client/connect.ts",
    from: ", ...identityOf(reconnect)]",
    to: "]",
    tests: states,
  },
  // What is said of an end.
  { rule: "ends", file: CLOSE, from: "    case 403:\n", to: "    case 0:\n", tests: connecting },
  { rule: "ends", file: CLOSE, from: "    case 404:\n", to: "", tests: connecting },
  { rule: "ends", file: CLOSE, from: "    case 503:\n", to: "", tests: connecting },
  {
    rule: "ends",
    file: "src/session/call-errors.ts",
    from: '...("cause" in reason && { cause: reason.cause })',
    to: "cause: reason",
    tests: ["test/session/conversation.test.ts"],
  },
  { rule: "ends", file: KEEPER, from: "    this.#lossCause = cause;\n", to: "", tests: states },
  {
    rule: "ends",
    file: "src/client/connect-error.ts",
    from: "was not connected to again within ${giveUpAfterMs} ms`",
    to: "was not connected to again within ${giveUpAfterMs} ms${because(cause)}`",
    tests: states,
  },
  {
    rule: "ends",
    file: "src/node/check-serve-options.ts",
    from: 'if (signal !== "SIGTERM" && signal !== "SIGINT")',
    to: 'if (index > 0 && signal !== "SIGTERM" && signal !== "SIGINT")',
    tests: ["test/node/close-on-signal.test.ts"],
  },
  {
    rule: "ends",
    file: "src/node/check-serve-options.ts",
    from: "&& /^SIG[A-Z0-9]{1,12}$/.test(signal)",
    to: "",
    tests: ["test/node/close-on-signal.test.ts"],
  },
];
