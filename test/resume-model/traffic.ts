import { batch } from "../../src/client/batch.js";
import type { Connection } from "../../src/client/connection.js";
import { oneway } from "../../src/client/oneway.js";
import { release, withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { BatchError } from "../../src/errors/hearthwire-error.js";
import type { Random } from "../fuzz/random.js";
import { type Counter, type Desk, upTo } from "./desk.js";
import type { Ledger } from "./ledger.js";

/** How long the daemon waits for an answer of its client. */
const CALLBACK_MS = 30_000;

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const sum = (count: number): number => (count * (count + 1)) / 2;

/** What one client asks of the desk, at random. */
export class Traffic {
  readonly #client: string;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #desk: Remote<Desk>;
  /** References that are held, with what their next calls give and the session they are of. */
  #counters: { readonly proxy: Remote<Counter>; readonly target: string; readonly endings: number; count: number }[] =
    [];
  readonly #cancellations: AbortController[] = [];

  constructor(
    client: string,
    parts: { readonly connection: Connection<{ desk: Desk }>; ledger: Ledger; random: Random },
  ) {
    this.#client = client;
    this.#ledger = parts.ledger;
    this.#random = parts.random;
    this.#desk = parts.connection.object("desk") as Remote<Desk>;
  }

  /** Asks for something. */
  ask(): void {
    this.#random.pick(this.#ways)();
  }

  /** Asks for something that takes so many bytes to say. */
  sendBytes(length: number): void {
    const asked = this.#ledger.ask(this.#client, { kind: "many bytes" });
    this.#ledger.settles(asked, this.#desk.measured(asked.id, new Uint8Array(length)), (value) => value === length);
  }

  /** Gives up one of the calls that may be. */
  cancel(): boolean {
    const one = this.#cancellations.shift();
    one?.abort(new Error("given up by the model"));
    return one !== undefined;
  }

  /** Gives back one reference. */
  release(): boolean {
    const counter = this.#counters.shift();
    if (counter !== undefined) release(counter.proxy);
    return counter !== undefined;
  }

  /** Gives back and gives up all that is left. */
  finish(): void {
    while (this.release());
  }

  readonly #add = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "add" });
    this.#ledger.settles(asked, this.#desk.add(asked.id), (value) => value === asked.id + 1);
  };

  readonly #note = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "note" });
    this.#ledger.hasNoAnswer(asked);
    oneway(this.#desk).note(asked.id);
  };

  readonly #wait = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "wait" });
    this.#ledger.settles(asked, this.#desk.wait(asked.id), (value) => value === asked.id);
  };

  readonly #cancelled = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "cancelled", mayFailAfterMs: 0 });
    const abort = new AbortController();
    this.#cancellations.push(abort);
    const call = withOptions(this.#desk, { signal: abort.signal }).wait(asked.id);
    this.#ledger.settles(asked, call, (value) => value === asked.id);
  };

  readonly #withDeadline = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "with a deadline", mayFailAfterMs: 0 });
    const call = withOptions(this.#desk, { timeoutMs: this.#random.between(1, 60_000) }).wait(asked.id);
    this.#ledger.settles(asked, call, (value) => value === asked.id);
  };

  readonly #streamDown = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "stream down" });
    const to = this.#random.below(80);
    const stopAfter = this.#random.oneIn(4) ? this.#random.between(1, 40) : Infinity;
    const items = this.#ledger.keep(this.#desk.count(asked.id, to));
    const read = async (): Promise<number> => {
      let count = 0;
      for await (const item of items) {
        this.#ledger.item(asked.id, { got: item, wanted: (count += 1) });
        if (count === stopAfter) break;
      }
      return count;
    };
    this.#ledger.settles(asked, read(), (count) => count === Math.min(to, stopAfter));
  };

  readonly #streamUp = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "stream up" });
    const count = this.#random.below(80);
    this.#ledger.settles(asked, this.#desk.total(asked.id, this.#ledger.keep(upTo(count))), (value) => value === count);
  };

  readonly #callBack = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "callback", mayFailAfterMs: CALLBACK_MS });
    const times = this.#random.between(1, 12);
    const listener = this.#ledger.keep((number: number): number => {
      this.#ledger.calledBack(asked.id, number);
      return number;
    });
    this.#ledger.settles(asked, this.#desk.callBack(asked.id, listener, times), (value) => value === sum(times));
  };

  readonly #takeCounter = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "reference" });
    const taken = async (): Promise<true> => {
      const proxy = this.#ledger.keep(await this.#desk.counter(asked.id));
      // Not those of now: the end of the session may have come in the same turn as the answer.
      const { endings } = asked;
      this.#counters.push({ proxy, target: `counter ${asked.id}`, endings, count: 0 });
      return true;
    };
    this.#ledger.settles(asked, taken(), (value) => value === true);
  };

  readonly #useCounter = (): void => {
    const live = this.#counters.filter(({ endings }) => endings === this.#ledger.endingsOf(this.#client));
    if (live.length === 0) return this.#takeCounter();
    const counter = this.#random.pick(live);
    const asked = this.#ledger.ask(this.#client, { kind: "call of a reference", target: counter.target });
    const wanted = (counter.count += 1);
    this.#ledger.settles(asked, counter.proxy.next(asked.id), (value) => value === wanted);
  };

  readonly #pipelined = (): void => {
    const login = this.#ledger.ask(this.#client, { kind: "pipelined" });
    const asked = this.#ledger.ask(this.#client, { kind: "pipelined", target: `counter ${login.id}` });
    const counter = this.#ledger.keep(this.#desk.counter(login.id));
    this.#ledger.settles(asked, counter.next(asked.id), (value) => value === 1);
    const released = async (): Promise<true> => {
      release(this.#ledger.keep(await counter));
      return true;
    };
    this.#ledger.settles(login, released(), (value) => value === true);
  };

  readonly #batch = (): void => {
    const first = this.#ledger.ask(this.#client, { kind: "batch" });
    // What waits for the one before holds back no calls but its own.
    const rest = range(this.#random.below(5)).map(() =>
      this.#ledger.ask(this.#client, { kind: "batch", target: `batch ${first.id}` }),
    );
    const asked = [first, ...rest];
    const results = batch(this.#desk, (desk) => asked.map(({ id }) => desk.add(id)));
    for (const [index, one] of asked.entries()) {
      const result = results.then(
        (values) => values[index],
        (error: unknown) => {
          if (!(error instanceof BatchError)) throw error;
          if (index < error.index) return error.completed[index] as number;
          // What the error says of itself is of the whole batch: that has run as soon as one of its calls has.
          throw error.cause;
        },
      );
      this.#ledger.settles(one, result, (value) => value === one.id + 1);
    }
  };

  readonly #pieces = (): void => {
    const asked = this.#ledger.ask(this.#client, { kind: "bytes in pieces" });
    const bytes = Uint8Array.from({ length: this.#random.between(16_000, 60_000) }, (_, index) => (index * 7) % 256);
    this.#ledger.settles(
      asked,
      this.#desk.mirrored(asked.id, bytes),
      (mirrored) => Buffer.compare(mirrored as Uint8Array, bytes.toReversed()) === 0,
    );
  };

  readonly #ways = [
    this.#add,
    this.#add,
    this.#note,
    this.#wait,
    this.#cancelled,
    this.#withDeadline,
    this.#streamDown,
    this.#streamUp,
    this.#callBack,
    this.#takeCounter,
    this.#useCounter,
    this.#useCounter,
    this.#pipelined,
    this.#batch,
    this.#pieces,
  ];
}
