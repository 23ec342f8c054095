// Compiled by `npm run check`, never run: each statement holds at compile time, each `@ts-expect-error` must be one.
import {
  type ByValue,
  connect,
  customSerializer,
  type Received,
  type Remote,
  type Sent,
  type ValueType,
  valueType,
} from "hearthwire";
import { messagePackSerializer } from "hearthwire/msgpack";

type Equal<A, B> = (<G>() => G extends A ? 1 : 2) extends <G>() => G extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...verdict: Equal<A, B> extends true ? [] : ["differs", A, B]): void;
declare function is<T>(value: T): void;

/** It has a method, and goes by value all the same: `ValueTypes` names it. */
class Price {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  plus(other: Price): Price {
    return new Price(this.cents + other.cents);
  }
}
declare module "hearthwire" {
  interface ValueTypes {
    price: Price;
  }
}
same<Received<Price>, Price>();
same<Sent<Price>, Price>();
same<Received<{ all: Map<string, Price[]> }>, { all: Map<string, Price[]> }>();
same<Received<Blob | File>, Blob | File>();
same<Sent<{ photo: File }>, { photo: File }>();

/** Its encoded form is checked against what `decode` takes. */
const price = valueType({
  tag: "price",
  Class: Price,
  encode: (value) => value.cents,
  decode: (cents) => new Price(cents),
});
is<ValueType<never>>(price);
connect("ws://127.0.0.1/x", { types: [price] });
// @ts-expect-error -- a list of types, and no class
connect("ws://127.0.0.1/x", { types: [Price] });
// @ts-expect-error -- decode takes what encode gives
valueType({ tag: "price", Class: Price, encode: (value) => value.cents, decode: (text: string) => new Price(+text) });
// @ts-expect-error -- decode gives an instance
valueType({ tag: "price", Class: Price, encode: (value) => value.cents, decode: (cents) => cents });

interface Handlers {
  readonly name: string;
  done(result: Price): string;
}
declare class Desk {
  register(handlers: ByValue<Handlers>): void;
  handlers(): ByValue<Handlers>;
  byReference(handlers: Handlers): void;
  upload(file: File, photo: Blob): Blob;
}
export async function byValue(desk: Remote<Desk>, file: File) {
  // Its functions become references, its data are there at once: no await.
  const given = await desk.handlers();
  same<typeof given.name, string>();
  same<typeof given.done, Remote<(result: Price) => string>>();
  same<Awaited<ReturnType<typeof given.done>>, string>();
  await desk.register({ name: "x", done: (result) => String(result.cents) });
  await desk.register({ name: "x", done: async (result) => String(result.cents) });
  await desk.register(given);
  // @ts-expect-error -- the data of a value are data, and no promise
  await desk.register({ name: Promise.resolve("x"), done: () => "" });
  // @ts-expect-error -- the function gives a text
  await desk.register({ name: "x", done: () => 1 });
  // @ts-expect-error -- nothing may be missing
  await desk.register({ name: "x" });
  // Without ByValue the same literal stands for an object: its fields are asked for.
  await desk.byReference({ name: Promise.resolve("x"), done: () => "" });
  same<Awaited<ReturnType<typeof desk.upload>>, Blob>();
  await desk.upload(file, file);
  // @ts-expect-error -- a Blob has no name
  await desk.upload(new Blob([]), file);
}
const own = customSerializer({ id: 128, encode: () => new Uint8Array(), decode: () => null });
connect("ws://127.0.0.1/x", { serializers: [own, messagePackSerializer({ types: [price] })] });
// @ts-expect-error -- bytes
customSerializer({ id: 128, encode: () => "text", decode: () => null });
