const tests = ["test/transport/together.test.ts"];
const file = "src/transport/websocket-transport.ts";

/** Breaks of what is sent in one write. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  { rule: "one write", file, from: "    line?.cork?.();\n", to: "", tests },
  {
    rule: "uncorked",
    file,
    from: "    } finally {\n      line?.uncork?.();\n    }",
    to: "    } catch (error) {\n      throw error;\n    }",
    tests,
  },
];
