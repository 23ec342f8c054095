import { beforeAll, expect, test } from "vitest";
import { compilers, Consumer } from "../support/consumer.js";

/** What stands in each program before the mistake. */
const PRELUDE = `import { assign, connect, type Connection, expose, oneway, release, type Remote, type Served, withOptions } from "hearthwire";
class OrderLine {
  quantity = 1;
  get total() { return 3; }
  price(): number { return 2; }
  name(): string { return ""; }
  hint(text: string): void { void text; }
  make(Class: typeof OrderLine): void { void Class; }
  later(promise: Promise<string>): void { void promise; }
  index(map: WeakMap<object, 1>): void { void map; }
  order(by: { id: number; at: Date }): void { void by; }
  join(listener: (text: string) => void): void { void listener; }
  async *count() { yield 1; }
  bytes() { return new Blob().stream(); }
  sum(numbers: AsyncIterable<number>): void { void numbers; }
  store(bytes: ReadableStream<Uint8Array>): void { void bytes; }
}
const Chat = expose(class Chat { say(text: string) { void text; } audit() {} }, ["say"]);
declare const line: Remote<OrderLine>;
declare const chat: Remote<InstanceType<typeof Chat>>;
declare const app: Connection<Served<{ line: OrderLine; now: () => Date }>>;
void [assign, connect, oneway, release, withOptions, line, chat, app];
`;

const NEVER_SENT = "hearthwire: symbols, promises inside values, Weak* and SharedArrayBuffer can't be sent";

