const RETRIES = "src/client/retries.ts";
const BUDGET = "src/client/retry-budget.ts";
const RULE = "src/errors/retryable.ts";
const OF_CALL = "src/errors/of-call.ts";
const RECORD = "src/errors/error-record.ts";
const PASSAGE = "src/client/call-passage.ts";
const CALL = "src/client/pending-call.ts";
const policy = ["test/client/retries.test.ts"];
const budget = ["test/client/retry-budget.test.ts"];
const sessions = ["test/client/retries-in-sessions.test.ts"];
const delivery = ["test/client/delivery.test.ts"];
const gone = ["test/client/references-gone.test.ts"];
const members = ["test/client/idempotent-members.test.ts"];
const references = ["test/session/references.test.ts"];

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  // What may be made again.
  {
    rule: "retryable",
    file: RULE,
    from: 'delivery === "not-sent" || (',
    to: 'delivery !== "ran" || (',
    tests: delivery,
  },
  {
    rule: "retryable",
    file: RULE,
    from: '=== "unknown" && isIdempotent',
    to: '=== "unknown" && false',
    tests: delivery,
  },
  {
    rule: "retryable",
    file: RULE,
    from: '(delivery === "unknown" && ',
    to: '(delivery !== "not-sent" && ',
    tests: ["test/errors/retryable.test.ts"],
  },
  {
    rule: "retryable",
    file: RECORD,
    from: 'delivery === "not-sent" ? fields["retryable"] === true : isRetryable',
    to: "isRetryable",
    tests: ["test/errors/error-record.test.ts"],
  },
  { rule: "retryable", file: "src/client/batch.ts", from: "|| isIdempotent)", to: "|| true)", tests: delivery },
  { rule: "retryable", file: OF_CALL, from: "retryable: retryable || wasOpen", to: "retryable", tests: delivery },
  { rule: "retryable", file: OF_CALL, from: "retryable: retryable || wasOpen", to: "retryable: true", tests: delivery },
  { rule: "retryable", file: RETRIES, from: "!error.retryable || ", to: "", tests: policy },
  { rule: "retryable", file: RETRIES, from: 'call.side === "server"', to: "false", tests: policy },
  { rule: "retryable", file: RETRIES, from: " || this.#final.has(error)", to: "", tests: policy },
  { rule: "retryable", file: RETRIES, from: "        this.#final.add(last);\n", to: "", tests: policy },
  { rule: "retryable", file: RETRIES, from: " || takesStream(call.args)", to: "", tests: sessions },
  { rule: "retryable", file: RETRIES, from: "isFound ||= isStream", to: "isFound = isStream", tests: policy },
  // How often, and when.
  { rule: "pauses", file: RETRIES, from: "attempt >= this.#attempts", to: "attempt > this.#attempts", tests: policy },
  { rule: "pauses", file: RETRIES, from: "2 ** (attempt - 1)", to: "2 ** attempt", tests: policy },
  { rule: "pauses", file: RETRIES, from: "Math.random() * boundMs", to: "boundMs", tests: policy },
  { rule: "pauses", file: RETRIES, from: "Math.min(this.#maxDelayMs, ", to: "Math.max(0, ", tests: policy },
  {
    rule: "pauses",
    file: RETRIES,
    from: "nowMs + delayMs >= deadlineAtMs",
    to: "nowMs + delayMs > deadlineAtMs",
    tests: policy,
  },
  { rule: "pauses", file: RETRIES, from: "signal.aborted || ", to: "", tests: policy },
  { rule: "pauses", file: RETRIES, from: '    signal.addEventListener("abort", aborted);\n', to: "", tests: policy },
  { rule: "pauses", file: RETRIES, from: "      timer.cancel();\n", to: "", tests: policy },
  {
    rule: "pauses",
    file: RETRIES,
    from: '      signal.removeEventListener("abort", aborted);\n',
    to: "",
    tests: policy,
  },
  // The budget.
  { rule: "budget", file: RETRIES, from: " || !this.#budget.take(nowMs)", to: "", tests: policy },
  { rule: "budget", file: RETRIES, from: "    this.#budget.called();\n", to: "", tests: policy },
  { rule: "budget", file: BUDGET, from: "this.#saved = Math.max(0, this.#saved - 1);", to: "", tests: budget },
  { rule: "budget", file: BUDGET, from: "Math.min(this.#burst, ", to: "Math.max(0, ", tests: budget },
  { rule: "budget", file: BUDGET, from: "    this.#atMs = nowMs;\n", to: "", tests: budget },
  { rule: "budget", file: BUDGET, from: "< 1 - ROUNDING", to: "<= 0", tests: budget },
  {
    rule: "budget",
    file: BUDGET,
    from: "Math.max(0, nowMs - (this.#atMs ?? nowMs))",
    to: "Math.abs(nowMs - (this.#atMs ?? nowMs))",
    tests: budget,
  },
  // How far a call got.
  { rule: "delivery", file: RETRIES, from: "atLeast(error, delivery)", to: "error", tests: policy },
  {
    rule: "delivery",
    file: "src/session/streams.ts",
    from: "endedError(error, { peer, ...stream.facts })",
    to: 'endedError(error, { peer, ...stream.facts, delivery: "unknown" })',
    tests: delivery,
  },
  {
    rule: "delivery",
    file: PASSAGE,
    from: "furthest(this.#delivery, inner.delivery)",
    to: '"unknown"',
    tests: [...delivery, "test/client/interceptors.test.ts"],
  },
  {
    rule: "delivery",
    file: PASSAGE,
    from: "    // One that is still under way may yet be sent.\n    this.#delivery = ",
    to: "    void ",
    tests: ["test/client/interceptors.test.ts"],
  },
  { rule: "delivery", file: PASSAGE, from: "neverMade(error, this.#facts)", to: "error", tests: gone },
  {
    rule: "delivery",
    file: "src/client/inner-call.ts",
    from: '?? (wasSent(this) ? "unknown" : "not-sent")',
    to: '?? "unknown"',
    tests: delivery,
  },
  {
    rule: "delivery",
    file: CALL,
    from: "this.fail(neverMade(",
    to: "this.fail(((error: unknown, _facts: unknown) => error)(",
    tests: delivery,
  },
  {
    rule: "delivery",
    file: "src/client/waiting-calls.ts",
    from: "call.fail(neverMade(error, ",
    to: "call.fail(ofCall(error, ",
    tests: delivery,
  },
  // Which members are idempotent.
  {
    rule: "idempotent",
    file: "src/objects/member.ts",
    from: "isIdempotent ? [name, kind, 1] : [name, kind]",
    to: "[name, kind]",
    tests: members,
  },
  {
    rule: "idempotent",
    file: "src/session/outbound-call.ts",
    from: 'this.kind === "get" || this.kind === "look"',
    to: "false",
    tests: delivery,
  },
  {
    rule: "idempotent",
    file: "src/daemon/relayed-objects.ts",
    from: "isIdempotent: isIdempotent === 1",
    to: "isIdempotent: false",
    tests: members,
  },
  {
    rule: "idempotent",
    file: "src/objects/intercept-invocation.ts",
    from: 'kind === "get" || (kind === "call" && member.isIdempotent)',
    to: "member.isIdempotent",
    tests: members,
  },
  {
    rule: "idempotent",
    file: "src/session/imported-references.ts",
    from: "(CALLED.has(kind) && isIdempotent === 1)",
    to: "isIdempotent === 1",
    tests: references,
  },
  {
    rule: "idempotent",
    file: "src/session/imported-references.ts",
    from: "(CALLED.has(kind) && isIdempotent === 1)",
    to: "CALLED.has(kind)",
    tests: references,
  },
  {
    rule: "idempotent",
    file: "src/session/imported-references.ts",
    from: "member.length < 2 || member.length > 3",
    to: "member.length < 2",
    tests: references,
  },
  {
    rule: "idempotent",
    file: "src/client/object-description.ts",
    from: "more === 1 ? { idempotent: more } : more",
    to: "more === 1 ? undefined : more",
    tests: members,
  },
  // References after the end of their session.
  {
    rule: "references gone",
    file: CALL,
    from: "!(target instanceof OutboundCall) && target.isGone",
    to: "false",
    tests: gone,
  },
  { rule: "references gone", file: "src/session/call-planner.ts", from: "reference.isGone || ", to: "", tests: gone },
  {
    rule: "references gone",
    file: "src/session/conversation.ts",
    from: "    // First: whoever is told of a failure may use a reference at once.\n    imports?.end();\n",
    to: "",
    tests: gone,
  },
  {
    rule: "references gone",
    file: "src/session/travelling-values.ts",
    from: "if (isGone) return this.#gone();",
    to: "",
    tests: gone,
  },
  {
    rule: "references gone",
    file: "src/session/travelling-values.ts",
    from: "  #relayed({ session, proxy, kind, isGone }: ImportedReference): Travels {\n",
    to: "  #relayed({ session, proxy, kind, isGone }: ImportedReference): Travels {\n    if (isGone) return this.#gone();\n",
    tests: gone,
  },
  {
    rule: "references gone",
    file: "src/session/writable-streams.ts",
    from: 'reject(ofCall(error, { object: "", member, peer: reference.session.peer, elapsedMs: 0 }))',
    to: "reject(error)",
    tests: gone,
  },
];
