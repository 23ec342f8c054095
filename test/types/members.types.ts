// Compiled by `npm run check`, never run: what kinds of members a class may have, and what a proxy makes of them.
import {
  assign,
  connect,
  expose,
  type MemberName,
  oneway,
  type Received,
  type Remote,
  type RemotePromise,
  type RemoteStream,
  type Sent,
} from "hearthwire";

type Equal<A, B> = (<G>() => G extends A ? 1 : 2) extends <G>() => G extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...verdict: Equal<A, B> extends true ? [] : ["differs", A, B]): void;
declare function is<T>(value: T): void;
type Result<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;

// ------------------------------------------------------------------ overloads
declare class Overloaded {
  two(by: string): string;
  two(by: number): number;
  three(): 0;
  three(a: 1): 1;
  three(a: 1, b: 2): 2;
  four(kind: "a"): "A";
  four(kind: "b"): "B";
  four(kind: "c"): "C";
  four(kind: "d"): "D";
  five(kind: "a"): "A";
  five(kind: "b"): "B";
  five(kind: "c"): "C";
  five(kind: "d"): "D";
  five(kind: "e"): "E";
  first(value: string): "text";
  first(value: unknown): "anything";
}
export async function overloads(remote: Remote<Overloaded>) {
  is<string>(await remote.two("x"));
  is<number>(await remote.two(1));
  // @ts-expect-error -- neither overload takes it
  void remote.two(true);
  const quiet = oneway(remote);
  quiet.two("x");
  quiet.two(1);
  // @ts-expect-error -- neither overload takes it
  quiet.two(true);
  const none = await remote.three();
  same<typeof none, 0>();
  const both = await remote.three(1, 2);
  same<typeof both, 2>();
  const [a, b, c, d] = [await remote.four("a"), await remote.four("b"), await remote.four("c"), await remote.four("d")];
  same<[typeof a, typeof b, typeof c, typeof d], ["A", "B", "C", "D"]>();
  const text = await remote.first("x");
  same<typeof text, "text">();
  const anything = await remote.first(1);
  same<typeof anything, "anything">();
  const last = await remote.five("e");
  same<typeof last, "E">();
  // @ts-expect-error -- of five overloads the last four remain
  void remote.five("a");
}

// ------------------------------------------------------------------ optional, readonly, writable, accessors
class Accessors {
  field = 1;
  readonly fixed: string = "x";
  maybe?: number;
  union: "on" | "off" = "on";
  get read(): Date {
    return new Date();
  }
  get both(): number {
    return 1;
  }
  set both(_value: number) {}
  get wide(): number {
    return 1;
  }
  set wide(_value: number | string) {}
  optional?(text: string): number;
  get nothing(): undefined {
    return undefined;
  }
  get anything(): ReturnType<typeof JSON.parse> {
    return 1;
  }
  get impossible(): never {
    throw new Error();
  }
}
export async function accessors(remote: Remote<Accessors>) {
  same<typeof remote.field, RemotePromise<number>>();
  same<Awaited<typeof remote.fixed>, string>();
  same<Awaited<NonNullable<typeof remote.maybe>>, number | undefined>();
  same<Awaited<typeof remote.union>, "on" | "off">();
  same<Awaited<typeof remote.nothing>, undefined>();
  const anything = await remote.anything;
  same<typeof anything, unknown>();
  same<Awaited<typeof remote.impossible>, never>();
  is<Promise<never>>(remote.impossible);
  same<Result<NonNullable<typeof remote.optional>>, number>();
  await remote.optional?.("x");
  // @ts-expect-error -- it may be missing
  await remote.optional("x");
  await assign(remote, { field: 2, both: 3, union: "off" });
  // @ts-expect-error -- readonly
  await assign(remote, { fixed: "y" });
  // @ts-expect-error -- a getter alone
  await assign(remote, { read: new Date() });
  // @ts-expect-error -- a method
  await assign(remote, { optional: () => 1 });
  // @ts-expect-error -- of another type
  await assign(remote, { union: "half" });
  // @ts-expect-error -- read by await
  remote.read.getTime();
  // @ts-expect-error -- an accessor is no method
  void remote.read();
}

