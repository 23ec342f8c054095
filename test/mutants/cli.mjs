const call = ["test/cli/call.test.ts"];
const watch = ["test/cli/watch.test.ts"];
const serve = ["test/cli/serve.test.ts"];
const doctor = ["test/cli/doctor.test.ts"];
const configuration = ["test/cli/config.test.ts"];
const completion = ["test/cli/completion.test.ts"];
const wrongValues = ["test/cli/wrong-values.test.ts"];
const refusedPeers = ["test/cli/refused-peers.test.ts"];
const secrets = ["test/cli/secrets.test.ts"];
const output = ["test/cli/output.test.ts"];
const names = ["test/cli/names.test.ts"];

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
    from: "printable(`${foreignName(error)}${message}`)",
    to: "`${foreignName(error)}${message}`",
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
  {
    rule: "errors speak of flags, not of options of programs",
    file: "src/cli/command-sentence.ts",
    from: "const sentence = inFlags(error.message, flags);",
    to: "const sentence = error.message;",
    tests: wrongValues,
  },
  {
    rule: "what a called object said stays as it said it",
    file: "src/cli/command-sentence.ts",
    from: "  if (!isOwn(error)) return error.message;\n",
    to: "",
    tests: output,
  },
  {
    rule: "an address that may hold a secret is not shown",
    file: "src/cli/address-option-values.ts",
    from: "const MAY_HOLD_SECRET = /[@?#]/;",
    to: "const MAY_HOLD_SECRET = /$^/;",
    tests: wrongValues,
  },
  {
    rule: "a host without a port stands for the usual port and TLS",
    file: "src/naming/name-server-place.ts",
    from: "formatAddress(nameServerUrl(server), NAMES_OBJECT)",
    to: "formatAddress(`ws://${server.host}:${server.port}/`, NAMES_OBJECT)",
    tests: wrongValues,
  },
  {
    rule: "who was refused is told which key he showed",
    file: "src/cli/command-sentence.ts",
    from: 'if (error.code !== "HW_REFUSED" || ',
    to: 'if (error.code === "HW_REFUSED" || ',
    tests: refusedPeers,
  },
  {
    rule: "a wrong key alone is blamed for a refusal",
    file: "src/cli/command-sentence.ts",
    from: " || !NOT_ACCEPTED.test(error.message)) return undefined;",
    to: ") return undefined;",
    tests: refusedPeers,
  },
  {
    rule: "words of refused peers do not reach the terminal as they are",
    file: "src/cli/refused-peers.ts",
    from: "{ keyId: safeText(keyId) }",
    to: "{ keyId }",
    tests: refusedPeers,
  },
  {
    rule: "a flood of refused peers does not flood the terminal",
    file: "src/cli/refused-peers.ts",
    from: 'refusals.add(networkOf(refusal.remoteAddress ?? ""), refusal)',
    to: "io.err(textOf(io, refusal, 0))",
    tests: refusedPeers,
  },
  {
    rule: "the key of a key file is not shown by the error that names it",
    file: "src/cli/shown-key.ts",
    from: "return key && { id: key.id, file };",
    to: 'return key && { id: Buffer.from(key.export()).toString("hex"), file };',
    tests: secrets,
  },
  {
    rule: "an empty list is told on a terminal alone, and to no program",
    file: "src/cli/names-list.ts",
    from: "if (listed > 0 || io.isJson || !io.isTty) return;",
    to: "if (listed > 0) return;",
    tests: names,
  },
  {
    rule: "colour is asked of the command's own output",
    file: "src/cli/output.ts",
    from: "styleText(style, text, { validateStream: false })",
    to: "styleText(style, text)",
    tests: output,
  },
  {
    rule: "no column of arguments that nobody knows",
    file: "src/cli/describe.ts",
    from: "columns: isKnown ? [...COLUMNS, ARGUMENTS] : COLUMNS",
    to: "columns: [...COLUMNS, ARGUMENTS]",
    tests: watch,
  },
];
