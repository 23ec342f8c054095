// Compiled by `npm run check`, never run: what values are on the other side, and what may be given for them.
import type { Argument, ByValue, Received, Remote, RemoteStream, Sent, Unsendable } from "hearthwire";

type Equal<A, B> = (<G>() => G extends A ? 1 : 2) extends <G>() => G extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...verdict: Equal<A, B> extends true ? [] : ["differs", A, B]): void;
declare function is<T>(value: T): void;
type Anything = ReturnType<typeof JSON.parse>;
declare class Service {
  run(): number;
}

// ------------------------------------------------------------------ scalars, brands, enums
type UserId = string & { readonly __brand: "UserId" };
type Cents = number & { readonly __unit: "cents" };
declare enum Level {
  low,
  high,
}
declare enum Colour {
  red = "r",
}
same<Received<UserId>, UserId>();
same<Sent<Cents>, Cents>();
same<Received<Level | Colour.red>, Level | Colour.red>();
same<Received<`a-${string}` | 1n | true | null | undefined>, `a-${string}` | 1n | true | null | undefined>();
same<Received<unknown>, unknown>();
same<Received<Anything>, unknown>();
same<Sent<Anything>, unknown>();
same<Received<never>, never>();
same<Received<void>, void>();
same<
  Received<symbol>,
  Unsendable<"hearthwire: symbols, promises inside values, Weak* and SharedArrayBuffer can't be sent">
>();

// ------------------------------------------------------------------ records
interface Flat {
  readonly id: UserId;
  at?: Date;
}
interface Order {
  readonly id: UserId;
  readonly lines: readonly { readonly sku: string; count?: number }[];
  readonly by: { readonly name: string; readonly tags?: string[] };
  level: Level;
}
same<Received<Flat>, Flat>();
same<Received<Order>, Order>();
same<Sent<Order>, Order>();
same<Received<readonly Order[]>, readonly Order[]>();
same<Received<Record<string, Order>>, Record<string, Order>>();
same<Received<{ readonly [id: string]: number }>, { readonly [id: string]: number }>();
same<Received<Partial<Order>>, Partial<Order>>();
same<Received<Flat & { readonly more: 1 }>["more"], 1>();
same<Received<{ a: Anything }>, { a: unknown }>();
same<Received<{ readonly a?: Service; b: Date }>, { readonly a?: Remote<Service>; b: Date }>();
same<Received<{ deep: { service: Service }[] }>, { deep: { service: Remote<Service> }[] }>();
same<Received<Record<string, Service>>, Record<string, Remote<Service>>>();
same<Received<{ key: symbol }>["key"], Received<symbol>>();
same<Received<{}>, {}>();

type Event =
  | { kind: "joined"; who: UserId }
  | { kind: "said"; text: string; at: Date }
  | { kind: "plugged"; service: Service };
export function discriminated(event: Received<Event>) {
  if (event.kind === "said") is<Date>(event.at);
  if (event.kind === "plugged") is<Remote<Service>>(event.service);
  // @ts-expect-error -- not of every event
  void event.text;
}

// ------------------------------------------------------------------ recursion
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
interface Tree {
  readonly value: number;
  readonly children: readonly Tree[];
}
interface Link {
  next: Link | null;
  service: Service;
}
interface Mutual {
  readonly other?: Partner;
}
interface Partner {
  readonly mutual: Mutual[];
  readonly by: Map<string, Mutual>;
}
same<Received<Json>, Json>();
same<Sent<Json>, Json>();
same<Received<Tree>, Tree>();
same<Sent<Tree>, Tree>();
export function recursion(link: Received<Link>, mutual: Received<Mutual>, json: Received<Json>) {
  same<NonNullable<NonNullable<typeof link.next>["next"]>["service"], Remote<Service>>();
  is<Mutual | undefined>(mutual.other?.mutual[0]?.other?.by.get("x"));
  if (Array.isArray(json)) is<Json[]>(json);
  const given: Argument<Json> = { a: [1, { b: null }] };
  void given;
}
declare class Store {
  put(value: Json): Json;
  tree(): Tree;
  add(tree: Tree): void;
}
export async function stored(store: Remote<Store>) {
  const value = await store.put({ a: [1, "x", null] });
  same<typeof value, Json>();
  const tree = await store.tree();
  same<typeof tree, Tree>();
  await store.add({ value: 1, children: [{ value: 2, children: [] }] });
  await store.add(store.tree());
  // @ts-expect-error -- a Date is no JSON value
  await store.put(new Date());
  // @ts-expect-error -- children are missing
  await store.add({ value: 1, children: [{ value: 2 }] });
}

type Branch = Service | Branch[];
type Index = Map<string, Index> | Service;
type Step = (next: Step) => Step;
export async function references(branch: Received<Branch>, index: Received<Index>, step: Remote<Step>) {
  if (Array.isArray(branch)) is<Received<Branch> | undefined>(branch[0]);
  else is<number>(await branch.run());
  if (index instanceof Map) is<Received<Index> | undefined>(index.get("x"));
  const next = await step(step);
  same<typeof next, Remote<Step>>();
  await step(step(next));
  // @ts-expect-error -- no step
  await step(1);
}

// ------------------------------------------------------------------ lists
same<
  Received<[name: string, count?: number, ...rest: Service[]]>,
  [name: string, count?: number, ...rest: Remote<Service>[]]
>();
same<Received<readonly [Order, Service?]>, readonly [Order, Remote<Service>?]>();
same<Received<(Service | string)[]>, (Remote<Service> | string)[]>();
same<Received<[]>, []>();
same<Received<Date[][]>, Date[][]>();

