const DAEMON = "src/daemon/daemon.ts";
const LIVE = "src/daemon/live-session.ts";
const PEER = "src/daemon/served-peer.ts";
const TABLE = "src/daemon/session-table.ts";
const UNCONFIRMED = "src/daemon/unconfirmed-session.ts";
const DETACHED = "src/daemon/detached-sessions.ts";
const USAGE = "src/daemon/principal-usage.ts";
const HANDSHAKE = "src/auth/server-handshake.ts";
const outliving = ["test/daemon/outliving-lines.test.ts"];
const unconfirmed = ["test/daemon/unconfirmed-session.test.ts"];
const fetching = ["test/daemon/fetching.test.ts"];
const detached = ["test/daemon/detached-sessions.test.ts"];
const moving = ["test/daemon/resuming.test.ts"];
const times = ["test/daemon/session-times.test.ts"];
const resumption = ["test/auth/resumption.test.ts"];

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  // The window is the program's to say.
  { rule: "window", file: DAEMON, from: "windowMs: this.#times.windowMs,", to: "windowMs: 120_000,", tests: times },
  {
    rule: "window",
    file: "src/daemon/serve-port.ts",
    from: "windowMs: options.sessions?.windowMs ?? 0",
    to: "windowMs: options.sessions?.windowMs",
    tests: times,
  },
  // A session can be gone on with from its first WELCOME.
  {
    rule: "unconfirmed",
    file: DAEMON,
    from: "if (!isResumed && windowMs > 0) this.#table.offer(accepted);",
    to: "",
    tests: unconfirmed,
  },
  {
    rule: "unconfirmed",
    file: TABLE,
    from: "return this.#sessions.get(id) ?? this.#unconfirmed.get(id);",
    to: "return this.#sessions.get(id);",
    tests: unconfirmed,
  },
  {
    rule: "unconfirmed",
    file: UNCONFIRMED,
    from: "clock.after(UNCONFIRMED_MS, () => this.end())",
    to: "clock.after(2 * UNCONFIRMED_MS, () => this.end())",
    tests: unconfirmed,
  },
  { rule: "unconfirmed", file: UNCONFIRMED, from: "    this.#timer.cancel();\n", to: "", tests: unconfirmed },
  { rule: "unconfirmed", file: TABLE, from: "    this.#room.enter(session);\n", to: "", tests: unconfirmed },
  {
    rule: "unconfirmed",
    file: TABLE,
    from: "    this.#unconfirmed.get(sessionId)?.end();\n",
    to: "",
    tests: unconfirmed,
  },
  {
    rule: "unconfirmed",
    file: DAEMON,
    from: "const { peerMaxFrameBytes } = offered ?? accepted.established;",
    to: "const { peerMaxFrameBytes } = accepted.established;",
    tests: unconfirmed,
  },
  {
    rule: "unconfirmed",
    file: DAEMON,
    from: "    this.#leaveOlder(established, confirmed);\n",
    to: "",
    tests: unconfirmed,
  },
  {
    rule: "unconfirmed",
    file: DAEMON,
    from: "    for (const session of this.#table.unconfirmed) if (session.grant.keyId === keyId) session.end();\n",
    to: "",
    tests: unconfirmed,
  },
  {
    rule: "unconfirmed",
    file: DAEMON,
    from: "    for (const session of this.#table.unconfirmed) if (this.#denialOf(session.grant) !== undefined) session.end();\n",
    to: "",
    tests: unconfirmed,
  },
  {
    rule: "unconfirmed",
    file: TABLE,
    from: "    for (const session of this.unconfirmed) session.end();\n",
    to: "",
    tests: unconfirmed,
  },
  // What a resume may do, and when.
  {
    rule: "pace",
    file: HANDSHAKE,
    from: "this.#later(waitMs).then(() => this.#accept(greeting, claim))",
    to: "this.#later(waitMs).then(() => ({ ...this.#answer({ frame, hello, schedule, serializerId, session }), principal, grant }))",
    tests: resumption,
  },
  {
    rule: "pace",
    file: HANDSHAKE,
    from: "const { principal, grant } = check();",
    to: "const { principal, grant } = (claim.known ??= check());",
    tests: outliving,
  },
  {
    rule: "pace",
    file: "src/daemon/renewal-pace.ts",
    from: "this.#restMs(nowMs) - (RENEWAL_BURST - 1) * RENEWAL_INTERVAL_MS",
    to: "this.#restMs(nowMs) - (RENEWAL_BURST - 2) * RENEWAL_INTERVAL_MS",
    tests: ["test/daemon/renewal-pace.test.ts"],
  },
  {
    rule: "pace",
    file: "src/daemon/accept.ts",
    from: "if (error instanceof TooSoon) this.#turnAway(reason, CloseCode.LIMITS);\n    else this.refuse(reason);",
    to: "this.refuse(reason);",
    tests: moving,
  },
  // The credential that came last.
  {
    rule: "credential",
    file: LIVE,
    from: "else this.#session.detach(CloseCode.UNAUTHENTICATED, error);",
    to: 'else this.#session.end("expired", error);',
    tests: outliving,
  },
  {
    rule: "credential",
    file: LIVE,
    from: 'if (this.#session.windowMs === 0) this.#session.end("expired", error);\n      else ',
    to: "",
    tests: ["test/daemon/daemon.test.ts"],
  },
  {
    rule: "credential",
    file: DAEMON,
    from: "      if (session.keyId === keyId) session.revoke(",
    to: "      if (session.keyId === keyId && session.info.isAttached) session.revoke(",
    tests: outliving,
  },
  {
    rule: "credential",
    file: DAEMON,
    from: "      if (this.#denialOf(session.grant) !== undefined) session.revoke(",
    to: "      if (session.info.isAttached && this.#denialOf(session.grant) !== undefined) session.revoke(",
    tests: outliving,
  },
  {
    rule: "credential",
    file: PEER,
    from: "renew(grant: Grant, facts: PeerFacts): void {\n    this.#grant = grant;\n",
    to: "renew(grant: Grant, facts: PeerFacts): void {\n",
    tests: outliving,
  },
  {
    rule: "credential",
    file: PEER,
    from: "    this.#know(facts);\n  }\n\n  #know",
    to: "  }\n\n  #know",
    tests: outliving,
  },
  {
    rule: "credential",
    file: PEER,
    from: "    this.#origin = origin;",
    to: "    this.#origin ??= origin;",
    tests: outliving,
  },
  // What is told.
  {
    rule: "events",
    file: DAEMON,
    from: 'session.info.isAttached ? "renewed" : "resumed"',
    to: '"renewed"',
    tests: outliving,
  },
  {
    rule: "events",
    file: LIVE,
    from: "    if (this.#isAccepted) this.#observer.detached(this, cause);\n",
    to: "    this.#observer.detached(this, cause);\n",
    tests: outliving,
  },
  {
    rule: "events",
    file: DAEMON,
    from: "    if (this.#sessions.has(session.info.sessionId)) this.#events.emit(event, session.info);\n",
    to: "    this.#events.emit(event, session.info);\n",
    tests: fetching,
  },
  {
    rule: "events",
    file: "src/daemon/audit-trail.ts",
    from: '  events.on("resumed", (session) => write("resumed", fieldsOf(session)));\n',
    to: "",
    tests: outliving,
  },
  {
    rule: "events",
    file: "src/daemon/event-log.ts",
    from: '  events.on("resumed", (session) => logger.info("hearthwire: resumed", fieldsOf(session)));\n',
    to: "",
    tests: ["test/daemon/event-log.test.ts"],
  },
  // One that ended is kept for its peer, for a window.
  {
    rule: "fetch",
    file: DAEMON,
    from: "if (!session.isFetchable) this.#table.delete(session);",
    to: "this.#table.delete(session);",
    tests: fetching,
  },
  {
    rule: "fetch",
    file: LIVE,
    from: "    if (this.isEnded) return this.#session.attach(transport, established);\n",
    to: "",
    tests: fetching,
  },
  {
    rule: "fetch",
    file: LIVE,
    from: "clock.after(this.#session.windowMs, () => this.forget())",
    to: "clock.after(2 * this.#session.windowMs, () => this.forget())",
    tests: fetching,
  },
  { rule: "fetch", file: LIVE, from: "    this.#retention?.cancel();\n", to: "", tests: fetching },
  { rule: "fetch", file: LIVE, from: "    this.#observer.forgotten(this);\n", to: "", tests: fetching },
  {
    rule: "fetch",
    file: TABLE,
    from: "    for (const session of this.confirmed) session.forget();\n",
    to: "",
    tests: fetching,
  },
  {
    rule: "fetch",
    file: "src/session/frame-flow.ts",
    from: "    if (this.#isEnded && this.#channel !== undefined) this.#close(CloseCode.DONE);\n",
    to: "",
    tests: fetching,
  },
  {
    rule: "fetch",
    file: LIVE,
    from: "      detached.enter(this);\n      this.#retention",
    to: "      this.#retention",
    tests: fetching,
  },
  // Bounds of what waits.
  {
    rule: "limits",
    file: LIVE,
    from: '    this.#session.on("kept", () => environment.detached.grown(this));\n',
    to: "",
    tests: outliving,
  },
  {
    rule: "limits",
    file: "src/session/session.ts",
    from: 'if (!this.#flow.isAttached) this.#events.emit("kept");',
    to: "",
    tests: outliving,
  },
  {
    rule: "limits",
    file: LIVE,
    from: "    unopened.leave(this);\n    detached.enter(this);\n",
    to: "    detached.enter(this);\n",
    tests: ["test/security/principal-limits.test.ts"],
  },
  {
    rule: "limits",
    file: LIVE,
    from: "    detached.leave(this);\n    if (this.isFetchable)",
    to: "    if (this.isFetchable)",
    tests: outliving,
  },
  {
    rule: "limits",
    file: LIVE,
    from: "    this.#environment.detached.leave(this);\n    if (!this.#isOpened)",
    to: "    if (!this.#isOpened)",
    tests: outliving,
  },
  {
    rule: "limits",
    file: LIVE,
    from: 'new ConnectionError("HW_SESSION_LOST", why));\n    this.forget();',
    to: 'new ConnectionError("HW_SESSION_LOST", why));',
    tests: outliving,
  },
  { rule: "limits", file: DETACHED, from: "ours.size >= most", to: "ours.size > most", tests: detached },
  { rule: "limits", file: DETACHED, from: "this.size >= maxSessions", to: "this.size > maxSessions", tests: detached },
  {
    rule: "limits",
    file: DETACHED,
    from: "[...sessions].find(({ isEnded }) => isEnded) ?? [...sessions][0]",
    to: "[...sessions][0]",
    tests: detached,
  },
  {
    rule: "limits",
    file: DETACHED,
    from: "this.#ended.keys().next().value ?? this.#living.keys().next().value",
    to: "this.#living.keys().next().value",
    tests: detached,
  },
  { rule: "limits", file: DETACHED, from: "      if (session.isEnded) continue;\n", to: "", tests: detached },
  {
    rule: "limits",
    file: DETACHED,
    from: "this.#heldBytes += heldBytes - counted;",
    to: "this.#heldBytes += heldBytes;",
    tests: detached,
  },
  {
    rule: "limits",
    file: DETACHED,
    from: "    this.#heldBytes -= this.#living.get(session) ?? this.#ended.get(session) ?? 0;\n",
    to: "",
    tests: detached,
  },
  { rule: "limits", file: DETACHED, from: "if (bytes > most)", to: "if (most === 0)", tests: detached },
  {
    rule: "limits",
    file: "src/daemon/waiting-room.ts",
    from: "    this.#guests.delete(guest);\n    if (guest.address",
    to: "    if (guest.address",
    tests: ["test/daemon/waiting-room.test.ts"],
  },
  {
    rule: "limits",
    file: DETACHED,
    from: "while (this.#heldBytes > MAX_DETACHED_BYTES)",
    to: "if (this.#heldBytes > 2 * MAX_DETACHED_BYTES)",
    tests: detached,
  },
  {
    rule: "limits",
    file: USAGE,
    from: "hall.makeRoom(this.#principalId) || hall.makeRoom(undefined)",
    to: "hall.makeRoom(this.#principalId)",
    tests: outliving,
  },
  {
    rule: "limits",
    file: USAGE,
    from: "hall.makeRoom(this.#principalId) || hall.makeRoom(undefined)",
    to: "hall.makeRoom(undefined)",
    tests: outliving,
  },
  {
    rule: "limits",
    file: USAGE,
    from: "if (!hall.makeRoom(this.#principalId)) throw",
    to: "throw",
    tests: outliving,
  },
  {
    rule: "limits",
    file: USAGE,
    from: "      this.#isExcess = false;\n      hall.seats++;\n",
    to: "",
    tests: ["test/daemon/principal-usage.test.ts"],
  },
  {
    rule: "limits",
    file: DAEMON,
    from: "makeRoom: (principalId) => detached.makeRoom(principalId),",
    to: "makeRoom: () => detached.makeRoom(undefined),",
    tests: outliving,
  },
];