// ------------------------------------------------------------------ this, private, protected, abstract, generic
class Query {
  #parts: string[] = [];
  private readonly kept = 1;
  protected inherited() {
    return this.kept;
  }
  where(part: string): this {
    this.#parts.push(part);
    return this;
  }
  self(): Query {
    return this;
  }
  async later(): Promise<this> {
    return this;
  }
  same(_other: Query): boolean {
    return true;
  }
  run(): string[] {
    return this.#parts;
  }
}
const Exposed = expose(Query, ["where", "run"]);
type Exposed = InstanceType<typeof Exposed>;
class Sub extends Query {
  limit(_count: number): this {
    return this;
  }
}
export async function fluent(remote: Remote<Query>, narrow: Remote<Exposed>, sub: Remote<Sub>) {
  const again = await remote.where("a");
  same<typeof again, Remote<Query>>();
  same<Awaited<ReturnType<typeof remote.later>>, Remote<Query>>();
  same<Awaited<ReturnType<ReturnType<ReturnType<typeof remote.where>["where"]>["run"]>>, string[]>();
  is<string[]>(await remote.where("a").where("b").self().later().run());
  await remote.same(remote);
  // @ts-expect-error -- a local one's "same" would be called with a proxy, which lacks the private members
  await remote.same(new Query());
  // @ts-expect-error -- no query
  await remote.same(new Date());
  is<string[]>(await narrow.where("a").where("b").run());
  // @ts-expect-error -- not exposed, on what a fluent method returns either
  void narrow.where("a").self;
  is<string[]>(await sub.where("a").limit(1).where("b").run());
  const base: Remote<Query> = sub;
  // @ts-expect-error -- the base lacks "limit"
  const wrong: Remote<Sub> = remote;
  void [base, wrong];
  // @ts-expect-error -- private
  void remote.kept;
  // @ts-expect-error -- protected
  void remote.inherited;
  // @ts-expect-error -- of the class's own program alone
  void remote["#parts"];
}
same<MemberName<Query>, "where" | "self" | "later" | "same" | "run">();

interface Entity {
  readonly id: string;
}
interface User extends Entity {
  readonly name: string;
}
declare class Repository<T extends Entity> {
  find(id: T["id"]): T | undefined;
  save(entity: T): Promise<void>;
  patch(id: string, changes: Partial<T>): T;
  pluck<K extends keyof T>(key: K): T[K][];
  all(): AsyncGenerator<T, void, void>;
  subscribe(listener: (entity: T) => void): () => void;
}
abstract class Shape {
  abstract readonly kind: "circle" | "square";
  abstract area(): number;
  static unit(): number {
    return 1;
  }
}
export async function classes(users: Remote<Repository<User>>, shape: Remote<Shape>) {
  const found = await users.find("1");
  same<typeof found, User | undefined>();
  await users.save({ id: "1", name: "Ann" });
  // @ts-expect-error -- name is missing
  await users.save({ id: "1" });
  await users.patch("1", { name: "Bob" });
  // @ts-expect-error -- under exactOptionalPropertyTypes undefined is no absence
  await users.patch("1", { name: undefined });
  for await (const user of users.all()) same<typeof user, User>();
  const plucked = await users.pluck("name");
  same<typeof plucked, string[]>();
  const leave = await users.subscribe((user) => same<typeof user, User>());
  same<typeof leave, Remote<() => void>>();
  same<Awaited<typeof shape.kind>, "circle" | "square">();
  is<number>(await shape.area());
  // @ts-expect-error -- static
  void shape.unit;
  const connected: Remote<Repository<User>> = await connect<Repository<User>>("ws://127.0.0.1/users");
  // @ts-expect-error -- of other entities
  const other: Remote<Repository<{ readonly id: string; readonly size: number }>> = users;
  void [connected, other];
}

