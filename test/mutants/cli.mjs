const call = ["test/cli/call.test.ts"];
const watch = ["test/cli/watch.test.ts"];
const serve = ["test/cli/serve.test.ts"];
const doctor = ["test/cli/doctor.test.ts"];
const configuration = ["test/cli/config.test.ts"];
const completion = ["test/cli/completion.test.ts"];

/** What the command promises people, scripts, and terminals. @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "exit 3 without a connection",
    file: "src/cli/say-error.ts",
    from: "UNCONNECTED.has(error.code)) return ExitCode.NO_CONNECTION;",
    to: "UNCONNECTED.has(error.code)) return ExitCode.FAILED;",
    tests: call,
  },
  {
    rule: "exit 2 for wrong usage",
    file: "src/cli/say-error.ts",
    from: "if (error instanceof ConfigError || ",
    to: "if (",
    tests: call,
  },
  {
    rule: "exit 130 by Ctrl-C, without a word",
    file: "src/cli/run.ts",
    from: "    if (io.signal.aborted) return io.exitCode ?? ExitCode.INTERRUPTED;\n",
    to: "",
    tests: call,
  },
  {
    rule: "no stack unless --debug",
    file: "src/cli/say-error.ts",
    from: "if (io.options.debug === true)",
    to: "if (io.options.debug !== true)",
    tests: call,
  },
  {
    rule: "a peer's error moves no cursor",
    file: "src/cli/say-error.ts",
    from: "printable(sentenceOf(error))",
    to: "sentenceOf(error)",
    tests: call,
  },
  {
    rule: "a peer's text moves no cursor",
    file: "src/cli/value-text.ts",
    from: "return isLine ? escaped(value) : printable(value);",
    to: "return value;",
    tests: call,
  },
  {
    rule: "NO_COLOR",
    file: "src/cli/output.ts",
    from: 'return io.isTty && !io.isJson && (NO_COLOR === undefined || NO_COLOR === "");',
    to: "return io.isTty && !io.isJson;",
    tests: call,
  },
  {
    rule: "standard input is not repeated",
    file: "src/cli/json-arguments.ts",
    from: "got ${text.length} other characters",
    to: "got ${text}",
    tests: call,
  },
  {
    rule: "--key-file makes no file",
    file: "src/cli/connect-from-options.ts",
    from: "  await access(path).catch(",
    to: "  await Promise.resolve().catch(",
    tests: call,
  },
  {
    rule: "--timeout is the deadline of calls",
    file: "src/cli/connect-from-options.ts",
    from: "    timeoutMs: timeout,\n    connect",
    to: "    connect",
    tests: call,
  },
  {
    rule: "an item is a line",
    file: "src/cli/watch.ts",
    from: "{ isLine: true }",
    to: "{ isLine: false }",
    tests: watch,
  },
  {
    rule: "serve drains",
    file: "src/cli/run-daemon.ts",
    from: "  await daemon.close({ graceMs });\n",
    to: "  await daemon.close({ graceMs: 0 });\n",
    tests: serve,
  },
  {
    rule: "serve ends by Ctrl-C as it is meant to",
    file: "src/cli/run-daemon.ts",
    from: "  io.exitCode = ExitCode.DONE;\n",
    to: "",
    tests: serve,
  },
  {
    rule: "the command line goes before the module",
    file: "src/cli/serve.ts",
    from: "    ...loaded.options,\n    ...(await serveOptionsOf(io, options)),\n",
    to: "    ...(await serveOptionsOf(io, options)),\n    ...loaded.options,\n",
    tests: serve,
  },
  {
    rule: "slow ends within a minute",
    file: "src/cli/echo-object.ts",
    from: "value >= 0 && value <= most",
    to: "value >= 0",
    tests: serve,
  },
  {
    rule: "doctor ends with 1 when something fails",
    file: "src/cli/doctor.ts",
    from: '    if (finding.level === "fail") io.exitCode = ExitCode.FAILED;\n',
    to: "",
    tests: doctor,
  },
  {
    rule: "the clock is the daemon's",
    file: "src/cli/check-daemon.ts",
    from: "startedAt.getTime() + uptimeMs - nowMs",
    to: "startedAt.getTime() - nowMs - 2_000",
    tests: doctor,
  },
  {
    rule: "a strange variable's value is not shown",
    file: "src/cli/config.ts",
    from: "({ name, value: NOT_SHOWN, source:",
    to: "({ name, value: io.env[name], source:",
    tests: configuration,
  },
  {
    rule: "Tab runs nothing of the line",
    file: "src/cli/completion-script.ts",
    from: 'done < <(hearthwire complete -- "\\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)',
    to: 'done < <(eval "hearthwire complete -- \\${COMP_WORDS[*]:1:COMP_CWORD}" 2>/dev/null)',
    tests: completion,
  },
  {
    rule: "an option's value is no command",
    file: "src/cli/suggest.ts",
    from: "      option = undefined;\n      continue;\n",
    to: "      option = undefined;\n",
    tests: completion,
  },
];
