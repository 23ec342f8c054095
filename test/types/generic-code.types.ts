// Compiled by `npm run check`, never run: `Remote<T>` where T is a type parameter.
import {
  connect,
  type Connecting,
  type Connection,
  connectionOf,
  expose,
  isRemote,
  openConnection,
  release,
  type Remote,
  sameRemote,
  type Served,
  withOptions,
} from "hearthwire";

type Equal<A, B> = (<G>() => G extends A ? 1 : 2) extends <G>() => G extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...verdict: Equal<A, B> extends true ? [] : ["differs", A, B]): void;
declare function is<T>(value: T): void;

interface Named {
  name(): string;
}
class Warehouse implements Named {
  #stock = new Map<string, number>();
  name(): string {
    return "main";
  }
  count(item: string): number {
    return this.#stock.get(item) ?? 0;
  }
}
class ColdStore extends Warehouse {
  degrees(): number {
    return -18;
  }
}
const Exposed = expose(Warehouse, ["name"]);

// ------------------------------------------------------------------ a proxy is handed on
function wrap<T extends object>(remote: Remote<T>): Remote<T> {
  connectionOf(remote);
  if (isRemote(remote) && sameRemote(remote, remote)) release(remote);
  using patient = withOptions(remote, { timeoutMs: 0 });
  const perhaps: { signal?: AbortSignal | undefined; timeoutMs: number | undefined } = { timeoutMs: undefined };
  using optional = withOptions(patient, perhaps);
  void optional;
  return patient;
}
class Client<T> {
  readonly api: Remote<T>;
  constructor(api: Remote<T>) {
    this.api = api;
  }
  [Symbol.dispose]() {
    release(this.api);
  }
}
export async function handedOn(warehouse: Remote<Warehouse>) {
  const wrapped = wrap(warehouse);
  same<typeof wrapped, Remote<Warehouse>>();
  using client = new Client(warehouse);
  is<number>(await client.api.count("candle"));
  // @ts-expect-error -- a local object is no proxy
  wrap(new Warehouse());
  // @ts-expect-error -- of another class
  is<Client<ColdStore>>(client);
}

// ------------------------------------------------------------------ connecting
export function use<T>(url: string): Promise<Remote<T>> {
  return connect<T>(url);
}
export function useEarly<T>(url: string): Connecting<T> {
  return connect(url);
}
/** What `await` gives of a promise with members of its own is put off until T is known, so here it is called a promise. */
export async function useLater<T>(url: string): Promise<Remote<T>> {
  const connecting: Promise<Remote<T>> = connect<T>(url);
  const remote = await connecting;
  connectionOf(remote);
  return remote;
}
export async function useUnnamed<T>(url: string): Promise<Remote<T>> {
  const remote = await connect<T>(url);
  // @ts-expect-error -- the result of `await` is put off
  return remote;
}
export async function used() {
  const warehouse = await use<Warehouse>("ws://127.0.0.1/x");
  same<typeof warehouse, Remote<Warehouse>>();
}
export function byId<T>(connection: Connection, id: string): Remote<T> {
  return connection.object<T>(id);
}
export function byName<Objects, K extends keyof Objects & string>(
  connection: Connection<Objects>,
  id: K,
): Remote<Objects[K]> {
  return connection.object(id);
}
export function named() {
  const objects = { main: new Warehouse(), cold: new ColdStore() };
  const connection = openConnection<Served<typeof objects>>("ws://127.0.0.1");
  same<ReturnType<typeof byName<Served<typeof objects>, "cold">>, Remote<ColdStore>>();
  is<Remote<ColdStore>>(byName(connection, "cold"));
  is<Remote<Warehouse>>(byId<Warehouse>(connection, "whatever"));
  // @ts-expect-error -- not served
  byName(connection, "warm");
}

// ------------------------------------------------------------------ members that a constraint promises
/** A type parameter's members are known to no mapped type: take the proxy of what is needed. */
async function nameOf(remote: Remote<Named>): Promise<string> {
  return remote.name();
}
export async function nameOfAny<T extends Named>(remote: Remote<T>) {
  // @ts-expect-error -- not known before T is
  await remote.name();
}
export async function constrained(
  warehouse: Remote<Warehouse>,
  cold: Remote<ColdStore>,
  exposed: Remote<InstanceType<typeof Exposed>>,
) {
  await Promise.all([nameOf(warehouse), nameOf(cold), nameOf(exposed)]);
  is<Remote<Warehouse>>(cold);
  is<Connecting<Warehouse> | Promise<Remote<Warehouse>>>(connect<ColdStore>("ws://127.0.0.1/x"));
  // @ts-expect-error -- the base class has no degrees
  is<Remote<ColdStore>>(warehouse);
  // @ts-expect-error -- "count" was not listed
  is<Remote<Warehouse>>(exposed);
}

// ------------------------------------------------------------------ here or there
async function total(warehouse: Remote<Warehouse> | Warehouse, items: readonly string[]): Promise<number> {
  let sum = 0;
  for (const item of items) sum += await warehouse.count(item);
  return sum;
}
export async function hereOrThere(remote: Remote<Warehouse>) {
  is<number>((await total(remote, ["candle"])) + (await total(new Warehouse(), ["candle"])));
  // @ts-expect-error -- neither has it
  await total(new Date(), []);
}
