// Compiled by `npm run check`, never run: each statement holds at compile time, each `@ts-expect-error` must be one.
import {
  assign,
  type ByValue,
  type Connecting,
  connect,
  type Connection,
  connectionOf,
  expose,
  Key,
  oneway,
  openConnection,
  release,
  type Remote,
  type RemotePromise,
  type RemoteStream,
  type Received,
  type Sent,
  type Served,
  type Ticket,
  type Unsendable,
  withOptions,
} from "hearthwire";

type Equal<A, B> = (<G>() => G extends A ? 1 : 2) extends <G>() => G extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...verdict: Equal<A, B> extends true ? [] : ["differs", A, B]): void;
declare function is<T>(value: T): void;

// ------------------------------------------------------------------ the quick start
class WarehouseClass {
  #stock = new Map<string, number>();
  store(item: string, count: number) {
    this.#stock.set(item, (this.#stock.get(item) ?? 0) + count);
  }
  list() {
    return this.#stock;
  }
  async *watch(): AsyncGenerator<{ item: string; at: Date }, number> {
    yield { item: "candle", at: new Date() };
    return 1;
  }
  secret() {}
}
const Warehouse = expose(WarehouseClass, ["store", "list", "watch"]);
type Warehouse = InstanceType<typeof Warehouse>;
// @ts-expect-error -- no member of that name
expose(WarehouseClass, ["stare"]);

export async function quickStart(key: Key) {
  const connecting = connect<WarehouseClass>("ws://127.0.0.1:7766/warehouse", { key });
  same<typeof connecting, Connecting<WarehouseClass>>();
  const warehouse = await connecting;
  same<typeof warehouse, Remote<WarehouseClass>>();
  const stored = await warehouse.store("candle", 3);
  same<typeof stored, void>();
  const list = await warehouse.list();
  same<typeof list, Map<string, number>>();
  for await (const event of warehouse.watch()) {
    same<typeof event, { item: string; at: Date }>();
  }
  const stream = await warehouse.watch();
  same<typeof stream, RemoteStream<{ item: string; at: Date }, number>>();
  same<Awaited<ReturnType<typeof stream.next>>, IteratorResult<{ item: string; at: Date }, number>>();
  release(warehouse);
  using _disposed = warehouse;

  // @ts-expect-error -- count is missing
  await warehouse.store("candle");
  // @ts-expect-error -- a number is no name
  await warehouse.store(3, 3);
  // @ts-expect-error -- nothing of that name
  void warehouse.stock;
  // @ts-expect-error -- a proxy is no promise
  void warehouse.then;
  // @ts-expect-error -- an object's proxy can't be called
  warehouse();
  // @ts-expect-error -- a method's result is a promise
  is<Map<string, number>>(warehouse.list());
  // @ts-expect-error -- only proxies can be released
  release({});
}

export async function beforeItSettles(key: Key) {
  const warehouse = connect<Warehouse>("ws://127.0.0.1:7766/warehouse", { key });
  same<Awaited<ReturnType<typeof warehouse.list>>, Map<string, number>>();
  for await (const event of warehouse.watch()) is<Date>(event.at);
  connectionOf(warehouse).close().then();
  release(warehouse);
  // @ts-expect-error -- exposed members alone
  void warehouse.secret;
  // @ts-expect-error -- an unawaited one has no other options
  withOptions(warehouse, { timeoutMs: 1 });
}

export async function untyped() {
  const anything = await connect("ws://127.0.0.1/x");
  const result = await anything["whatever"]?.(1, "two");
  same<typeof result, unknown>();
}

// ------------------------------------------------------------------ members
abstract class Line {
  quantity = 1;
  readonly price: number = 2;
  maybe?: (text: string) => number;
  get total(): number {
    return 3;
  }
  abstract cart(): Cart;
  _internal(): void {}
  protected hidden(): void {}
  #private(): void {}
  use(): void {
    this.#private();
  }
  toJSON(): object {
    return {};
  }
}
type Anything = ReturnType<typeof JSON.parse>;
declare class Cart {
  lines(): Line[];
  first(): Line | undefined;
  load(): Promise<{ owner: Cart; bought: Date }>;
  pick(by: string): string;
  pick(by: number): number;
  generic<T>(value: T): T;
  loose(value: Anything): Anything;
  log: Anything;
}

