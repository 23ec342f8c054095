const LIFECYCLE = "src/browser/page-lifecycle.ts";
const TICKET = "src/browser/fetch-ticket.ts";
const ticket = ["test/browser/fetch-ticket.test.ts"];
const chromium = ["test/browser/situations.test.ts"];
const lifecycle = ["test/browser/page-lifecycle.test.ts"];

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  // What a line is told of its page.
  { rule: "section 5", file: LIFECYCLE, from: "      online: wake,\n", to: "", tests: lifecycle },
  {
    rule: "section 5",
    file: LIFECYCLE,
    from: "(isPersisted(event) ? line.sleep() : line.leave())",
    to: "line.leave()",
    tests: lifecycle,
  },
  {
    rule: "section 5",
    file: LIFECYCLE,
    from: "(isPersisted(event) ? line.sleep() : line.leave())",
    to: "line.sleep()",
    tests: lifecycle,
  },
  {
    rule: "section 5",
    file: LIFECYCLE,
    from: "        if (isPersisted(event)) line.wake();",
    to: "        line.wake();",
    tests: lifecycle,
  },
  {
    rule: "section 5",
    file: LIFECYCLE,
    from: "        if (isPersisted(event)) line.wake();",
    to: "",
    tests: lifecycle,
  },
  {
    rule: "section 5",
    file: LIFECYCLE,
    from: 'if (document.visibilityState === "visible") line.wake()',
    to: "line.wake()",
    tests: lifecycle,
  },
  { rule: "section 5", file: LIFECYCLE, from: "      freeze: sleep,\n", to: "", tests: lifecycle },
  { rule: "section 5", file: LIFECYCLE, from: "      resume: wake,\n", to: "", tests: lifecycle },
  {
    rule: "section 5",
    file: LIFECYCLE,
    from: "return () => listening.abort();",
    to: "return () => {};",
    tests: lifecycle,
  },
  { rule: "section 5", file: LIFECYCLE, from: "if (document !== undefined) {", to: "{", tests: lifecycle },
  {
    rule: "section 5",
    file: LIFECYCLE,
    from: 'if (typeof globalThis.addEventListener === "function") {',
    to: "{",
    tests: lifecycle,
  },
  // A ticket endpoint that can't be reached for a while neither ends a line nor holds it up.
  {
    rule: "section 5",
    file: TICKET,
    from: "request.signal ? AbortSignal.any([limit, request.signal]) : limit",
    to: "request.signal ?? null",
    tests: ticket,
  },
  {
    rule: "section 5",
    file: TICKET,
    from: "request.signal ? AbortSignal.any([limit, request.signal]) : limit",
    to: "limit",
    tests: ticket,
  },
  {
    rule: "section 5",
    file: TICKET,
    from: "    if (limit.aborted) {",
    to: "    if (limit === signal && false) {",
    tests: ticket,
  },
  { rule: "section 5", file: TICKET, from: "|| PASSING_STATUSES.includes(status)", to: "", tests: ticket },
  {
    rule: "section 5",
    file: TICKET,
    from: "{ cause, peer: url, retryable: true }",
    to: "{ cause, peer: url }",
    tests: ticket,
  },
  {
    rule: "section 5",
    file: TICKET,
    from: "ticket.expiresAtMs - Date.now() > REFRESH_BEFORE_MS",
    to: "ticket.expiresAtMs - Date.now() > 0",
    tests: ticket,
  },
  // What real pages need of all that.
  {
    rule: "section 5",
    file: "src/browser/connect.ts",
    from: "  watchHost: pageLifecycle,\n",
    to: "",
    tests: ["test/browser-page/lifecycle.browser.test.ts"],
  },
  { rule: "section 5", file: "src/browser/connect.ts", from: "  watchHost: pageLifecycle,\n", to: "", tests: chromium },
  { rule: "section 5", file: LIFECYCLE, from: "line.leave()", to: "undefined", tests: chromium },
  {
    rule: "section 5",
    file: "src/session/session.ts",
    from: 'ping: (count) => this.#say(`["pong",${count}`),',
    to: 'ping: (count) => void options.clock.after(1, () => this.#say(`["pong",${count}`)),',
    tests: chromium,
  },
];
