const payloads = ["test/security/payloads.test.ts"];
const exposure = ["test/security/exposure.test.ts"];
const frames = ["test/security/frames.shared.test.ts"];
const sessionFrames = ["test/security/frames.test.ts"];

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
    from: "const args = validateArguments(member, call.args);",
    to: `const args = validateArguments(member, call.args);
    if (isPromiseLike(served.source)) {
      return Promise.resolve(served.source).then((object) => {
        return { call, object: object as object, member, args: call.args, context, relay: served.relay };
      });
    }`,
    tests: exposure,
  },
  {
    rule: "row 74",
    file: "src/session/say-error.ts",
    from: "const isLimit = unsendable instanceof LimitError;",
    to: "const isLimit = unsendable instanceof LimitError;\n    if (!isLimit) throw unsendable;",
    tests: payloads,
  },
  {
    rule: "S4",
    file: "src/serializers/value-options.ts",
    from: '    typeof encode === "function" &&\n',
    to: "",
    tests: payloads,
  },
  {
    rule: "S6, row 21",
    file: "src/auth/client-handshake.ts",
    from: "if (!this.#options.serializers.includes(welcome.serializerId)) {",
    to: "if (welcome.serializerId === 0) {",
    tests: ["test/auth/client-handshake.test.ts"],
  },
  {
    rule: "row 4",
    file: "src/session/channel.ts",
    from: "if (frame.length < MIN_FRAME_BYTES) throw new ProtocolError(",
    to: "if (frame.length === 0) return { seq: taken, ack: this.#lastAck, body: frame };\n    if (frame.length < MIN_FRAME_BYTES) throw new ProtocolError(",
    tests: sessionFrames,
  },
  {
    rule: "row 5, row 11",
    file: "src/session/channel.ts",
    from: "if (!fits) throw",
    to: "if (!fits && seq > 2 ** 60) throw",
    tests: sessionFrames,
  },
  {
    rule: "row 7, row 9, row 13, row 15",
    file: "src/session/channel.ts",
    from: "if (!(isRight ?? this.#receiveMac.verify(frame))) throw",
    to: "if (!(isRight ?? this.#receiveMac.verify(frame)) && frame.length < 0) throw",
    tests: sessionFrames,
  },
  {
    rule: "row 22",
    file: "src/auth/server-handshake.ts",
    from: "const isSigned = schedule.helloMac.verify(frame);",
    to: "const isSigned = schedule.helloMac.verify(frame) || frame[3] === 1;",
    tests: sessionFrames,
  },
  {
    rule: "row 63, row 65",
    file: "src/serializers/gate.ts",
    from: "const { json } = payload;",
    to: `const { json } = payload;
    const found = (path: string[]): any => path.reduce((value: any, key) => value?.[key], json as any);
    const { referentialEqualities = {} } = (payload["meta"] ?? {}) as { referentialEqualities?: Record<string, string[]> };
    for (const [from, copies] of Object.entries(referentialEqualities).slice(0, 4)) {
      for (const copy of copies) found(copy.split(".").slice(0, -1))[copy.split(".").at(-1)!] = found(from.split("."));
    }`,
    tests: payloads,
  },
  {
    rule: "row 70, row 71, row 72",
    file: "src/serializers/annotation-tree.ts",
    from: "  throw unknownType(type);\n}",
    to: "}",
    tests: payloads,
  },
  {
    rule: "row 73",
    file: "src/serializers/annotation-tree.ts",
    from: '(type === "regexp" && dialect.allowsRegExp)',
    to: 'type === "regexp"',
    tests: payloads,
  },
  {
    rule: "row 78",
    file: "src/serializers/annotation-tree.ts",
    from: "if ((budget.nodes -= count) < 0)",
    to: "if ((budget.nodes -= count) < -1e9)",
    tests: payloads,
  },
  {
    rule: "row 79",
    file: "src/wire/body.ts",
    from: "messages = parseJson(text);",
    to: 'messages = JSON.parse(text.replace(/,\\s*([\\]}])/g, "$1"));',
    tests: payloads,
  },
  {
    rule: "row 86",
    file: "src/serializers/payload-draft.ts",
    from: `if (this.#containers.includes(container)) throw this.refusal("a cycle can't be sent");`,
    to: "",
    tests: payloads,
  },
  {
    rule: "S31, row 87, row 88, row 89, row 92",
    file: "src/objects/create-call-handler.ts",
    from: "const member = served?.table.get(call.member);",
    to: `const steps = call.member.split(".");
    const reached: unknown = steps.reduce((value: any, step) => value?.[step], served?.source as any);
    const isThere = typeof reached === "function";
    const member = (served?.table.get(call.member) ??
      (isThere ? { name: call.member, kind: "method", isIdempotent: true, input: undefined } : undefined)) as Member | undefined;`,
    tests: exposure,
  },
  {
    rule: "row 90",
    file: "src/objects/create-call-handler.ts",
    from: "const served = this.#resolve(call.target);\n    const member",
    to: `const served = this.#resolve(call.target);
    if (served?.id === "vault") void (served.source as Record<string, unknown>)[call.member];
    const member`,
    tests: exposure,
  },
  {
    rule: "row 91",
    file: "src/objects/exposure.ts",
    from: "for (const [name, declaration] of declared) {",
    to: `for (const level of levels) for (const name of Object.getOwnPropertyNames(level)) if (name === "inherited") declared.set(name, PLAIN_DECLARATION);
  for (const [name, declaration] of declared) {`,
    tests: exposure,
  },
  {
    rule: "row 94",
    file: "src/objects/validate-arguments.ts",
    from: "if (args.length > most) {",
    to: "if (args.length > 100 * most) {",
    tests: exposure,
  },
  {
    rule: "row 98",
    file: "src/session/inbound-calls.ts",
    from: 'if (typeof target === "number" && held === undefined) return this.#refuse(call, referenceGone(target), true);',
    to: "",
    tests: exposure,
  },
  {
    rule: "row 101",
    file: "src/errors/error-record.ts",
    from: "return new RemoteError(message, {",
    to: 'if (name === "TypeError") return new TypeError(message) as never;\n  return new RemoteError(message, {',
    tests: exposure,
  },
  {
    rule: "row 99",
    file: "src/objects/forbidden-name.ts",
    from: '  "toJSON",\n',
    to: "",
    tests: exposure,
  },
];
