const FLOW = "src/session/frame-flow.ts";
const RESUMPTION = "src/auth/resumption.ts";
const LIVE = "src/daemon/live-session.ts";
const PEER = "src/daemon/served-peer.ts";
const model = ["test/client/swap-model.test.ts"];
const rows = ["test/security/renewal.test.ts"];
const daemon = ["test/daemon/resuming.test.ts"];
const flow = ["test/session/frame-flow.test.ts"];
const client = ["test/client/renew.test.ts"];

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  // What a HELLO must show to go on with a session.
  { rule: "row 35", file: RESUMPTION, from: "|| !isProven)", to: "|| false)", tests: rows },
  {
    rule: "row 35",
    file: RESUMPTION,
    from: "session.principal.id === principal.id",
    to: "session.principal.subject === principal.subject",
    tests: rows,
  },
  {
    rule: "row 35",
    file: RESUMPTION,
    from: "session.principal.kind === principal.kind && session.principal.id === principal.id",
    to: "session !== undefined",
    tests: rows,
  },
  {
    rule: "row 35",
    file: RESUMPTION,
    from: "hello.serializers.includes(session.serializerId)",
    to: "hello.serializers.length > 0",
    tests: rows,
  },
  {
    rule: "row 35",
    file: RESUMPTION,
    from: "hello.maxFrameBytes >= session.peerMaxFrameBytes",
    to: "hello.maxFrameBytes > 0",
    tests: rows,
  },
  {
    rule: "row 35",
    file: "src/auth/server-handshake.ts",
    from: "resumeKey: resumeKey ?? keys.resumeKey,",
    to: "resumeKey: keys.resumeKey,",
    tests: ["test/auth/resumption.test.ts"],
  },
  {
    rule: "row 35",
    file: "src/auth/client-handshake.ts",
    from: "(welcome.isResumed ? this.#options.resume?.resumeKey : undefined) ?? keys.resumeKey",
    to: "keys.resumeKey",
    tests: ["test/auth/client-handshake.test.ts"],
  },
  // Nothing of the session changes before CONFIRM.
  {
    rule: "row 35",
    file: "src/daemon/accept.ts",
    from: "    this.#transport.send(accepted.welcome);\n",
    to: "    this.#transport.send(accepted.welcome);\n    this.#next = this.#options!.authenticated(accepted, { peerAck: 0, welcomeNumber: this.#welcomeNumber });\n",
    tests: rows,
  },
  // The newer WELCOME wins, and only among handshakes of one session.
  {
    rule: "row 35",
    file: "src/daemon/daemon.ts",
    from: "    for (const guest of this.#room) guest.replacedBy(sessionId, confirmed);\n",
    to: "",
    tests: daemon,
  },
  {
    rule: "row 35",
    file: "src/daemon/accept.ts",
    from: "|| this.#welcomeNumber >= welcomeNumber",
    to: "|| this.#welcomeNumber === welcomeNumber",
    tests: daemon,
  },
  {
    rule: "row 35",
    file: "src/daemon/accept.ts",
    from: "    if (!equalBytes(established.sessionId, sessionId)) return;\n",
    to: "",
    tests: daemon,
  },
  // Not too often: what is sent again may be many MiB.
  {
    rule: "row 35",
    file: "src/auth/server-handshake.ts",
    from: "if (waitMs > 0) return",
    to: "if (waitMs < 0) return",
    tests: daemon,
  },
  {
    rule: "row 35",
    file: "src/daemon/daemon.ts",
    from: "if (session.resumableInMs > 0) throw",
    to: "if (session === null) throw",
    tests: daemon,
  },
  { rule: "row 35", file: LIVE, from: "    this.#pace.note(this.#environment.clock.now());\n", to: "", tests: daemon },
  {
    rule: "row 35",
    file: "src/daemon/renewal-pace.ts",
    from: "Math.min(Math.max(this.#restedAtMs - nowMs, 0), RENEWAL_BURST * RENEWAL_INTERVAL_MS)",
    to: "Math.max(this.#restedAtMs - nowMs, 0)",
    tests: ["test/daemon/renewal-pace.test.ts"],
  },
  // The credential that comes with the channel counts.
  {
    rule: "row 33",
    file: LIVE,
    from: "    this.#expiry?.cancel();\n    this.#watchExpiry();\n",
    to: "",
    tests: daemon,
  },
  {
    rule: "row 33",
    file: LIVE,
    from: "    environment.unopened.enter(this);\n    this.#watchExpiry();\n",
    to: "    environment.unopened.enter(this);\n",
    tests: rows,
  },
  {
    rule: "row 35",
    file: PEER,
    from: "renew(grant: Grant, facts: PeerFacts): void {\n    this.#grant = grant;\n",
    to: "renew(grant: Grant, facts: PeerFacts): void {\n",
    tests: daemon,
  },
  // Exactly once, in order, over any number of channels.
  {
    rule: "row 35",
    file: FLOW,
    from: "    this.#nextSeq = this.#outbox.acknowledgedSeq + 1;\n",
    to: "    this.#nextSeq = this.#outbox.lastSeq + 1;\n",
    tests: model,
  },
  {
    rule: "row 35",
    file: FLOW,
    from: "if (received.seq > this.#taken) {",
    to: "if (received.seq > 0) {",
    tests: model,
  },
  {
    rule: "row 35",
    file: "src/session/channel.ts",
    from: "seq >= 1 && seq <= taken + 1",
    to: "seq === taken + 1",
    tests: model,
  },
  {
    rule: "row 35",
    file: "src/session/channel.ts",
    from: "seq >= 1 && seq <= taken + 1",
    to: "seq >= 1",
    tests: daemon,
  },
  {
    rule: "row 35",
    file: "src/session/outbox.ts",
    from: "const copy = new Uint8Array(this.#frames[index]!);",
    to: "const copy = this.#frames[index]!;",
    tests: flow,
  },
  {
    rule: "row 35",
    file: FLOW,
    from: "    if (channel !== this.#channel || this.#isEnded) return;\n    let received",
    to: "    let received",
    tests: flow,
  },
  {
    rule: "row 35",
    file: FLOW,
    from: "{ ...established, maxFrameBytes, lateHmac }",
    to: "{ ...established, peerAck: peerAck + 1, maxFrameBytes, lateHmac }",
    tests: model,
  },
  {
    rule: "row 35",
    file: FLOW,
    from: "      this.#outbox.acknowledge(peerAck);\n",
    to: '      if (peerAck < this.#outbox.lastSeq) throw new ProtocolError("older than another channel\'s");\n',
    tests: model,
  },
  // The old channel is the server's to close.
  { rule: "row 35", file: FLOW, from: "    old.close(CloseCode.REPLACED);\n", to: "", tests: flow },
  {
    rule: "row 35",
    file: FLOW,
    from: 'if (this.#options.role === "client") {',
    to: 'if (this.#options.role === "client") {\n      old.close(CloseCode.REPLACED);',
    tests: model,
  },
  {
    rule: "row 35",
    file: FLOW,
    from: "if (this.#leftChannels.bufferedBytes >= CONGESTED_BYTES) this",
    to: "if (this.#leftChannels.bufferedBytes < 0) this",
    tests: flow,
  },
  {
    rule: "row 52",
    file: FLOW,
    from: "      this.#isHolding = true;\n      this.#window",
    to: "      this.#window",
    tests: flow,
  },
  {
    rule: "row 52",
    file: FLOW,
    from: "} else if (this.#channel !== undefined && this.#outbox.unacknowledgedBytes < CONGESTED_BYTES) {",
    to: "} else if (this.#outbox.unacknowledgedBytes < 0) {",
    tests: flow,
  },
  // The client.
  {
    rule: "row 33",
    file: "src/client/renewal.ts",
    from: "    this.#timer = alarm(clock, atMs, () => this.#renewByItself());\n",
    to: "",
    tests: client,
  },
  {
    rule: "row 33",
    file: "src/client/renewal.ts",
    from: "    if (this.#pending !== undefined) return this.#pending;\n",
    to: "",
    tests: client,
  },
  {
    rule: "row 33",
    file: "src/client/renewal.ts",
    from: "if (this.#refusals > MAX_REFUSALS) return REFUSED_PAUSE_MS;",
    to: "if (this.#refusals > MAX_REFUSALS) return 1_000_000;",
    tests: client,
  },
  {
    rule: "row 33",
    file: "src/client/renewal.ts",
    from: "clock.now() - this.#failure.atMs < FAILURE_STANDS_MS",
    to: "clock.now() < 0",
    tests: client,
  },
  {
    rule: "row 33",
    file: "src/client/renewal.ts",
    from: "else if (this.#pending !== undefined) this.#tries += 1;",
    to: "else this.#tries = 0;",
    tests: client,
  },
  {
    rule: "row 33",
    file: "src/client/session-keeper.ts",
    from: "    this.#options.credentials.spend();\n",
    to: "",
    tests: client,
  },
  {
    rule: "row 35",
    file: "src/client/swap.ts",
    from: "    if (!established.isResumed) {",
    to: "    if (established.serializerId < 0) {",
    tests: client,
  },
  {
    rule: "row 35",
    file: "src/client/swap.ts",
    from: "ClientHandshake.confirm(established, session.takenSeq)",
    to: "ClientHandshake.confirm(established, session.takenSeq + 1)",
    tests: model,
  },
];
