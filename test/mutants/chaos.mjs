// Breaks of what disturbs others and of what judges them: lines with faults, the TCP proxy, the soak's oracles.
const LANE = "src/testing/faulty-lane.ts";
const LINE = "src/testing/faulty-line.ts";
const TRANSPORT = "src/testing/faulty-transport.ts";
const LEDGER = "test/soak/support/ledger.ts";
const EXACTLY_ONCE = "test/soak/support/exactly-once-load.ts";
const MIXED = "test/soak/support/mixed-load.ts";
const PIPE = "test/support/chaos/chaos-pipe.ts";
const LINK = "test/support/chaos/chaos-link.ts";

const line = ["test/testing/faulty-line.test.ts"];
const pair = ["test/testing/faulty-line.test.ts", "test/testing/transport-pair.test.ts"];
const cuts = ["test/testing/cuts.test.ts"];
const oracles = ["test/soak/oracles.test.ts"];
const proxy = ["test/support/chaos-proxy.test.ts"];

/** @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  // Lines in memory.
  {
    rule: "faulty line",
    file: LANE,
    from: "const copy = new Uint8Array(frame);",
    to: "const copy = frame;",
    tests: line,
  },
  { rule: "faulty line", file: LANE, from: "return this.#add(BREAK);", to: "return;", tests: line },
  {
    rule: "faulty line",
    file: LANE,
    from: "^= 1 << Math.floor(this.#options.random() * 8);",
    to: "^= 0 * this.#options.random();",
    tests: line,
  },
  {
    rule: "faulty line",
    file: LANE,
    from: 'if (fault === "duplicate") this.#add',
    to: "if (fault === undefined && false) this.#add",
    tests: line,
  },
  { rule: "faulty line", file: LANE, from: "      this.#overtaken = copy;\n      return;\n", to: "", tests: line },
  {
    rule: "faulty line",
    file: LANE,
    from: "    this.#addOvertaken();\n    this.#add(close);",
    to: "    this.#add(close);",
    tests: line,
  },
  { rule: "faulty line", file: LANE, from: "(length / bytesPerSecond) * 1000", to: "0 * length", tests: line },
  {
    rule: "faulty line",
    file: LANE,
    from: "return this.#freeAtMs + latencyMs;",
    to: "return this.#freeAtMs;",
    tests: pair,
  },
  { rule: "faulty line", file: TRANSPORT, from: "    this.#outbound.abort(BROKEN);\n", to: "", tests: line },
  { rule: "faulty line", file: LINE, from: "isStalled: stalled.has(direction),", to: "isStalled: false,", tests: line },
  {
    rule: "faulty line",
    file: LINE,
    from: "if (!this.#options.stalled.has(direction)) this.#lanes",
    to: "this.#lanes",
    tests: line,
  },
  {
    rule: "faulty line",
    file: LINE,
    from: "    if (this.#isUnplugged) {",
    to: "    if (this.#faults === undefined) {",
    tests: line,
  },
  {
    rule: "faulty line",
    file: LINE,
    from: "seededRandom(random?.seed ?? 0, number, ",
    to: "seededRandom(random?.seed ?? 0, ",
    tests: line,
  },
  {
    rule: "faulty line",
    file: LINE,
    from: "const isFirst = number === 1 &&",
    to: "const isFirst = number === 0 &&",
    tests: line,
  },
  { rule: "faulty line", file: LINE, from: 'if (notice !== "daemon") this.ends', to: "this.ends", tests: line },
  { rule: "faulty line", file: LINE, from: "    checkLinkFaults(faults);\n", to: "", tests: line },
  {
    rule: "faulty line",
    file: LINE,
    from: "    this.#endStalls();\n    for (const direction of DIRECTIONS) this.#lanes[direction].die();\n    this.#options.gone();",
    to: "    this.#options.gone();",
    tests: line,
  },
  { rule: "faulty line", file: "src/testing/seeded-random.ts", from: "hash ^ seed", to: "hash", tests: line },
  // What a session owes to its peer, noticed by a user's test of cuts.
  {
    rule: "cuts",
    file: "src/session/channel.ts",
    from: "if (!(isRight ?? this.#receiveMac.verify(frame)))",
    to: "if (frame.length === 0)",
    tests: cuts,
  },
  // Oracles.
  { rule: "oracle", file: LEDGER, from: "      this.#doubled += 1;\n", to: "", tests: oracles },
  { rule: "oracle", file: LEDGER, from: "      this.#reordered += 1;\n", to: "", tests: oracles },
  { rule: "oracle", file: LEDGER, from: "lost: total - made", to: "lost: 0 * made", tests: oracles },
  { rule: "oracle", file: LEDGER, from: "this.#doubled + foreign", to: "this.#doubled", tests: oracles },
  {
    rule: "oracle",
    file: EXACTLY_ONCE,
    from: "this.#expect((await this.#settling(this.#works.step(number))) === number * 2 + 1);",
    to: "await this.#settling(this.#works.step(number));",
    tests: oracles,
  },
  { rule: "oracle", file: EXACTLY_ONCE, from: "      this.#heard.take(number);\n", to: "", tests: oracles },
  { rule: "oracle", file: EXACTLY_ONCE, from: "        this.#failures += 1;\n", to: "", tests: oracles },
  { rule: "oracle", file: MIXED, from: "if (times > 1) this", to: "if (times > 9) this", tests: oracles },
  {
    rule: "oracle",
    file: MIXED,
    from: 'if (outcome === "ok" && times !== 1)',
    to: 'if (outcome === "ok" && times > 9)',
    tests: oracles,
  },
  {
    rule: "oracle",
    file: "test/soak/support/error-tally.ts",
    from: "if (!(error instanceof HearthwireError)) return undefined;",
    to: 'if (!(error instanceof HearthwireError)) return "other";',
    tests: oracles,
  },
  {
    rule: "oracle",
    file: "test/soak/support/heap-trend.ts",
    from: "growthBytes <= Math.max(",
    to: "growthBytes <= Math.max(Infinity, ",
    tests: oracles,
  },
  {
    rule: "oracle",
    file: "test/soak/support/heap-trend.ts",
    from: "peakBytes <= Math.max(",
    to: "peakBytes <= Math.max(Infinity, ",
    tests: oracles,
  },
  // The proxy.
  { rule: "proxy", file: PIPE, from: "!this.#isOver && !this.#isStalled &&", to: "!this.#isOver &&", tests: proxy },
  {
    rule: "proxy",
    file: PIPE,
    from: "if (this.#waitingBytes > HIGH_WATER_BYTES) this.#from.pause();",
    to: "",
    tests: proxy,
  },
  { rule: "proxy", file: PIPE, from: "options.sparedBytes + ", to: "0 * options.sparedBytes + ", tests: proxy },
  {
    rule: "proxy",
    file: PIPE,
    from: "const most = this.#splitBytes > 0 ? 1 : this.#options.conditions.chunkBytes;",
    to: "const most = Infinity;",
    tests: proxy,
  },
  {
    rule: "proxy",
    file: LINK,
    from: 'if (tells !== "client") this.#end(this.#far, kind);',
    to: "this.#end(this.#far, kind);",
    tests: proxy,
  },
  {
    rule: "proxy",
    file: LINK,
    from: "if (this.#isCut || !this.#options.isRandom()) return;",
    to: "if (this.#isCut) return;",
    tests: proxy,
  },
  { rule: "proxy", file: LINK, from: "    this.#far.resetAndDestroy();\n  }", to: "  }", tests: proxy },
];
