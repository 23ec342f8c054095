const CHANGE = ["test/node/change-key-file.test.ts"];
const KEYS = ["test/cli/keys.test.ts"];
const TICKET = ["test/cli/ticket.test.ts"];
const CERTS = ["test/cli/certs.test.ts"];
const TIME = ["test/cli/time-text.test.ts"];

/** Breaks of the commands that make keys, tickets and certificates. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "S41",
    file: "src/node/key-file.ts",
    from: "writeWhole(file, { ...whole, mode: 0o600 })",
    to: "writeWhole(file, { ...whole, mode: 0o666 })",
    tests: CHANGE,
  },
  {
    rule: "S40",
    file: "src/node/change-key-file.ts",
    from: "return writeKeyFile(file, { content, replaces: ring !== undefined });",
    to: "return writeKeyFile(file, { content, replaces: true });",
    tests: CHANGE,
  },
  {
    rule: "S40",
    file: "src/node/change-key-file.ts",
    from: "  await withPathLock(file, {\n    busy,\n    task: async () => {\n      while (!(await changeOnce(file, change)));\n    },\n  });",
    to: "  void busy;\n  void withPathLock;\n  while (!(await changeOnce(file, change)));",
    tests: CHANGE,
  },
  {
    rule: "S40",
    file: "src/node/key-file-format.ts",
    from: "    ...(requireTls && { requireTls }),",
    to: "",
    tests: CHANGE,
  },
  {
    rule: "S40",
    file: "src/node/key-file.ts",
    from: "if (bytes > MAX_KEY_FILE_BYTES)",
    to: "if (bytes > 2 * MAX_KEY_FILE_BYTES)",
    tests: CHANGE,
  },
  {
    rule: "S41",
    file: "src/cli/keys.ts",
    from: "const secret = showSecret === true ?",
    to: "const secret = showSecret !== false ?",
    tests: KEYS,
  },
  {
    rule: "S41",
    file: "src/cli/keys.ts",
    from: "if (isLast && force !== true)",
    to: "if (isLast && force === undefined && there.length > 1)",
    tests: KEYS,
  },
  {
    rule: "S40",
    file: "src/cli/keys.ts",
    from: "filter(({ id }) => !ids.has(id)));",
    to: "filter(({ id }) => ids.size > 0 || id !== id));",
    tests: KEYS,
  },
  {
    rule: "row 16",
    file: "src/cli/ticket.ts",
    from: "audience: address?.daemonUrl,",
    to: "",
    tests: TICKET,
  },
  {
    rule: "row 16",
    file: "src/cli/ticket.ts",
    from: "const objects = addressed === undefined ? object : [addressed, ...object];",
    to: "void addressed;\n  const objects = object;",
    tests: TICKET,
  },
  {
    rule: "row 16",
    file: "src/cli/time-text.ts",
    from: '["h", 3_600_000],',
    to: '["h", 360_000],',
    tests: TIME,
  },
  {
    rule: "S30",
    file: "src/cli/certificates.ts",
    from: 'request.use === "server" ? library.ExtendedKeyUsage.serverAuth : library.ExtendedKeyUsage.clientAuth,',
    to: "library.ExtendedKeyUsage.serverAuth,\n        library.ExtendedKeyUsage.clientAuth,",
    tests: CERTS,
  },
  {
    rule: "S30",
    file: "src/cli/certificates.ts",
    from: "new BasicConstraintsExtension(true, 0, true),",
    to: "new BasicConstraintsExtension(true, undefined, true),",
    tests: CERTS,
  },
  {
    rule: "S30",
    file: "src/cli/certificates.ts",
    from: "if (endsAtMs <= nowMs)",
    to: "if (endsAtMs <= 0)",
    tests: CERTS,
  },
  {
    rule: "S30",
    file: "src/cli/certificate-folder.ts",
    from: "{ content: pair.key, mode: 0o600, replaces }",
    to: "{ content: pair.key, mode: 0o644, replaces }",
    tests: CERTS,
  },
  {
    rule: "S30",
    file: "src/cli/certificate-folder.ts",
    from: 'path: files.key, forbidden: "any" }',
    to: 'path: files.key, forbidden: "write" }',
    tests: CERTS,
  },
  {
    rule: "S30",
    file: "src/cli/certificate-folder.ts",
    from: "requireOwn(await stat(this.#folder), {",
    to: 'requireOwn(await stat("/"), {',
    tests: CERTS,
  },
  {
    rule: "S30",
    file: "src/cli/certs.ts",
    from: 'if (force !== true) await certificates.requireFree("ca");',
    to: "",
    tests: CERTS,
  },
  {
    rule: "S30",
    file: "src/cli/certs.ts",
    from: "if (days !== undefined && nowMs + days * DAY_MS > endsAtMs)",
    to: "if (days !== undefined && days > DAYS.issued.most)",
    tests: CERTS,
  },
];
