const FLOW = "src/session/frame-flow.ts";
const QUEUE = "src/session/resend-queue.ts";
const LEFT = "src/session/left-channels.ts";
const queue = ["test/session/resend-queue.test.ts"];
const flow = ["test/session/frame-flow.test.ts"];
const daemon = ["test/daemon/resuming.test.ts"];
const sockets = ["test/node/resuming-at-once.test.ts"];
const rule = "resend-turns";

/** Sessions that send again at once take turns. @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  // One slice in a turn, all sessions together.
  { rule, file: QUEUE, from: "        this.#roomBytes -= sent;\n", to: "", tests: queue },
  { rule, file: QUEUE, from: "        this.#roomBytes -= sent;\n", to: "", tests: flow },
  { rule, file: QUEUE, from: "        this.#roomBytes -= sent;\n", to: "", tests: daemon },
  { rule, file: QUEUE, from: "if (queue === undefined) ResendQueue", to: "ResendQueue", tests: queue },
  { rule, file: QUEUE, from: "if (queue === undefined) ResendQueue", to: "ResendQueue", tests: daemon },
  { rule, file: QUEUE, from: "if (queue === undefined) ResendQueue", to: "ResendQueue", tests: sockets },
  { rule, file: QUEUE, from: "= 256 * 1024;", to: "= 1024 * 1024;", tests: flow },
  {
    rule,
    file: QUEUE,
    from: "    this.#nextTurn?.cancel();\n",
    to: "    this.#nextTurn?.cancel();\n    this.#roomBytes = RESEND_SLICE_BYTES;\n",
    tests: queue,
  },
  { rule, file: QUEUE, from: "if (sent >= room) this", to: "if (sent > room) this", tests: queue },
  {
    rule,
    file: QUEUE,
    from: "    try {\n",
    to: "    this.#nextTurn ??= this.#clock.after(0, () => this.#beginTurn());\n    try {\n",
    tests: queue,
  },
  // Whose turn it is.
  {
    rule,
    file: QUEUE,
    from: "if (sent >= room) this.#waiting.add(resender);",
    to: "const rest = [...this.#waiting];\n        this.#waiting.clear();\n        for (const one of sent < room ? rest : [resender, ...rest]) this.#waiting.add(one);",
    tests: queue,
  },
  {
    rule,
    file: QUEUE,
    from: "    this.#waiting.add(resender);\n    this.#sendSlices();",
    to: "    const rest = [...this.#waiting];\n    this.#waiting.clear();\n    for (const one of [resender, ...rest]) this.#waiting.add(one);\n    this.#sendSlices();",
    tests: queue,
  },
  {
    rule,
    file: QUEUE,
    from: "    } finally {\n",
    to: "    } catch (error) {\n      this.#nextTurn?.cancel();\n      throw error;\n    }\n    {\n",
    tests: queue,
  },
  // Who leaves.
  { rule, file: QUEUE, from: "if (!this.#waiting.delete(resender) || this", to: "if (this", tests: queue },
  { rule, file: QUEUE, from: " || this.#waiting.size > 0) return;", to: ") return;", tests: queue },
  { rule, file: QUEUE, from: "    this.#nextTurn?.cancel();\n", to: "", tests: queue },
  {
    rule,
    file: FLOW,
    from: "    ResendQueue.of(this.#options.clock).leave(this);\n",
    to: "",
    tests: ["test/daemon/fetching.test.ts"],
  },
  // What is kept for the first turn, and what comes after the last.
  { rule, file: FLOW, from: "    this.#outbox.keepFrom(this.#nextSeq);\n", to: "", tests: flow },
  { rule, file: FLOW, from: "if (!this.#isBehind || end.code === undefined) this", to: "this", tests: flow },
  {
    rule,
    file: FLOW,
    from: "if (!this.#isBehind || end.code === undefined) this",
    to: "if (!this.#isBehind) this",
    tests: flow,
  },
  {
    rule,
    file: FLOW,
    from: "if (!this.#isBehind) return this.#wentOn();",
    to: "if (!this.#isBehind) return;",
    tests: flow,
  },
  // Channels that were left.
  { rule, file: LEFT, from: "() => channel.destroy()", to: "() => undefined", tests: flow },
  {
    rule,
    file: LEFT,
    from: "    this.#channels.get(channel)?.cancel();\n",
    to: "",
    tests: flow,
  },
  { rule, file: LEFT, from: "    this.#channels.delete(channel);\n", to: "", tests: flow },
  { rule, file: LEFT, from: "if (deadline === undefined) this", to: "this", tests: flow },
  { rule, file: LEFT, from: "bytes + bufferedBytes, 0)", to: "Math.max(bytes, bufferedBytes), 0)", tests: flow },
  { rule, file: FLOW, from: "      this.#leftChannels.add(old);\n", to: "", tests: flow },
];