export async function members(line: Remote<Line>, cart: Remote<Cart>) {
  same<Awaited<typeof line.quantity>, number>();
  same<typeof line.price, RemotePromise<number>>();
  same<Awaited<typeof line.total>, number>();
  same<Awaited<ReturnType<typeof line.cart>>, Remote<Cart>>();
  same<Awaited<ReturnType<NonNullable<typeof line.maybe>>>, number>();
  // @ts-expect-error -- an optional method may be missing
  line.maybe("x");
  // @ts-expect-error -- a name that begins with _
  void line._internal;
  // @ts-expect-error -- protected
  void line.hidden;
  // @ts-expect-error -- a name that no class can expose
  void line.toJSON;
  // @ts-expect-error -- written by assign
  line.quantity = 4;
  await assign(line, { quantity: 4 });
  // @ts-expect-error -- a getter alone
  await assign(line, { price: 4 });
  // @ts-expect-error -- of another type
  await assign(line, { quantity: "four" });
  // @ts-expect-error -- nothing of the kind
  await assign(line, { colour: 1 });
  // @ts-expect-error -- this object has no accessor that can be written
  await assign(await connect<WarehouseClass>("ws://127.0.0.1/x"), { store: 1 });

  same<Awaited<ReturnType<typeof cart.lines>>, Remote<Line>[]>();
  same<Awaited<ReturnType<typeof cart.first>>, Remote<Line> | undefined>();
  same<Awaited<ReturnType<typeof cart.load>>, { owner: Remote<Cart>; bought: Date }>();
  is<Promise<string>>(cart.pick("a"));
  is<Promise<number>>(cart.pick(1));
  // @ts-expect-error -- no overload takes a Date
  cart.pick(new Date());
  same<Awaited<ReturnType<typeof cart.generic>>, unknown>();
  const loose = await cart.loose({ anything: 1 });
  same<typeof loose, unknown>();
  const log = await cart.log;
  same<typeof log, unknown>();
}

// ------------------------------------------------------------------ results used before they are there
declare class Api {
  login(token: string): User;
  nobody(): string;
  byName(user: User): number;
  note(text: string): void;
}
declare class User {
  name: string;
  partner: User;
  rival: User | null;
  events: AsyncIterable<string, void, void>;
  friends(): Friends;
  catch(): void;
}
declare class Friends {
  first(): User;
  all(): AsyncIterable<User, void, void>;
}

export async function pipelining(api: Remote<Api>) {
  same<Awaited<ReturnType<ReturnType<ReturnType<typeof api.login>["friends"]>["first"]>>, Remote<User>>();
  same<Awaited<ReturnType<typeof api.login>["name"]>, string>();
  await api.byName(api.login("t").friends().first());
  await api.note(api.nobody());
  for await (const friend of api.login("t").friends().all()) same<typeof friend, Remote<User>>();
  for await (const event of api.login("t").events) same<typeof event, string>();
  const { partner } = await api.login("t");
  same<Awaited<typeof partner>, Remote<User>>();
  same<Awaited<ReturnType<typeof partner.friends>>, Remote<Friends>>();
  const early = api.login("t").partner;
  same<typeof early, RemotePromise<User>>();
  same<Awaited<ReturnType<typeof early.friends>>, Remote<Friends>>();
  same<Awaited<typeof early.partner.name>, string>();
  for await (const event of early.events) same<typeof event, string>();
  is<number>(await api.byName(early.partner));
  using disposed = api.login("t").partner;
  is<Promise<Remote<User>>>(disposed);
  // @ts-expect-error -- text has no members to be called
  void early.name.toUpperCase;
  // @ts-expect-error -- what may be missing has none until it is awaited
  void early.rival.friends;
  // @ts-expect-error -- an accessor can't be called, nor can the function that it may hold
  early.partner();
  // @ts-expect-error -- nothing of that name
  void early.enemies;
  // @ts-expect-error -- a result of another type
  await api.byName(early.name);
  using later = api.login("t");
  is<Promise<Remote<User>>>(later);
  // @ts-expect-error -- a promise's catch is the promise's: await it for the member
  await api.login("t").catch().name;
  // @ts-expect-error -- text has no members to be called
  api.nobody().toUpperCase();
  // @ts-expect-error -- a result of another type
  await api.note(api.login("t"));
  // @ts-expect-error -- a native promise is no result of a call
  await api.note(Promise.resolve("x"));
}

// ------------------------------------------------------------------ callbacks and implementations
declare class Chat {
  join(listener: (text: string, from: User) => void): () => void;
  plug(part: { run(input: string): Promise<number>; readonly label: string }): void;
  upload(chunks: AsyncIterable<Uint8Array>): number;
  download(): ReadableStream<Uint8Array>;
  listeners(): Map<string, (text: string) => void>;
}

