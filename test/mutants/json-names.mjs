const file = "src/wire/parse-json.ts";
const tests = ["test/wire/parse-json.shared.test.ts"];

/** Breaks of how names that are written with an escape are read. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  { rule: "heads are read so", file: "src/wire/body.ts", from: "parseJson(text);", to: "JSON.parse(text);", tests },
  {
    rule: "only what is JSON",
    file,
    from: "  JSON.parse(text); // throws",
    to: "  // throws",
    tests,
  },
  { rule: "spaces before the colon", file, from: "/[ \\t\\n\\r]*:/y", to: "/:/y", tests },
  {
    rule: "an escaped quote does not end a string",
    file,
    from: "while (quote !== -1 && isEscaped(text, quote))",
    to: "while (quote !== -1 && false)",
    tests,
  },
  { rule: "an escaped backslash escapes nothing", file, from: "(at - before) % 2 === 1", to: "at > before", tests },
  { rule: "half a pair is a name too", file, from: "\\ud800-\\udfff]/", to: "]/", tests },
  { rule: "one stand-in for a name", file, from: "  if (standIn === undefined) standIns", to: "  standIns", tests },
  {
    rule: "names have a bound",
    file,
    from: "names.push({ start, end }) > MAX_PAYLOAD_NODES",
    to: "names.push({ start, end }) < 0",
    tests,
  },
];