// ------------------------------------------------------------------ built-in objects
same<Received<Map<UserId, Service[]>>, Map<UserId, Remote<Service>[]>>();
same<Received<ReadonlyMap<string, Set<Service>>>, ReadonlyMap<string, Set<Remote<Service>>>>();
same<Received<ReadonlySet<Date>>, ReadonlySet<Date>>();
same<
  Received<URL | RegExp | ArrayBuffer | DataView | Float64Array>,
  URL | RegExp | ArrayBuffer | DataView | Float64Array
>();
same<Received<Uint8Array>, Uint8Array>();
same<Received<Uint8Array<ArrayBuffer>>, Uint8Array<ArrayBuffer>>();
same<Received<AbortSignal>, AbortSignal>();
same<Received<Error | TypeError>, Error | TypeError>();
same<Received<AsyncGenerator<Service, number, string>>, RemoteStream<Remote<Service>, number>>();
same<Received<AsyncIterableIterator<string>>["next"], RemoteStream<string, unknown>["next"]>();
same<Received<ReadableStream<Service>>, ReadableStream<Remote<Service>>>();
is<Sent<AsyncIterable<number>>>(new ReadableStream<number>());
is<Sent<ReadableStream<number>>>(
  (async function* () {
    yield 1;
  })(),
);
is<Sent<WritableStream<Date>>>(new WritableStream<Date>());
is<Sent<Map<string, Order>>>(new Map<string, Order>());
// @ts-expect-error -- of other values
is<Sent<Map<string, Order>>>(new Map<string, Date>());
is<Sent<Set<number>>>(new Set([1]));

// ------------------------------------------------------------------ by value
type Settings = ByValue<{ readonly name: string; port?: number; done?(): void; nested: Service }>;
same<
  Received<Settings>,
  { readonly name: string; port?: number; done?: Remote<() => void>; nested: Remote<Service> }
>();
is<Sent<Settings>>({
  name: "x",
  nested: new (class extends Object {
    run() {
      return 1;
    }
  })(),
});
// @ts-expect-error -- name is missing
is<Sent<Settings>>({ nested: { run: () => 1 } });

// ------------------------------------------------------------------ what can't be sent
same<Received<typeof Service>, Unsendable<"hearthwire: a class can't be sent; send an instance">>();
same<Sent<typeof Service>, Unsendable<"hearthwire: a class can't be sent; send an instance">>();
declare class Odd {
  symbol(): symbol;
  weak(map: WeakMap<object, 1>): void;
  later(promise: Promise<string>): void;
  make(Class: typeof Service): void;
  shared(buffer: SharedArrayBuffer): void;
}
export async function odd(remote: Remote<Odd>) {
  const symbol = await remote.symbol();
  same<typeof symbol, Received<symbol>>();
  // @ts-expect-error -- can't be sent
  await remote.weak(new WeakMap());
  // @ts-expect-error -- a promise is no value
  await remote.later(Promise.resolve("x"));
  // @ts-expect-error -- a class can't be sent
  await remote.make(Service);
  // @ts-expect-error -- can't be sent
  await remote.shared(new SharedArrayBuffer(1));
}

// ------------------------------------------------------------------ arguments
declare class Takes {
  optional(name: string, count?: number, ...more: Date[]): void;
  callback(listener?: (name: string, service: Service) => void): void;
  rest(...listeners: ((text: string) => void)[]): void;
  asks(ask: (question: string) => Promise<string>): void;
  sync(ask: (question: string) => string): void;
  service(service: Service): void;
  remote(service: Remote<Service>, listener: Remote<(text: string) => void>): void;
  stream(chunks: AsyncIterable<Uint8Array>): number;
  write(sink: WritableStream<string>): void;
  partial(order: Partial<Order>): void;
  union(value: string | Service | readonly number[]): void;
  any(value: Anything, ...rest: Anything[]): void;
  options(options: { readonly onProgress?: (done: number) => void; readonly signal?: AbortSignal }): void;
  intersection(value: Flat & { readonly more: 1 }): void;
}
declare const service: Service;
export async function takes(remote: Remote<Takes>, far: Remote<Service>, listener: Remote<(text: string) => void>) {
  await remote.optional("x");
  await remote.optional("x", 1, new Date(), new Date());
  // @ts-expect-error -- count is a number
  await remote.optional("x", new Date());
  await remote.callback();
  await remote.callback((name, got) => {
    same<typeof name, string>();
    same<typeof got, Remote<Service>>();
  });
  await remote.rest(
    (text) => is<string>(text),
    async () => undefined,
  );
  await remote.rest(listener);
  await remote.asks((question) => question);
  await remote.asks(async (question) => question);
  await remote.sync(async (question) => question);
  // @ts-expect-error -- the answer is text
  await remote.sync(async () => 1);
  await remote.service(service);
  await remote.service(far);
  await remote.service({ run: async () => 1 });
  // @ts-expect-error -- run gives a number
  await remote.service({ run: () => "x" });
  await remote.remote(service, (text) => is<string>(text));
  await remote.remote(far, listener);
  await remote.stream(new ReadableStream<Uint8Array>());
  // @ts-expect-error -- of texts
  await remote.stream(new ReadableStream<string>());
  await remote.write(new WritableStream<string>());
  // @ts-expect-error -- of numbers
  await remote.write(new WritableStream<number>());
  await remote.partial({ level: Level.high });
  await remote.union("x");
  await remote.union(service);
  await remote.union([1]);
  // @ts-expect-error -- none of them
  await remote.union(1);
  await remote.any({ whatever: 1 }, 2, "three");
  await remote.options({ onProgress: (done) => is<number>(done) });
  await remote.intersection({ id: "1" as UserId, more: 1 });
  // @ts-expect-error -- more is missing
  await remote.intersection({ id: "1" as UserId });
}
