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
  {
    rule: "names-serve-asks-what-has-the-port",
    file: "src/cli/names-serve.ts",
    from: ".catch((error: unknown) => failed(io, options, error))",
    to: "",
    tests: ["test/cli/names.test.ts"],
  },
  {
    rule: "names-discover-none-is-1",
    file: "src/cli/names-discover.ts",
    from: "io.exitCode = ExitCode.FAILED;",
    to: "",
    tests: ["test/cli/names.test.ts"],
  },
  {
    rule: "names-remove-leases-serve-nobody",
    file: "src/cli/names-remove.ts",
    from: "one.leaseEndsAt === undefined && ",
    to: "",
    tests: ["test/cli/names.test.ts"],
  },
  {
    rule: "doctor-makes-no-key-file",
    file: "src/cli/check-names-port.ts",
    from: "|| !(await isThere(keyFilePath(io)))",
    to: "",
    tests: ["test/cli/doctor.test.ts"],
  },
  {
    rule: "vite-goes-on-without-name-server",
    file: "src/node/vite-daemon.ts",
    from: 'error.code === "HW_CONNECT_FAILED" ? "info" : "warn"',
    to: 'error.code === "HW_CONNECT_FAILED" ? "warn" : "warn"',
    tests: ["test/node/vite-plugin.test.ts"],
  },
];