/** Title, the line, and what the compiler says of it: the whole first message, or where it is long the part that helps. */
const mistakes: readonly (readonly [title: string, line: string, says: string])[] = [
  ["a misspelt member", "line.hnt;", "Property 'hnt' does not exist on type 'Remote<OrderLine>'. Did you mean 'hint'?"],
  [
    "an accessor that is called",
    "line.quantity();",
    "This expression is not callable.\n  Type 'Pending<number>' has no call signatures.",
  ],
  [
    "a method that is not called",
    "(await line.name).toUpperCase();",
    "Property 'toUpperCase' does not exist on type '() => Pending<string>'.",
  ],
  [
    "a result used without await",
    "line.name().toUpperCase();",
    "Property 'toUpperCase' does not exist on type 'Pending<string>'.",
  ],
  [
    "a result kept without await",
    "export const price: number = line.price();",
    "Type 'Pending<number>' is not assignable to type 'number'.",
  ],
  [
    "a result reckoned with without await",
    "line.price() + 1;",
    "Operator '+' cannot be applied to types 'Pending<number>' and '1'.",
  ],
  [
    "an argument of a wrong type",
    "line.hint(3);",
    "Argument of type 'number' is not assignable to parameter of type 'Argument<string>'.",
  ],
  ["an argument left out", "line.hint();", "Expected 1 arguments, but got 0."],
  [
    "a wrong field of an argument",
    'line.order({ id: "1", at: new Date() });',
    "Type 'string' is not assignable to type 'number'.",
  ],
  [
    "a field of an argument left out",
    "line.order({ id: 1 });",
    "Property 'at' is missing in type '{ id: number; }' but required in type '{ id: number; at: Date; }'.",
  ],
  [
    "a promise as an argument",
    'line.hint(Promise.resolve("x"));',
    "Argument of type 'Promise<string>' is not assignable to parameter of type 'Argument<string>'.",
  ],
  [
    "a class as an argument",
    "line.make(OrderLine);",
    "but required in type 'Unsendable<\"hearthwire: a class can't be sent; send an instance\">'.",
  ],
  [
    "a parameter that is a promise",
    'line.later(Promise.resolve("x"));',
    `but required in type 'Unsendable<"${NEVER_SENT}">'.`,
  ],
  [
    "a parameter that can't be sent",
    "line.index(new WeakMap());",
    `but required in type 'Unsendable<"${NEVER_SENT}">'.`,
  ],
  [
    "a listener of other things",
    "line.join((text: number) => void text);",
    "Argument of type '(text: number) => undefined' is not assignable to parameter of type 'Argument<(text: string) => void>'.",
  ],
  [
    "a listener whose result would travel",
    "line.join((text) => text.length);",
    "Type 'number' is not assignable to type 'Awaitable<void>'.",
  ],
  [
    "a stream passed on without await",
    "line.sum(line.count());",
    "'Unsendable<\"hearthwire: a stream is read by its caller; await it first, then pass it on\">'.",
  ],
  [
    "a ReadableStream passed on without await",
    "line.store(line.bytes());",
    "'Unsendable<\"hearthwire: a stream is read by its caller; await it first, then pass it on\">'.",
  ],
  [
    "an accessor that is assigned",
    "line.quantity = 4;",
    "Cannot assign to 'quantity' because it is a read-only property.",
  ],
  [
    "a getter that is written",
    "assign(line, { total: 4 });",
    "Object literal may only specify known properties, and 'total' does not exist in type 'Partial<Writable<OrderLine>>'.",
  ],
  [
    "writing where nothing can be written",
    "assign(chat, { say: 4 });",
    "'say' does not exist in type 'Unsendable<\"hearthwire: this object has no accessor that can be written\">'.",
  ],
  ["a misspelt name of expose", 'expose(OrderLine, ["pice"]);', "Did you mean '\"price\"'?"],
  [
    "a misspelt name in the options of expose",
    "expose(OrderLine, { members: { pice: {} } });",
    "Did you mean to write 'price'?",
  ],
  [
    "a member that is not exposed",
    "chat.audit();",
    "Property 'audit' does not exist on type 'Remote<Chat & Exposes<\"say\">>'.",
  ],
  [
    "the type of a class for that of its instances",
    'void connect<typeof OrderLine>("ws://x/y").then((far) => far.price());',
    "Property 'price' does not exist on type 'Remote<typeof OrderLine>'.",
  ],
  [
    "releasing what is no proxy",
    "release(new OrderLine());",
    "Argument of type 'OrderLine' is not assignable to parameter of type 'AnyRemote | Pipelined<unknown>'.",
  ],
  [
    "a proxy where a local object is wanted",
    "export const local: OrderLine = line;",
    "Type 'Remote<OrderLine>' is not assignable to type 'OrderLine'.",
  ],
  [
    "a misspelt option of a call",
    "withOptions(line, { timeout: 4 });",
    "'timeout' does not exist in type 'CallOptions'. Did you mean to write 'timeoutMs'?",
  ],
  [
    "a misspelt option of connect",
    'connect<OrderLine>("ws://x/y", { timeout: 3 });',
    "'timeout' does not exist in type 'ConnectOptions'. Did you mean to write 'timeoutMs'?",
  ],
  [
    "an id that is not served",
    'app.object("lin");',
    'Argument of type \'"lin"\' is not assignable to parameter of type \'"line" | "now"\'.',
  ],
  [
    "a served function taken by its id",
    'app.object("now");',
    '\'"now" & Unsendable<"hearthwire: a served function is taken by connect(url)">\'.',
  ],
];

const fileOf = (index: number): string => `mistake${index}.ts`;

/** What the newest compiler says of each program, by file. */
let says: ReadonlyMap<string, string>;

beforeAll(() => {
  const files = mistakes.map(([, line], index) => [fileOf(index), `${PRELUDE}${line}\n`] as const);
  const options = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: "es2022", types: [] };
  const program = new Consumer({
    "package.json": '{ "type": "module" }',
    "tsconfig.json": JSON.stringify({
      compilerOptions: { ...options, lib: ["es2023", "dom"], module: "nodenext" },
      include: ["*.ts"],
    }),
    ...Object.fromEntries(files),
  });
  const { stdout } = program.compile(compilers[0].path);
  const reports = stdout.split(/^(?=mistake\d+\.ts\()/m).map((report) => report.trim());
  says = new Map(files.map(([name]) => [name, reports.filter((one) => one.startsWith(`${name}(`)).join("\n")]));
});

test.each(mistakes.map(([title, , message], index) => ({ title, message, name: fileOf(index) })))(
  "the compiler explains $title",
  ({ message, name }) => {
    const report = says.get(name) ?? "";
    expect(report).toMatch(/^mistake\d+\.ts\(\d+,\d+\): error TS\d+: /);
    expect(report).toContain(message);
    expect(report.split("\nmistake")).toHaveLength(1);
  },
);