export async function callbacks(chat: Remote<Chat>, api: Remote<Api>) {
  const leave = await chat.join((text, from) => {
    same<typeof text, string>();
    same<typeof from, Remote<User>>();
  });
  same<typeof leave, Remote<() => void>>();
  same<Awaited<ReturnType<typeof leave>>, void>();
  leave[Symbol.dispose]();
  await chat.join(async () => undefined);
  await chat.plug({ run: (input) => input.length, label: "x" });
  await chat.plug({ run: async (input) => input.length, label: Promise.resolve("x") });
  await chat.upload(new ReadableStream<Uint8Array>());
  same<Awaited<ReturnType<typeof chat.download>>, ReadableStream<Uint8Array>>();
  for await (const chunk of chat.download()) is<Uint8Array>(chunk);
  same<Awaited<ReturnType<typeof chat.listeners>>, Map<string, Remote<(text: string) => void>>>();
  // @ts-expect-error -- the listener is called with text
  await chat.join((text: number) => text);
  // @ts-expect-error -- run gives a number
  await chat.plug({ run: () => "x", label: "x" });
  const quiet = oneway(chat);
  same<ReturnType<typeof quiet.join>, void>();
  // @ts-expect-error -- arguments are checked all the same
  quiet.upload(3);
  const patient = withOptions(api, { timeoutMs: 0, annotations: { tenant: "acme" } });
  same<typeof patient, Remote<Api>>();
  // @ts-expect-error -- annotations are texts
  withOptions(api, { annotations: { tenant: 1 } });
}

// ------------------------------------------------------------------ values and what can't be sent
interface Flat {
  readonly id: number;
  readonly at: Date;
}
same<Received<Flat>, Flat>();
same<Received<{ list: Flat[]; by: Map<string, Set<bigint>> }>, { list: Flat[]; by: Map<string, Set<bigint>> }>();
same<Received<[number, User]>, [number, Remote<User>]>();
same<Received<Uint8Array | Date | URL | null>, Uint8Array | Date | URL | null>();
same<Received<Anything>, unknown>();
same<Received<Error>, Error>();
same<Received<typeof User>, Unsendable<"hearthwire: a class can't be sent; send an instance">>();
same<keyof Received<WeakMap<object, 1>>, keyof Unsendable<"x">>();
same<Received<ByValue<{ id: number; done(): void }>>, { id: number; done: Remote<() => void> }>();
same<Sent<Remote<User>>["friends"], Sent<User>["friends"]>();
same<Received<Remote<User>>, Remote<User>>();

declare class Odd {
  take(map: WeakMap<object, string>): void;
  give(): symbol;
}
export async function odd(remote: Remote<Odd>) {
  // @ts-expect-error -- a WeakMap can't be sent
  await remote.take(new WeakMap());
  is<Unsendable<"hearthwire: symbols, promises inside values, Weak* and SharedArrayBuffer can't be sent">>(
    await remote.give(),
  );
}

/** A class that travels by value because it was named in `ValueTypes`, beside one that was not. */
class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  plus(other: Money): Money {
    return new Money(this.cents + other.cents);
  }
}
declare module "hearthwire" {
  interface ValueTypes {
    money: Money;
  }
}
same<Received<Money>, Money>();
same<Sent<Money>, Money>();
same<Received<User>, Remote<User>>();

// ------------------------------------------------------------------ connections and credentials
export async function connections(ticket: Ticket) {
  const objects = { cart: {} as Cart, perSession: User, greet: (name: string) => `hello ${name}` };
  type App = Served<typeof objects>;
  const connection = openConnection<App>("ws://127.0.0.1:7766", { ticket: () => ticket });
  same<typeof connection, Connection<App>>();
  const cart = connection.object("cart");
  same<typeof cart, Remote<Cart>>();
  same<typeof connection.ready, Promise<void>>();
  const user = connection.object("perSession");
  same<typeof user, Remote<User>>();
  const greeting = await (await connect<App["greet"]>("ws://127.0.0.1/greet"))("Ann");
  same<typeof greeting, string>();
  const other = connection.object<Line>("any-id");
  same<typeof other, Remote<Line>>();
  // @ts-expect-error -- not served
  connection.object("card");
  const removed = connection.on("state", (state) => {
    if (state.status === "connected") is<string>(state.sessionId);
    // @ts-expect-error -- only while it is connected
    void state.sessionId;
  });
  same<typeof removed, () => void>();
  await using _closed = connection;
  // @ts-expect-error -- one or the other
  connect("ws://127.0.0.1/x", { ticket, key: Key.generate() });
  // @ts-expect-error -- a ticket is no text
  connect("ws://127.0.0.1/x", { ticket: "abc" });
  // @ts-expect-error -- no such option
  connect("ws://127.0.0.1/x", { timeout: 5 });
}
