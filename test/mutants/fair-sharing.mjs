const SESSION = "src/session/session.ts";
const FLOW = "src/session/frame-flow.ts";
const WINDOW = "src/session/bulk-window.ts";
const PIECES = "src/session/outgoing-pieces.ts";
const OUTGOING = "src/session/outgoing.ts";
const pieces = ["test/session/outgoing.test.ts"];
const tests = ["test/session/fair-sharing.test.ts"];
const unit = ["test/session/bulk-window.test.ts"];

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "sharing",
    file: SESSION,
    from: "        this.#conversation.relieved();\n        this.#outgoing.relieved();\n",
    to: "        this.#outgoing.relieved();\n        this.#conversation.relieved();\n",
    tests,
  },
  {
    rule: "sharing",
    file: "src/session/outgoing-stream.ts",
    from: "!this.#options.speech.isBusy",
    to: "!this.#options.speech.isCongested",
    tests,
  },
  {
    rule: "sharing",
    file: "src/session/outgoing.ts",
    from: "this.#isStarted && !this.isBusy",
    to: "this.#isStarted && !this.isCongested",
    tests,
  },
  {
    rule: "sharing",
    file: FLOW,
    from: "    } else if (!this.isCongested) {\n      this.#options.relieved();\n",
    to: "",
    tests: ["test/session/frame-flow.test.ts"],
  },
  {
    rule: "sharing",
    file: FLOW,
    from: "    this.#window.reset();\n",
    to: "",
    tests: ["test/session/frame-flow.test.ts"],
  },
  {
    rule: "sharing",
    file: FLOW,
    from: "if (this.#window.acknowledged(received.ack)) this.#isHolding = true;",
    to: "this.#window.acknowledged(received.ack);",
    tests: ["test/session/frame-flow.test.ts"],
  },
  {
    rule: "sharing",
    file: FLOW,
    from: "    this.#isHolding ||= this.isBusy;\n",
    to: "",
    tests: ["test/session/frame-flow.test.ts"],
  },
  { rule: "sharing", file: OUTGOING, from: "if (isLargeForItem || ", to: "if (", tests: pieces },
  {
    rule: "sharing",
    file: OUTGOING,
    from: "return isLarge || isLargeForItem ?",
    to: "return isLarge ?",
    tests: pieces,
  },
  { rule: "sharing", file: OUTGOING, from: "message.isItem === true && bytesOf(", to: "bytesOf(", tests: pieces },
  { rule: "sharing", file: PIECES, from: "(transfer.hasReferences && message", to: "(message", tests: pieces },
  {
    rule: "sharing",
    file: PIECES,
    from: "transfer.hasReferences && message.payload?.hasReferences === true",
    to: "false",
    tests: pieces,
  },
  { rule: "sharing", file: WINDOW, from: "leastMs < WORTHWHILE_DELAY_MS ||", to: "", tests: unit },
  { rule: "sharing", file: WINDOW, from: "|| delayMs > 2 * leastMs", to: "", tests: unit },
  { rule: "sharing", file: WINDOW, from: "delayMs <= 1.5 * leastMs", to: "true", tests: unit },
  { rule: "sharing", file: WINDOW, from: "seq < this.#probeSeq", to: "false", tests: unit },
  { rule: "sharing", file: WINDOW, from: "if (this.#probeSeq !== 0) return;", to: "", tests: unit },
  { rule: "sharing", file: WINDOW, from: "|| nowMs - this.#leastSeenAtMs > LEAST_DELAY_HOLDS_MS", to: "", tests: unit },
];
