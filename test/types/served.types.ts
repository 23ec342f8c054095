// Compiled by `npm run check`, never run: the objects of a daemon, as clients name them.
import {
  connect,
  type Connection,
  type ConnectionError,
  instancesOf,
  openConnection,
  type Remote,
  type Served,
  type UntypedObject,
} from "hearthwire";
import { type Daemon, serve } from "hearthwire/node";
import { fakeRemote, linkedPeers } from "hearthwire/testing";

type Equal<A, B> = (<G>() => G extends A ? 1 : 2) extends <G>() => G extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...verdict: Equal<A, B> extends true ? [] : ["differs", A, B]): void;
declare function is<T>(value: T): void;

class Todo {
  add(item: string): number {
    return item.length;
  }
}
const objects = {
  todo: new Todo(),
  perSession: Todo,
  perUser: instancesOf(Todo, { mode: "principal" }),
  tools: { upper: (text: string) => text.toUpperCase() },
  now: () => new Date(),
};
type App = Served<typeof objects>;

// ------------------------------------------------------------------ by id
export async function byId() {
  const app = openConnection<App>("ws://127.0.0.1");
  is<Remote<Todo>>(app.object("todo"));
  is<Remote<Todo>>(app.object("perSession"));
  is<Remote<Todo>>(app.object("perUser"));
  is<string>(await app.object("tools").upper("x"));
  // @ts-expect-error -- not served
  app.object("todos");
  // @ts-expect-error -- a served function is taken by connect(url)
  app.object("now");
  // @ts-expect-error -- by its type neither
  app.object<() => Date>("now");
  const now = await connect<App["now"]>("ws://127.0.0.1/now");
  is<Date>(await now());
  const other = app.object<Todo>("by-another-program");
  same<typeof other, Remote<Todo>>();
  const loose = app.object<ReturnType<typeof JSON.parse>>("whatever");
  is<Promise<unknown>>(loose["anything"]?.() ?? Promise.reject());
}

// ------------------------------------------------------------------ without a type
export async function untyped() {
  const anything = await connect("ws://127.0.0.1/x");
  same<typeof anything, Remote<UntypedObject>>();
  const result = await anything["whatever"]?.(1);
  same<typeof result, unknown>();
  const object = openConnection("ws://127.0.0.1").object("any-id");
  same<typeof object, Remote<UntypedObject>>();
  // @ts-expect-error -- an id is text
  openConnection("ws://127.0.0.1").object(1);
}

// ------------------------------------------------------------------ any connection
declare function watch(connection: Connection): void;
declare function takesTodo(connection: Connection<{ todo: Todo }>): void;
export function anyConnection(app: Connection<App>, todo: Connection<{ todo: Todo }>) {
  watch(app);
  takesTodo(app);
  takesTodo(todo);
  // @ts-expect-error -- a daemon is no connection
  watch({} as Daemon<App>);
}

// ------------------------------------------------------------------ the daemon's side
export async function daemons() {
  const daemon = await serve(objects);
  same<typeof daemon, Daemon<App>>();
  same<Served<typeof daemon>, App>();
  is<string>(daemon.url("todo") + daemon.url("registered later") + daemon.url());
  // @ts-expect-error -- an id is text
  daemon.url(1);
  // @ts-expect-error -- no object
  await serve({ count: 1 });

  daemon.on("closed", (_, reason) => is<string | undefined>(reason?.code));
  daemon.on("detached", (_, { code }) => same<typeof code, ConnectionError["code"]>());

  const peers = await linkedPeers(objects);
  is<Remote<Todo>>(peers.object("todo"));
  is<Remote<Todo>>(peers.another().object("perUser"));
  // @ts-expect-error -- not served
  peers.object("todos");
  // @ts-expect-error -- a named object's proxy can't be called
  peers.object("now");

  is<Remote<Todo>>(fakeRemote<Todo>({ add: async () => 1 }));
  // @ts-expect-error -- a number is expected
  fakeRemote<Todo>({ add: () => "1" });
  // @ts-expect-error -- a function can't be faked
  fakeRemote<() => Date>(() => new Date());
}
