const FLOW = "src/session/frame-flow.ts";
const SESSION = "src/session/session.ts";
const LEASE = "src/session/lease.ts";
const tests = ["test/session/outliving-channels.test.ts"];

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  { rule: "outliving", file: SESSION, from: "if (this.#lease.windowMs === 0) return", to: "if (true) return", tests },
  { rule: "outliving", file: SESSION, from: "if (this.#lease.windowMs === 0) return", to: "if (false) return", tests },
  {
    rule: "outliving",
    file: SESSION,
    from: "    this.#lease.stop();\n    const receiver",
    to: "    const receiver",
    tests,
  },
  {
    rule: "outliving",
    file: SESSION,
    from: "end.takenSeq ?? this.#flow.handedOverSeq",
    to: "end.takenSeq ?? Infinity",
    tests,
  },
  { rule: "outliving", file: SESSION, from: 'isFetchable && code !== "protocol"', to: "isFetchable", tests },
  {
    rule: "outliving",
    file: SESSION,
    from: "this.#flow.isAttached || this.#outlivesChannel",
    to: "this.#flow.isAttached",
    tests,
  },
  {
    rule: "outliving",
    file: SESSION,
    from: 'this.#options.role === "server" && this.#lease',
    to: "this.#lease",
    tests,
  },
  {
    rule: "outliving",
    file: SESSION,
    from: "this.#isFetchable = end.isFetchable === true;\n    this.#lease.stop();",
    to: "this.#isFetchable = end.isFetchable === true;",
    tests,
  },
  {
    rule: "outliving",
    file: LEASE,
    from: 'role === "client" ? CLIENT_MARGIN_HEARTBEATS * heartbeatMs : 0',
    to: "0",
    tests,
  },
  {
    rule: "outliving",
    file: LEASE,
    from: "  begin(): number {\n    this.stop();",
    to: "  begin(): number {",
    tests: ["test/session/lease.test.ts"],
  },
  {
    rule: "outliving",
    file: LEASE,
    from: "this.#clock.after(this.#waitMs, this.#over)",
    to: "this.#clock.after(this.#waitMs, () => (this.#clock.now() < endsAtMs ? this.begin() : this.#over()))",
    tests: ["test/session/lease.test.ts"],
  },
  {
    rule: "outliving",
    file: "src/session/liveness.ts",
    from: "this.#receivedAtMs = Math.min(this.#receivedAtMs, nowMs);",
    to: "",
    tests: ["test/session/liveness.test.ts"],
  },
  {
    rule: "outliving",
    file: "src/session/liveness.ts",
    from: "this.#pingedAtMs = Math.min(this.#pingedAtMs, nowMs);",
    to: "",
    tests: ["test/session/liveness.test.ts"],
  },
  {
    rule: "outliving",
    file: FLOW,
    from: "const isOnlyChannel = windowMs === 0;",
    to: "const isOnlyChannel = windowMs < 0;",
    tests: ["test/daemon/session-times.test.ts"],
  },
  {
    rule: "outliving",
    file: "src/session/liveness.ts",
    from: "    if (this.#options.pings) this.#options.ping();\n    this.#arm();",
    to: "    this.#arm();",
    tests: ["test/session/liveness.test.ts"],
  },
  { rule: "outliving", file: FLOW, from: "seq === this.#nextSeq) this.#send", to: "seq > 0) this.#send", tests },
  { rule: "outliving", file: FLOW, from: "&& bytes < RESEND_SLICE_BYTES", to: "", tests },
  { rule: "outliving", file: FLOW, from: "this.#nextSeq = this.#outbox.acknowledgedSeq + 1;", to: "", tests },
  { rule: "outliving", file: FLOW, from: "if (seq > this.#handedOverSeq) this.#handedOverSeq = seq;", to: "", tests },
  {
    rule: "outliving",
    file: FLOW,
    from: "if (this.#ending?.keeps === false) this.forget();",
    to: "this.forget();",
    tests,
  },
  { rule: "outliving", file: FLOW, from: "if (this.#ending?.keeps === false) this.forget();", to: "", tests },
  {
    rule: "outliving",
    file: FLOW,
    from: "if (this.#isEnded) this.#ending = { code: CloseCode.DONE, keeps: true };\n    else this.#begin",
    to: "this.#begin",
    tests,
  },
];
