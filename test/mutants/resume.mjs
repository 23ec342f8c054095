const FLOW = "src/session/frame-flow.ts";
const OUTBOX = "src/session/outbox.ts";
const SESSION = "src/session/session.ts";
const LEASE = "src/session/lease.ts";
const CHANNEL = "src/session/channel.ts";
const LIVENESS = "src/session/liveness.ts";
const DAEMON = "src/daemon/daemon.ts";
const LIVE = "src/daemon/live-session.ts";
const PEER = "src/daemon/served-peer.ts";
const tests = ["test/resume-model/resume-model.test.ts"];

/**
 * Each leaves out one sentence of section 5 of protocol.md, or does what its section 9 warns of; the model of the session
 * notices all of them. The rule is the number of the paragraph and what it says. @type {readonly import("./run.mjs").Mutant[]}
 */
export const mutants = [
  // Numbers on a channel, and what is taken.
  { rule: "5.1 first seq", file: CHANNEL, from: "seq >= 1 && seq <= taken + 1", to: "seq === taken + 1", tests },
  { rule: "5.1 next seq", file: CHANNEL, from: "seq === this.#lastSeq + 1", to: "seq > this.#lastSeq", tests },
  { rule: "5.1 once", file: FLOW, from: "if (received.seq > this.#taken) {", to: "if (received.seq > 0) {", tests },
  {
    rule: "5.1 same step, 9.2",
    file: FLOW,
    from: "      this.#taken = received.seq;\n",
    to: "      this.#options.clock.after(0, () => (this.#taken = Math.max(this.#taken, received.seq)));\n",
    tests,
  },
  {
    rule: "5.1 ack",
    file: FLOW,
    from: "{ seq, ack: this.#taken }",
    to: "{ seq, ack: Math.max(0, this.#taken - 1) }",
    tests,
  },
  {
    rule: "5.1 closes the channel alone",
    file: FLOW,
    from: '      this.#drop(channel, { code: (error as ProtocolError).closeCode, reason: "", error: error as ProtocolError });\n',
    to: "      this.#options.broken(error as ProtocolError);\n",
    tests,
  },
  {
    rule: "5.1 tag",
    file: CHANNEL,
    from: "if (!(isRight ?? this.#receiveMac.verify(frame))) throw",
    to: "if (this.#receiveMac === undefined) throw",
    tests,
  },
  // Sessions are in the table from their first WELCOME.
  {
    rule: "5.2 unconfirmed",
    file: DAEMON,
    from: "if (!isResumed && windowMs > 0) this.#table.offer(accepted);",
    to: "",
    tests,
  },
  {
    rule: "5.2 unconfirmed",
    file: "src/daemon/unconfirmed-session.ts",
    from: "clock.after(UNCONFIRMED_MS, () => this.end())",
    to: "clock.after(UNCONFIRMED_MS / 10, () => this.end())",
    tests,
  },
  // Which channel counts.
  {
    rule: "5.3 commit, 9.5",
    file: "src/daemon/accept.ts",
    from: "    this.#transport.send(accepted.welcome);\n",
    to: "    this.#transport.send(accepted.welcome);\n    this.#next = this.#options!.authenticated(accepted, { peerAck: 0, welcomeNumber: this.#welcomeNumber });\n",
    tests,
  },
  {
    rule: "5.3 older WELCOME",
    file: DAEMON,
    from: "    for (const guest of this.#room) guest.replacedBy(sessionId, confirmed);\n",
    to: "",
    tests,
  },
  {
    rule: "5.3 older WELCOME",
    file: "src/daemon/accept.ts",
    from: "|| this.#welcomeNumber >= welcomeNumber",
    to: "",
    tests,
  },
  {
    rule: "5.3 the client leaves",
    file: FLOW,
    from: "if (channel !== this.#channel || this.#isEnded) return;",
    to: "if (this.#isEnded) return;",
    tests: ["test/session/frame-flow.test.ts"],
  },
  {
    rule: "5.3 one handshake",
    file: "src/client/handshake-try.ts",
    from: "    this.#dial?.abandon();\n",
    to: "",
    tests,
  },
  // What is sent again.
  {
    rule: "5.4 sends again",
    file: FLOW,
    from: "    ResendQueue.of(this.#options.clock).enter(this);\n",
    to: "",
    tests,
  },
  {
    rule: "5.4 sends again",
    file: FLOW,
    from: "    this.#nextSeq = this.#outbox.acknowledgedSeq + 1;\n",
    to: "",
    tests,
  },
  {
    rule: "5.4 oldest first",
    file: FLOW,
    from: "const frame = this.#outbox.copy(seq);",
    to: "const frame = this.#outbox.copy(this.#outbox.lastSeq - seq + this.#outbox.acknowledgedSeq + 1);",
    tests,
  },
  {
    rule: "5.4 same seq",
    file: FLOW,
    from: "      const frame = this.#outbox.copy(seq);\n",
    to: "      const frame = this.#outbox.copy(seq);\n      if (this.#handedOverSeq > seq + 8) this.#outbox.add(frame);\n",
    tests,
  },
  {
    rule: "5.4 then new frames",
    file: FLOW,
    from: "if (this.#channel !== undefined && seq === this.#nextSeq) this",
    to: "if (this.#channel !== undefined) this",
    tests,
  },
  {
    rule: "5.4 acks across channels, 9.1",
    file: FLOW,
    from: "      this.#outbox.acknowledge(peerAck);\n",
    to: '      if (peerAck < this.#outbox.acknowledgedSeq) throw new ProtocolError("older than another channel\'s");\n      this.#outbox.acknowledge(peerAck);\n',
    tests,
  },
  {
    rule: "5.4 acks of CONFIRM",
    file: "src/client/swap.ts",
    from: "ClientHandshake.confirm(established, session.takenSeq)",
    to: "ClientHandshake.confirm(established, session.takenSeq + 1)",
    tests,
  },
  {
    rule: "9.6 copies",
    file: OUTBOX,
    from: "const copy = new Uint8Array(this.#frames[index]!);",
    to: "const copy = this.#frames[index]!;",
    tests,
  },
  {
    rule: "9.11 empty frames are kept",
    file: FLOW,
    from: "      const frame = this.#outbox.copy(seq);\n",
    to: "      const frame = this.#outbox.copy(seq);\n      if (frame.length === 56) {\n        this.#nextSeq = seq + 1;\n        continue;\n      }\n",
    tests,
  },
  // Acknowledgements.
  {
    rule: "5.5 upkeep wants no ack",
    file: "src/session/reception.ts",
    from: 'name !== "ping" && name !== "pong"',
    to: "name.length > 0",
    tests,
  },
  { rule: "5.5 500 ms", file: "src/session/acknowledger.ts", from: "      this.#due();\n", to: "", tests },
  {
    rule: "5.5 500 ms",
    file: "src/session/acknowledger.ts",
    from: "const DELAY_MS = 500;",
    to: "const DELAY_MS = 1_000;",
    tests,
  },
  {
    rule: "5.5 acks that ride",
    file: FLOW,
    from: "if (wantsAck && this.#acknowledged < received.seq) this",
    to: "if (wantsAck) this",
    tests,
  },
  {
    rule: "5.5 nothing is dropped",
    file: OUTBOX,
    from: "Math.min(this.#peerTaken, this.#keptFrom - 1)",
    to: "Math.min(this.#peerTaken + 1, this.lastSeq, this.#keptFrom - 1)",
    tests,
  },
  {
    rule: "5.5 4 MiB",
    file: FLOW,
    from: "this.pressureBytes >= CONGESTED_BYTES",
    to: "this.pressureBytes >= 8 * CONGESTED_BYTES",
    tests,
  },
  {
    rule: "5.5 4 MiB",
    file: FLOW,
    from: "      this.#isHolding = false;\n      this.#options.relieved();\n",
    to: "      this.#isHolding = false;\n",
    tests,
  },
  // What a resume is worth.
  {
    rule: "4.3 resume key, 9.3",
    file: "src/auth/server-handshake.ts",
    from: "resumeKey: resumeKey ?? keys.resumeKey,",
    to: "resumeKey: keys.resumeKey,",
    tests: ["test/auth/resumption.test.ts"],
  },
  {
    rule: "4.3 resume key, 9.3",
    file: LIVE,
    from: "this.#peer.renew(grant, facts);\n",
    to: "this.#peer.renew(grant, facts);\n    (this as { resumeKey: Uint8Array }).resumeKey = established.resumeKey.toReversed();\n",
    tests,
  },
  {
    rule: "9.4 proof",
    file: "src/auth/resumption.ts",
    from: "mac.verify(frame.subarray(0, frame.length - TAG_BYTES))",
    to: "mac.verify(frame.subarray(16, frame.length - TAG_BYTES))",
    tests,
  },
  {
    rule: "4.4 CONFIRM",
    file: "src/auth/server-handshake.ts",
    from: "if (this.#receiveMac?.verify(frame) !== true) {",
    to: "if (this.#receiveMac === undefined) {",
    tests,
  },
  {
    rule: "5.6 resumed 0",
    file: SESSION,
    from: "end.takenSeq ?? this.#flow.handedOverSeq",
    to: "end.takenSeq ?? 0",
    tests,
  },
  {
    rule: "5.6 resumed 0",
    file: SESSION,
    from: "end.takenSeq ?? this.#flow.handedOverSeq",
    to: "end.takenSeq ?? Infinity",
    tests,
  },
  // Credentials and keys.
  {
    rule: "5.7 the new credential",
    file: PEER,
    from: "renew(grant: Grant, facts: PeerFacts): void {\n    this.#grant = grant;\n",
    to: "renew(grant: Grant, facts: PeerFacts): void {\n",
    tests,
  },
  {
    rule: "5.7 expiry",
    file: LIVE,
    from: "else this.#session.detach(CloseCode.UNAUTHENTICATED, error);",
    to: 'else this.#session.end("expired", error);',
    tests,
  },
  {
    rule: "5.7 expiry",
    file: LIVE,
    from: "else this.#session.detach(CloseCode.UNAUTHENTICATED, error);",
    to: "else void error;",
    tests,
  },
  // How long a session waits, and what can be fetched.
  {
    rule: "5.8 window",
    file: LEASE,
    from: "    this.#waitMs = windowMs +",
    to: "    this.#waitMs = 1_000 + windowMs +",
    tests,
  },
  {
    rule: "5.8 two heartbeats",
    file: LEASE,
    from: "const CLIENT_MARGIN_HEARTBEATS = 2;",
    to: "const CLIENT_MARGIN_HEARTBEATS = 1;",
    tests,
  },
  {
    rule: "5.8 window",
    file: SESSION,
    from: "    this.#lease.stop();\n    const receiver",
    to: "    const receiver",
    tests,
  },
  {
    rule: "5.8 fetch",
    file: DAEMON,
    from: "if (!session.isFetchable) this.#table.delete(session);",
    to: "this.#table.delete(session);",
    tests,
  },
  {
    rule: "5.8 fetch",
    file: FLOW,
    from: "    if (this.#isEnded && !this.#isBehind) this.#close(this.#ending?.code ?? CloseCode.DONE);\n",
    to: "",
    tests: ["test/daemon/fetching.test.ts"],
  },
  // Liveness.
  {
    rule: "5.9 ping",
    file: LIVENESS,
    from: "if (!this.#options.pings) return Infinity;",
    to: "if (this.#options.heartbeatMs > 0) return Infinity;",
    tests,
  },
  {
    rule: "5.9 dead",
    file: LIVENESS,
    from: "const DEAD_HEARTBEATS = 2.5;",
    to: "const DEAD_HEARTBEATS = 2_500;",
    tests,
  },
];
