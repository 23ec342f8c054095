import { expose, type ExposeOptions } from "../../src/objects/expose.js";
import { oneway } from "../../src/objects/expose-decorator.js";
import { instancesOf, type Instances } from "../../src/objects/instances-of.js";
import type { ForbiddenName, MemberName } from "../../src/objects/member-name.js";
import type { Served } from "../../src/objects/served.js";
import type { StandardSchema } from "../../src/objects/standard-schema.js";

/** Compiled, never run: each line that must not compile stands beside a neighbour that does. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<_Equal extends true>(): void {}

class Warehouse {
  field = 1;
  static make() {
    return new Warehouse();
  }
  store(_item: string, _count: number): void {}
  list(): Map<string, number> {
    return new Map();
  }
  get level() {
    return 1;
  }
  set level(_value: number) {}
  _own() {}
  // oxlint-disable-next-line unicorn/no-thenable -- a name that can't be exposed
  then() {}
  override?(): void;
  protected inner() {}
  private hidden() {}
  #secret() {}
  uses() {
    return [this.hidden, this.#secret];
  }
}

// ---------------------------------------------------------------- the list
expose(Warehouse, ["store", "list", "level"]);
// @ts-expect-error Did you mean "store"?
expose(Warehouse, ["stor"]);
// @ts-expect-error private
expose(Warehouse, ["hidden"]);
// @ts-expect-error protected
expose(Warehouse, ["inner"]);
// @ts-expect-error #private
expose(Warehouse, ["#secret"]);
// @ts-expect-error begins with _
expose(Warehouse, ["_own"]);
// @ts-expect-error would make a proxy look like a promise
expose(Warehouse, ["then"]);
// @ts-expect-error Object.prototype's
expose(Warehouse, ["toString"]);
// @ts-expect-error static
expose(Warehouse, ["make"]);
// @ts-expect-error an instance is no class
expose(new Warehouse(), ["store"]);

// ---------------------------------------------------------------- the narrowed class
const Narrow = expose(Warehouse, ["store"]);
type Narrow = InstanceType<typeof Narrow>;
same<Equal<MemberName<Narrow>, "store">>();
same<Equal<MemberName<Warehouse>, "field" | "store" | "list" | "level" | "override" | "uses">>();
same<Equal<Extract<ForbiddenName, "then" | "toJSON" | "store">, "then" | "toJSON">>();
const narrow: Narrow = new Narrow();
narrow.store("candle", 1);
const plain: Warehouse = narrow;
plain.list();
Narrow.make().list();
// @ts-expect-error constructors keep their parameters
new Narrow(1);
class Sub extends Narrow {
  more() {}
}
new Sub().store("candle", 1);
abstract class Shape {
  abstract area(): number;
}
expose(Shape, ["area"]);
// @ts-expect-error no such member
expose(Shape, ["volume"]);

// ---------------------------------------------------------------- options
const text: StandardSchema<string> = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
const count: StandardSchema<number> = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
expose(Warehouse, { only: ["store"], members: { store: { oneway: true, input: [text, count] } } });
// @ts-expect-error the second parameter is a number
expose(Warehouse, { members: { store: { input: [text, text] } } });
// @ts-expect-error one schema for each parameter
expose(Warehouse, { members: { store: { input: [text] } } });
expose(Warehouse, { except: ["list"], members: { level: { writable: true } } });
// @ts-expect-error no such option
expose(Warehouse, { members: { level: { writeable: true } } });
// @ts-expect-error no such member
expose(Warehouse, { members: { levels: { writable: true } } });
// @ts-expect-error no such member
expose(Warehouse, { except: ["lst"] });
export const options: ExposeOptions<Warehouse> = { only: ["list"] };
// @ts-expect-error no such member
export const wrongOptions: ExposeOptions<Warehouse> = { only: ["lst"] };
const optioned = expose(Warehouse, { only: ["store"] });
same<Equal<typeof optioned, typeof Warehouse>>();

// ---------------------------------------------------------------- decorators
class Decorated {
  @expose store() {}
  @expose *watch() {
    yield 1;
  }
  @expose get level() {
    return 1;
  }
  @expose set level(_value: number) {}
  @expose accessor quantity = 1;
  @expose @oneway notify(_text: string): void {}
  @expose @oneway async notifyLater(_text: string) {}
  // @ts-expect-error a result that nobody would get
  @expose @oneway ask(): string {
    return "";
  }
  // @ts-expect-error a plain field
  @expose field = 1;
  // @ts-expect-error private
  @expose #own() {
    return this.#own;
  }
  // @ts-expect-error static
  @expose static make() {}
  // @ts-expect-error an accessor has an answer
  @oneway get label() {
    return "";
  }
}
same<
  Equal<
    MemberName<Decorated>,
    "store" | "watch" | "level" | "quantity" | "notify" | "notifyLater" | "ask" | "field" | "label"
  >
>();
// @ts-expect-error classes are exposed by a list
@expose
export class DecoratedClass {}

// ---------------------------------------------------------------- instances and served records
const instances: Instances<Warehouse> = instancesOf(Warehouse, { mode: "session" });
// @ts-expect-error no such mode
instancesOf(Warehouse, { mode: "key" });
class Account {
  readonly owner: string;
  constructor(owner: string) {
    this.owner = owner;
  }
  read() {
    return this.owner;
  }
}
expose(Account, ["read"]);
const accounts = instancesOf(Account, { mode: "principal", create: ({ principal }) => new Account(principal.subject) });
instancesOf(Warehouse, { mode: "principal", create: ({ principal }) => (principal.subject, new Warehouse()) });
instancesOf(Account, { mode: "call", create: async () => new Account("later") });
// @ts-expect-error a constructor with parameters needs `create`
instancesOf(Account, { mode: "session" });
// @ts-expect-error `create` must return an instance
instancesOf(Account, { mode: "session", create: () => new Date() });

const objects = { one: new Warehouse(), instances, accounts, PerSession: Account, literal: { now: () => 1 } };
type App = Served<typeof objects>;
same<Equal<App["one"], Warehouse>>();
same<Equal<App["instances"], Warehouse>>();
same<Equal<App["accounts"], Account>>();
same<Equal<App["PerSession"], Account>>();
same<Equal<App["literal"], { now: () => number }>>();
same<Equal<keyof App, "one" | "instances" | "accounts" | "PerSession" | "literal">>();
