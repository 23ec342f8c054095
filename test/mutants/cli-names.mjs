const NAMES = ["test/cli/names.test.ts"];

/** Breaks of the commands that ask a name server. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "F66",
    file: "src/cli/names-register.ts",
    from: 'connection.on("session", () => {',
    to: 'connection.on("renewalFailed", () => {',
    tests: NAMES,
  },
  {
    rule: "F66",
    file: "src/cli/names-register.ts",
    from: "if (leaseMs === undefined) await hold(",
    to: "if (leaseMs !== undefined) await hold(",
    tests: NAMES,
  },
  {
    rule: "F66",
    file: "src/cli/names-lookup.ts",
    from: "timeoutMs === 0 ? 0 : timeoutMs + waitMs",
    to: "timeoutMs",
    tests: NAMES,
  },
  {
    rule: "F66",
    file: "src/cli/names-remove.ts",
    from: "if (removed === 0) io.exitCode = ExitCode.FAILED;",
    to: "void ExitCode;",
    tests: NAMES,
  },
  {
    rule: "F66",
    file: "src/cli/name-filter-options.ts",
    from: "tags: tag, anyTags: anyTag",
    to: "tags: anyTag, anyTags: tag",
    tests: NAMES,
  },
  {
    rule: "F66",
    file: "src/cli/names-serve.ts",
    from: "admins.has(id)",
    to: "id.length > 0",
    tests: NAMES,
  },
];
