const ADDRESS = "src/wire/named-address.ts";
const RESOLVER = "src/naming/name-resolver.ts";
const WHEREABOUTS = "src/naming/named-whereabouts.ts";
const POLICY = "src/naming/replica-policy.ts";
const policy = ["test/naming/replica-policy.test.ts"];
const address = ["test/wire/named-address.shared.test.ts"];
const named = ["test/naming/named-connect.test.ts"];
const picking = ["test/naming/pick-replica.shared.test.ts"];

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  { rule: "one form", file: ADDRESS, from: "tags.toSorted().join", to: "tags.join", tests: address },
  {
    rule: "one form",
    file: ADDRESS,
    from: "    return new URL(`ws://${host}/`).hostname;",
    to: "    return host;",
    tests: address,
  },
  {
    rule: "TLS beyond loopback",
    file: ADDRESS,
    from: 'isLoopbackHost(host) ? "ws" : "wss"',
    to: '"ws"',
    tests: address,
  },
  {
    rule: "plaintext",
    file: POLICY,
    from: "requirePrivateLine(daemonUrl, { allowPlaintext });",
    to: "",
    tests: named,
  },
  {
    rule: "what a name server elsewhere tells of this machine",
    file: POLICY,
    from: "if (!isServerHere && leadsToDialler(daemonUrl)) return",
    to: "if (leadsToDialler(daemonUrl) && daemonUrl === '') return",
    tests: policy,
  },
  {
    rule: "what a name server elsewhere tells of this machine",
    file: POLICY,
    from: "|0\\.0\\.0\\.0|",
    to: "|",
    tests: policy,
  },
  {
    rule: "what a name server elsewhere tells of this machine",
    file: POLICY,
    from: "if (isUnixUrl(daemonUrl)) return true;",
    to: "if (isUnixUrl(daemonUrl)) return false;",
    tests: policy,
  },
  {
    rule: "what a name server elsewhere tells of this machine",
    file: WHEREABOUTS,
    from: "yield replicas.filter(({ daemonUrl }) => refusalOf(daemonUrl) === undefined);",
    to: "yield replicas;",
    tests: policy,
  },
  {
    rule: "own credentials",
    file: RESOLVER,
    from: "own?.key === undefined && own?.ticket === undefined ? { key, ticket } : {}",
    to: "{ key, ticket }",
    tests: named,
  },
  {
    rule: "own credentials",
    file: "src/client/credential-source.ts",
    from: "environment.credentials?.(url)",
    to: 'environment.credentials?.("ws://127.0.0.1/")',
    tests: named,
  },
  {
    rule: "picked beside those left",
    file: WHEREABOUTS,
    from: "    this.#left.add(daemonUrl);\n",
    to: "",
    tests: named,
  },
  {
    rule: "the others at once",
    file: WHEREABOUTS,
    from: "const hasOthers = this.#hasOthers;",
    to: "const hasOthers = false;",
    tests: named,
  },
  {
    rule: "the others, each once",
    file: "src/client/reconnect-policy.ts",
    from: "  if (hasOthers) return backoff.tries <= MOST_AT_ONCE ? 0 : backoff.pauseMs();\n",
    to: "",
    tests: named,
  },
  {
    rule: "leaves nothing",
    file: "src/client/handshake-try.ts",
    from: "    this.#options.whereabouts?.cancel();\n",
    to: "",
    tests: named,
  },
  {
    rule: "leaves nothing",
    file: WHEREABOUTS,
    from: "    this.#watches.get(daemonUrl)?.stop();\n",
    to: "",
    tests: named,
  },
  {
    rule: "one more try",
    file: WHEREABOUTS,
    from: "    if (watch !== undefined) return watch.isElsewhere;\n",
    to: "    if (watch !== undefined) return true;\n",
    tests: named,
  },
  {
    rule: "the object's id there",
    file: "src/client/line.ts",
    from: "name === url ? place.objectId : name",
    to: "name",
    tests: named,
  },
  {
    rule: "unsent calls move over",
    file: "src/client/line.ts",
    from: "offersUnsentAtEnd: place !== undefined",
    to: "offersUnsentAtEnd: false",
    tests: named,
  },
  {
    rule: "lines are shared by pick",
    file: RESOLVER,
    from: "objectId, pick, allowPlaintext === true",
    to: "objectId, allowPlaintext === true",
    tests: named,
  },
  {
    rule: "each in its turn",
    file: "src/naming/pick-replica.ts",
    from: "one.address > last",
    to: "one.address !== last",
    tests: picking,
  },
  {
    rule: "turns are bounded",
    file: "src/naming/pick-replica.ts",
    from: "    this.#last.delete(address);\n",
    to: "",
    tests: picking,
  },
  {
    rule: "the least busy",
    file: "src/naming/pick-replica.ts",
    from: "load <= least",
    to: "load >= least",
    tests: picking,
  },
  {
    rule: "a daemon that drains all at once is dialled ever more seldom",
    file: "src/client/backoff.ts",
    from: "successor.#tries = this.#tries;",
    to: "",
    tests: ["test/node/restarting-names.test.ts"],
  },
  {
    rule: "no listener for each pause",
    file: "src/naming/name-lookup.ts",
    from: '    signal.removeEventListener("abort", wake);\n',
    to: "",
    tests: ["test/naming/name-lookup.shared.test.ts"],
  },
];
