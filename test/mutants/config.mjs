const tests = ["test/node/config.test.ts"];

/** Breaks of the configuration's rules. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "S11",
    file: "src/node/config.ts",
    from: 'if (this.#code[name] !== undefined) return { value: this.#code[name], from: "code" };\n',
    to: "",
    tests,
  },
  {
    rule: "S12",
    file: "src/node/config.ts",
    from: "if (!this.#isFrozen) return;",
    to: "if (this.#isFrozen || true) return;",
    tests,
  },
  { rule: "S12", file: "src/node/configured.ts", from: "options.host ?? config.get", to: "config.get", tests },
  { rule: "S21", file: "src/node/configured.ts", from: "options.tls ?? configuredTls()", to: "options.tls", tests },
  {
    rule: "S21",
    file: "src/node/configured-tls.ts",
    from: "cert === undefined && key === undefined",
    to: "cert === undefined || key === undefined",
    tests,
  },
  { rule: "S32", file: "src/node/config-items.ts", from: "/^(0|[1-9]\\d{0,15})$/", to: "/^.*\\d/", tests },
  { rule: "S32", file: "src/node/config.ts", from: "(rule(value) ?? tightens(value))", to: "tightens(value)", tests },
  {
    rule: "S33",
    file: "src/node/config.ts",
    from: "variables === false ? {}",
    to: "variables === false ? this.#environment",
    tests,
  },
  { rule: "row 112", file: "src/node/config.ts", from: "(rule(value) ?? tightens(value))", to: "rule(value)", tests },
  {
    rule: "row 112",
    file: "src/node/config.ts",
    from: "#environment: Partial<ConfigValues> = {};",
    to: "#environment: Partial<ConfigValues> = readVariables(process.env);",
    tests,
  },
];
