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
    entries: ["hearthwire", "hearthwire/browser", "hearthwire/testing", "hearthwire/msgpack"],
  },
  "a page whose modules resolve as Node's do": {
    options: { lib: ["es2022", "dom"], types: [], module: "nodenext", moduleResolution: "nodenext" },
    modules: [],
    entries: ["hearthwire", "hearthwire/browser", "hearthwire/testing", "hearthwire/msgpack"],
  },
  "a server: lib es2023 and @types/node alone": {
    options: { lib: ["es2023"], types: ["node"], module: "nodenext", moduleResolution: "nodenext" },
    modules: ["@types/node", "@opentelemetry/api", "prom-client"],
    entries: [
      "hearthwire",
      "hearthwire/node",
      "hearthwire/msgpack",
      "hearthwire/prometheus",
      "hearthwire/opentelemetry",
    ],
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

/** What a library built on hearthwire may export without writing the types down. */
const library = `import { assign, connect, expose, instancesOf, oneway, openConnection, type Served, withOptions } from "hearthwire";
export class Line {
  quantity = 1;
  list(): { readonly id: number }[] { return []; }
  watch(): AsyncGenerator<number, string> { throw new Error(); }
  partner(): Line { return this; }
  join(listener: (text: string) => void): () => void { return () => listener(""); }
  find(by: string): string;
  find(by: number): number;
  find(by: string | number): string | number { return by; }
}
export const Exposed = expose(Line, ["list", "watch", "partner", "join", "find"]);
export const local = new Exposed();
export const objects = { line: local, lines: instancesOf(Exposed, { mode: "session" }), now: () => new Date() };
export const app = openConnection<Served<typeof objects>>("ws://127.0.0.1");
export const named = app.object("line");
export const connecting = connect<Line>("ws://127.0.0.1/line");
export const view = withOptions(named, { timeoutMs: 1 });
export const quiet = oneway(named);
export const list = () => named.list();
export const early = () => connecting.partner().partner();
export const quantity = () => connecting.quantity;
export const watch = () => named.watch();
export const join = async () => named.join(() => undefined);
export const method = named.find;
export const write = async () => assign(await connecting, { quantity: 2 });
`;

describe.each(compilers)("under $name", ({ path }) => {
  test("a library that emits declarations can name every type it was given", () => {
    const compilerOptions = {
      ...strict,
      ...settings["a page: lib es2022 and dom, without Node's types"].options,
      noEmit: false,
      declaration: true,
      outDir: "out",
    };
    const consumer = new Consumer({
      "package.json": '{ "type": "module" }',
      "program.ts": library,
      "tsconfig.json": JSON.stringify({ compilerOptions, files: ["program.ts"] }),
    });
    expect(consumer.compile(path)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

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
