const payloads = ["test/security/payloads.test.ts"];
const exposure = ["test/security/exposure.test.ts"];
const frames = ["test/security/frames.shared.test.ts"];

/** Breaks of rows 1 to 22, 63 to 101. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "row 1, row 2, row 3, row 14, row 20, S34, S37",
    file: "src/auth/mac.ts",
    from: "return equalBytes(Mac.#expected, frame.subarray(frame.length - TAG_BYTES));",
    to: "return equalBytes(Mac.#expected.subarray(0, 1), frame.subarray(frame.length - TAG_BYTES, frame.length - TAG_BYTES + 1));",
    tests: frames,
  },
  {
    rule: "row 16",
    file: "src/auth/key.ts",
    from: "|| bytes.length !== KEY_BYTES) {",
    to: "|| bytes.length === 0) {",
    tests: frames,
  },
  {
    rule: "row 67, row 69",
    file: "src/serializers/gate.ts",
    from: "if (found !== children.size) throw",
    to: "if (found > children.size) throw",
    tests: payloads,
  },
  {
    rule: "row 68, S5",
    file: "src/serializers/annotation.ts",
    from: 'return key === "__proto__" || key === "constructor" || key === "prototype";',
    to: "return false;",
    tests: payloads,
  },
  {
    rule: "row 75",
    file: "src/serializers/scalar.ts",
    from: 'if (typeof json === "string" && BIGINT.test(json)) return BigInt(json);',
    to: "return BigInt(json as string);",
    tests: payloads,
  },
  {
    rule: "row 76",
    file: "src/serializers/gate.ts",
    from: "if (depth >= MAX_PAYLOAD_DEPTH)",
    to: "if (depth < 0)",
    tests: payloads,
  },
  {
    rule: "row 82",
    file: "src/serializers/gate.ts",
    from: "if (!Number.isFinite(json)) throw",
    to: "if (Number.isNaN(json)) throw",
    tests: payloads,
  },
  {
    rule: "row 83",
    file: "src/serializers/scalar.ts",
    from: "if (url === undefined || !isSendableUrl(url)) {",
    to: "if (url === undefined) {",
    tests: payloads,
  },
  {
    rule: "row 85",
    file: "src/serializers/gate.ts",
    from: 'if (!isJsonObject(payload)) throw new PayloadError("a payload is an object");',
    to: "if (!isJsonObject(payload)) return payload;",
    tests: payloads,
  },
  { rule: "row 80", file: "src/objects/refusal.ts", from: "return escaped(", to: "return (", tests: payloads },
  {
    rule: "row 81",
    file: "src/wire/utf8.ts",
    from: "fatal: true, ignoreBOM: true",
    to: "fatal: false, ignoreBOM: false",
    tests: payloads,
  },
  {
    rule: "row 100",
    file: "src/session/payload-codec.ts",
    from: "{ exposeStacks, isRefusal }",
    to: "{ exposeStacks: true || exposeStacks, isRefusal }",
    tests: exposure,
  },
  {
    rule: "row 96",
    file: "src/objects/create-call-handler.ts",
    from: "if (!(source instanceof InstancesOfClass)) return found(source);",
    to: "if (!(source instanceof InstancesOfClass)) return after(source, found);",
    tests: exposure,
  },
  {
    rule: "row 74",
    file: "src/session/say-error.ts",
    from: "const isLimit = unsendable instanceof LimitError;",
    to: "const isLimit = unsendable instanceof LimitError;\n    if (!isLimit) throw unsendable;",
    tests: payloads,
  },
];
