const LIFECYCLE = "src/browser/page-lifecycle.ts";
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
];
