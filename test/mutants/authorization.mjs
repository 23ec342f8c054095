const authorization = ["test/security/authorization.test.ts"];
const identical = ["test/security/identical-answers.test.ts"];
const limits = ["test/security/principal-limits.test.ts"];
const usage = ["test/daemon/principal-usage.test.ts"];
const rules = ["test/objects/access-rules.test.ts"];

/** Breaks of who may do what, and how much. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "S13",
    file: "src/objects/access-rules.ts",
    from: "objects.get(object) ?? (object === BY_REFERENCE ? true : objects.get(ALL_OTHERS))",
    to: "objects.get(object) ?? true",
    tests: rules,
  },
  {
    rule: "S13",
    file: "src/objects/access-rules.ts",
    from: ": rule === true;",
    to: ": rule !== false;",
    tests: authorization,
  },
  {
    rule: "S13, S16",
    file: "src/objects/create-call-handler.ts",
    from: "isPermitted && served !== undefined",
    to: "served !== undefined",
    tests: authorization,
  },
  {
    rule: "S16",
    file: "src/objects/access.ts",
    from: "if (id !== undefined && allows?.(id, member) === false) return false;",
    to: "",
    tests: authorization,
  },
  {
    rule: "S16",
    file: "src/objects/access.ts",
    from: "return answer === true;",
    to: "return answer !== false;",
    tests: ["test/objects/access.test.ts"],
  },
  {
    rule: "S16, row 19",
    file: "src/session/opening.ts",
    from: `    this.end();
    this.#options.refused(
      error instanceof Error ?`,
    to: `    this.#options.opened(undefined, this.#waiting);
    this.#options.refused(
      error instanceof Error ?`,
    tests: authorization,
  },
  {
    rule: "row 19",
    file: "src/session/opening.ts",
    from: `if (isServer && this.#stage === "opening" && message[0] !== "open") this.#wait(message, body);`,
    to: `if (isServer && this.#stage === "opening" && message[0] !== "open") this.#options.conversation.receive(message, body);`,
    tests: authorization,
  },
  {
    rule: "W7",
    file: "src/client/line.ts",
    from: "if (this.#options.onHandshake === undefined) this.#handOver(session);",
    to: "this.#handOver(session);",
    tests: authorization,
  },
  {
    rule: "W7",
    file: "src/client/line.ts",
    from: "if (onHandshake !== undefined) await approve(onHandshake, { answer, url });",
    to: "if (onHandshake !== undefined) void approve(onHandshake, { answer, url }).catch(() => undefined);",
    tests: authorization,
  },
  {
    rule: "S25",
    file: "src/auth/principal.ts",
    from: 'return Object.freeze({ kind: "key", id: `key:${key.subject}`, subject: key.subject });',
    to: 'return Object.freeze({ kind: "key", id: "anonymous", subject: key.subject });',
    tests: authorization,
  },
  {
    rule: "S25",
    file: "src/daemon/accept.ts",
    from: "this.#timer = options.clock.after(AUTHENTICATION_DEADLINE_MS, () =>",
    to: "this.#timer = options.clock.after(2 * AUTHENTICATION_DEADLINE_MS, () =>",
    tests: authorization,
  },
  {
    rule: "S35",
    file: "src/auth/credential-check.ts",
    from: "if (key.use !== use) {",
    to: "if (key.use === undefined) {",
    tests: authorization,
  },
  {
    rule: "S35",
    file: "src/auth/client-handshake.ts",
    from: "serverToClient.verify(frame)",
    to: "serverToClient.verify(frame) === undefined",
    tests: authorization,
  },
  {
    rule: "row 93",
    file: "src/objects/create-call-handler.ts",
    from: "throw isVisible && served !== undefined ? noSuchMember(call) : noSuchObject(target);",
    to: "throw served !== undefined ? noSuchMember(call) : noSuchObject(target);",
    tests: identical,
  },
  {
    rule: "row 93",
    file: "src/objects/create-call-handler.ts",
    from: "served?.table.keys() ?? [member]",
    to: "served?.table.keys() ?? []",
    tests: identical,
  },
  {
    rule: "row 93",
    file: "src/objects/create-call-handler.ts",
    from: "after(this.#access.permits(idOf(call.target, served), call.member), (isPermitted) =>",
    to: "after(member === undefined || this.#access.permits(idOf(call.target, served), call.member), (isPermitted) =>",
    tests: identical,
  },
  {
    rule: "row 93",
    file: "src/objects/create-call-handler.ts",
    from: '? this.#access.permitsAny(target, [""])',
    to: "? false",
    tests: identical,
  },
  {
    rule: "row 93",
    file: "src/objects/access.ts",
    from: "if (isPromiseLike(answer)) waiting.push(answer);",
    to: "if (isPromiseLike(answer)) return answer.then((isPermitted) => isPermitted || this.permitsAny(id, [...members].slice(1)));",
    tests: [...identical, "test/objects/access.test.ts"],
  },
  {
    rule: "row 93",
    file: "src/daemon/visible-objects.ts",
    from: "if (members.length > 0) yield { id, members };",
    to: "yield { id, members };",
    tests: identical,
  },
  {
    rule: "S16",
    file: "src/daemon/principal-usage.ts",
    from: "if (this.#calls >= maxCallsPerPrincipal) {",
    to: "if (this.#calls > maxCallsPerPrincipal) {",
    tests: [...usage, ...limits],
  },
  {
    rule: "S16",
    file: "src/daemon/principal-usage.ts",
    from: "let usage = this.#byId.get(principalId);",
    to: 'let usage = this.#byId.get("");',
    tests: [...usage, ...limits],
  },
  {
    rule: "S16",
    file: "src/daemon/principal-usage.ts",
    from: "if (!isExcess) this.#seats++;",
    to: "this.#seats++;",
    tests: limits,
  },
  {
    rule: "S16",
    file: "src/daemon/principal-usage.ts",
    from: "if (restMs <= 0) this.forget();",
    to: "if (restMs !== undefined) this.forget();",
    tests: usage,
  },
  {
    rule: "S16",
    file: "src/daemon/principal-usage.ts",
    from: "Math.min(Math.max(this.#restedAtMs, nowMs), nowMs + callBurstPerPrincipal * intervalMs)",
    to: "Math.max(this.#restedAtMs, nowMs)",
    tests: usage,
  },
  {
    rule: "S16",
    file: "src/session/inbound-calls.ts",
    from: "if (call.isAdmitted) this.#options.admission?.leave();",
    to: "",
    tests: limits,
  },
  {
    rule: "S16",
    file: "src/session/inbound-calls.ts",
    from: "const refusal = admission?.enter();",
    to: 'const refusal = call.kind === "get" ? undefined : admission?.enter();',
    tests: limits,
  },
];
