import { describe, expect, it } from "vitest";
import { release } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { instancesOf } from "../../src/objects/instances-of.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { settle } from "../client/stub-peer.js";

type Work = (job: string) => string | Promise<string>;

interface Seat {
  readonly work: Remote<Work>;
  running: number;
}

/** Push: workers register a function, and each job goes to the one with the least to do. */
class Dispatcher {
  static readonly seats = new Set<Seat>();
  #seat: Seat | undefined;

  join(work: Remote<Work>): void {
    this.#seat = { work, running: 0 };
    Dispatcher.seats.add(this.#seat);
  }

  async run(job: string): Promise<string> {
    const [idlest] = [...Dispatcher.seats].sort((a, b) => a.running - b.running);
    if (idlest === undefined) throw new Error("there are no workers");
    idlest.running++;
    try {
      return await idlest.work(job);
    } finally {
      idlest.running--;
    }
  }

  [Symbol.dispose](): void {
    if (this.#seat === undefined) return;
    Dispatcher.seats.delete(this.#seat);
    release(this.#seat.work);
  }
}
expose(Dispatcher, ["join", "run"]);

/** Pull: workers ask for a job when they have nothing to do; a job whose worker left goes to another. */
class Queue {
  readonly #jobs: { readonly job: string; readonly done: (result: string) => void }[] = [];
  readonly #takers = new Set<() => void>();
  readonly #taken = new Map<string, (result: string) => void>();

  run(job: string): Promise<string> {
    return new Promise((done) => this.#put({ job, done }));
  }

  async take(): Promise<string> {
    const { signal } = callContext();
    while (this.#jobs.length === 0) {
      await new Promise<void>((resolve, reject) => {
        this.#takers.add(resolve);
        const left = (): void => void (this.#takers.delete(resolve) && reject(signal.reason as Error));
        signal.addEventListener("abort", left, { once: true });
      });
    }
    const { job, done } = this.#jobs.shift()!;
    this.#taken.set(job, done);
    signal.addEventListener("abort", () => this.#taken.delete(job) && this.#put({ job, done }), { once: true });
    return job;
  }

  done(job: string, result: string): void {
    this.#taken.get(job)?.(result);
    this.#taken.delete(job);
  }

  #put(entry: { readonly job: string; readonly done: (result: string) => void }): void {
    this.#jobs.push(entry);
    const [taker] = this.#takers;
    if (taker === undefined) return;
    this.#takers.delete(taker);
    taker();
  }
}
expose(Queue, ["run", "take", "done"]);

describe("a dispatcher that pushes", () => {
  it("gives each job to the worker with the least to do, through the functions that they registered", async () => {
    await using peers = await linkedPeers({ dispatcher: instancesOf(Dispatcher, { mode: "session" }) });
    const jobs: Record<string, string[]> = { ann: [], bob: [] };
    const finish: (() => void)[] = [];
    for (const [name, done] of Object.entries(jobs)) {
      const work = async (job: string): Promise<string> => {
        done.push(job);
        await new Promise<void>((resolve) => finish.push(resolve));
        return `${job} by ${name}`;
      };
      await peers.another().object("dispatcher").join(work);
    }
    const dispatcher = peers.object("dispatcher");
    const results = ["1", "2", "3", "4"].map((job) => dispatcher.run(job));
    while (finish.length < 4) await settle();
    for (const end of finish) end();
    expect([...(await Promise.all(results))].sort()).toEqual(["1 by ann", "2 by bob", "3 by ann", "4 by bob"]);
    expect(jobs).toEqual({ ann: ["1", "3"], bob: ["2", "4"] });
  });

  it("forgets a worker that leaves, whose jobs fail instead of waiting", async () => {
    await using peers = await linkedPeers({ dispatcher: instancesOf(Dispatcher, { mode: "session" }) });
    const [leaving, staying] = [peers.another(), peers.another()];
    let hasJob!: () => void;
    const started = new Promise<void>((resolve) => (hasJob = resolve));
    await leaving.object("dispatcher").join(() => (hasJob(), new Promise<never>(() => undefined)));
    const dispatcher = peers.object("dispatcher");
    const lost = dispatcher.run("lost");
    lost.catch(() => undefined);
    await started;
    await leaving.close();
    await expect(lost).rejects.toMatchObject({ message: expect.stringMatching(/./) as string });
    await staying.object("dispatcher").join((job) => `${job} by the other`);
    expect(await dispatcher.run("next")).toBe("next by the other");
  });
});

describe("a queue that workers pull from", () => {
  it("keeps jobs until a worker asks, and gives each to one", async () => {
    await using peers = await linkedPeers({ queue: new Queue() });
    const boss = peers.object("queue");
    const results = ["1", "2", "3"].map((job) => boss.run(job));
    const taken: string[] = [];
    for (const name of ["ann", "bob"]) {
      const queue = peers.another().object("queue");
      const job = await queue.take();
      taken.push(job);
      await queue.done(job, `${job} by ${name}`);
    }
    expect(taken).toEqual(["1", "2"]);
    expect(await Promise.all(results.slice(0, 2))).toEqual(["1 by ann", "2 by bob"]);
    const last = peers.another().object("queue");
    await last.done(await last.take(), "late");
    expect(await results[2]).toBe("late");
  });

  it("is told when a worker that waits for a job goes away", async () => {
    await using peers = await linkedPeers({ queue: new Queue() });
    const [leaving, staying] = [peers.another(), peers.another()];
    const waiting = leaving.object("queue").take();
    waiting.catch(() => undefined);
    await leaving.ready;
    await leaving.close();
    await expect(waiting).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    const next = staying.object("queue").take();
    const result = peers.object("queue").run("1");
    await staying.object("queue").done(await next, "done");
    expect(await result).toBe("done");
  });
});