// ------------------------------------------------------------------ results
declare class Results {
  maybeLater(): void | Promise<void>;
  either(): Promise<number> | number;
  never(): never;
  any(): ReturnType<typeof JSON.parse>;
  unknown(): unknown;
  nullable(): Query | null;
  one(): Query | Shape;
  tuple(): readonly [name: string, query: Query, ...rest: Date[]];
  conditional<T extends "text" | "number">(kind: T): T extends "text" ? string : number;
  generic<T>(value: T): T;
  bounded<T extends Entity>(value: T): T;
  sync(): Generator<number, string, void>;
  async(): AsyncGenerator<Query, Query, void>;
  iterable(): AsyncIterable<string>;
  bytes(): ReadableStream<Uint8Array>;
  sink(): WritableStream<string>;
  throwing(this: Results, text: string): void;
  error(): RangeError;
  bool(): boolean;
  map(): Map<string, Query>;
  promised(): Promise<Promise<string>>;
}
export async function results(remote: Remote<Results>) {
  same<Result<typeof remote.maybeLater>, void>();
  same<Result<typeof remote.either>, number>();
  same<Result<typeof remote.never>, never>();
  is<Promise<never>>(remote.never());
  remote.never().catch(() => undefined);
  const any = await remote.any();
  same<typeof any, unknown>();
  const unknown = await remote.unknown();
  same<typeof unknown, unknown>();
  same<Result<typeof remote.nullable>, Remote<Query> | null>();
  same<Result<typeof remote.one>, Remote<Query> | Remote<Shape>>();
  same<Result<typeof remote.tuple>, readonly [name: string, query: Remote<Query>, ...rest: Date[]]>();
  const conditional = await remote.conditional("text");
  same<typeof conditional, string | number>();
  const generic = await remote.generic(1);
  same<typeof generic, unknown>();
  const bounded = await remote.bounded({ id: "x" });
  same<typeof bounded, Entity>();
  same<Result<typeof remote.sync>, RemoteStream<number, string>>();
  same<Result<typeof remote.async>, RemoteStream<Remote<Query>, Remote<Query>>>();
  for await (const query of remote.async()) is<string[]>(await query.run());
  for await (const number of remote.sync()) same<typeof number, number>();
  for await (const text of remote.iterable()) same<typeof text, string>();
  for await (const chunk of remote.bytes()) is<Uint8Array>(chunk);
  same<Result<typeof remote.bytes>, ReadableStream<Uint8Array>>();
  same<Result<typeof remote.sink>, WritableStream<string>>();
  await remote.throwing("x");
  same<Result<typeof remote.error>, RangeError>();
  same<Result<typeof remote.bool>, boolean>();
  same<Result<typeof remote.map>, Map<string, Remote<Query>>>();
  same<Result<typeof remote.promised>, string>();
  // @ts-expect-error -- null has no members: nothing can be called before it is awaited
  void remote.nullable().run;
  // @ts-expect-error -- not a member of either
  void remote.one().run;
}

// ------------------------------------------------------------------ functions
interface Labelled {
  (text: string): number;
  readonly label: string;
}
type Loose = (...args: ReturnType<typeof JSON.parse>) => ReturnType<typeof JSON.parse>;
declare class Functions {
  plain(): (text: string) => number;
  labelled(): Labelled;
  loose(): Loose;
  old(): Function;
  overloaded(): { (by: string): string; (by: number): number };
}
export async function functions(remote: Remote<Functions>) {
  const plain = await remote.plain();
  same<typeof plain, Remote<(text: string) => number>>();
  is<number>(await plain("x"));
  const labelled = await remote.labelled();
  is<number>(await labelled("x"));
  // @ts-expect-error -- of a function nothing but the call crosses
  void labelled.label;
  const loose = await remote.loose();
  const result = await loose(1, "two");
  same<typeof result, unknown>();
  const overloaded = await remote.overloaded();
  is<string>(await overloaded("x"));
  is<number>(await overloaded(1));
  const quiet = oneway(plain);
  same<ReturnType<typeof quiet>, void>();
  // @ts-expect-error -- a promise of a function can't be called
  remote.plain()("x");
}
export type Unused = [Received<1>, Sent<1>];
