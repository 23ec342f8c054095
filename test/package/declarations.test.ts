import { describe, expect, test } from "vitest";
import { compilers, Consumer } from "../support/consumer.js";

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  // Off on purpose: the declarations themselves are what is checked.
  skipLibCheck: false,
  noEmit: true,
  target: "es2022",
};

const settings = {
  "a page: lib es2022 and dom, without Node's types": {
    options: { lib: ["es2022", "dom"], types: [], module: "esnext", moduleResolution: "bundler" },
    modules: [],
    entries: ["hearthwire", "hearthwire/browser", "hearthwire/testing"],
  },
  "a page whose modules resolve as Node's do": {
    options: { lib: ["es2022", "dom"], types: [], module: "nodenext", moduleResolution: "nodenext" },
    modules: [],
    entries: ["hearthwire", "hearthwire/browser", "hearthwire/testing"],
  },
  "a server: lib es2023 and @types/node alone": {
    options: { lib: ["es2023"], types: ["node"], module: "nodenext", moduleResolution: "nodenext" },
    modules: ["@types/node"],
    entries: ["hearthwire", "hearthwire/node"],
  },
};

function consumerOf({ options, modules, entries }: (typeof settings)[keyof typeof settings], extra = ""): Consumer {
  const program = entries.map((entry, index) => `export * as entry${index} from "${entry}";`).join("\n");
  return new Consumer(
    {
      "package.json": '{ "type": "module" }',
      "program.ts": `${program}\n${extra}`,
      "tsconfig.json": JSON.stringify({ compilerOptions: { ...strict, ...options }, files: ["program.ts"] }),
    },
    [...modules],
  );
}

describe.each(compilers)("under $name", ({ path }) => {
  test.each(Object.keys(settings) as (keyof typeof settings)[])("the declarations serve %s", (name) => {
    expect(consumerOf(settings[name]).compile(path)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("a program against the declarations is checked, not waved through", () => {
    const name = "a page: lib es2022 and dom, without Node's types";
    const wrong = 'import { connect } from "hearthwire";\nconnect(1);\n';
    const { status, stdout } = consumerOf(settings[name], wrong).compile(path);
    expect(status).not.toBe(0);
    expect(stdout).toContain("TS2345");
  });
});
