// Compiled by `npm run check`, never run: each statement holds at compile time, each `@ts-expect-error` must be one.
import { batch, type BatchError, type RecordedCall, type Remote, type RemoteStream } from "hearthwire";

type Equal<A, B> = (<G>() => G extends A ? 1 : 2) extends <G>() => G extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...verdict: Equal<A, B> extends true ? [] : ["differs", A, B]): void;

declare class Shelf {
  name(): string;
}
declare class Store {
  store(item: string, count: number): void;
  count(): Promise<number>;
  shelf(): Shelf;
  watch(): AsyncGenerator<number, string>;
  readonly quantity: number;
  _secret(): number;
}
declare const store: Remote<Store>;

export async function typesOfBatches(error: BatchError): Promise<void> {
  const results = await batch(store, (o) => [o.store("candle", 3), o.count(), o.shelf(), o.watch()]);
  same<typeof results, [void, number, Remote<Shelf>, RemoteStream<number, string>]>();

  const outcomes = await batch(store, (o) => [o.count(), o.shelf()], { onError: "continue", timeoutMs: 5 });
  same<typeof outcomes, [PromiseSettledResult<number>, PromiseSettledResult<Remote<Shelf>>]>();

  const many = await batch(store, (o) => ["a", "b"].map((item) => o.store(item, 1)), { onError: "stop" });
  same<typeof many, void[]>();
  same<Awaited<ReturnType<typeof empty>>, []>();

  same<typeof error.index, number>();
  same<typeof error.code, "HW_BATCH_STOPPED">();

  await batch(store, (o) => {
    const call = o.count();
    same<typeof call, RecordedCall<number>>();
    // @ts-expect-error -- no result of a recorded call can be an argument
    o.store("candle", call);
    // @ts-expect-error -- an accessor is no method
    void o.quantity;
    // @ts-expect-error -- private by its name
    o._secret();
    // @ts-expect-error -- one argument is missing
    o.store("candle");
    // @ts-expect-error -- a recorded call is no promise
    call.then();
    return [call];
  });
  // @ts-expect-error -- not async
  await batch(store, async (o) => [o.count()]);
  // @ts-expect-error -- recorded calls alone
  await batch(store, () => [1]);
  // @ts-expect-error -- there is no answer to look at before the batch has run
  await batch(store, (o) => [o.count()], { onAnswer: () => undefined });
  // @ts-expect-error -- stop or continue
  await batch(store, (o) => [o.count()], { onError: "skip" });
}

const empty = () => batch(store, () => []);
