import { expose } from "hearthwire";
import { linkedPeers } from "hearthwire/testing";
import { expect, test } from "vitest";

class Counter {
  async *countTo(end: number): AsyncGenerator<number, string, void> {
    for (let number = 1; number <= end; number++) yield number;
    return "done";
  }
}
expose(Counter, ["countTo"]);

test("Steps of a stream keep their order, before it is open and after", async () => {
  await using peers = await linkedPeers({ counter: new Counter() });
  const steps = peers.object("counter").countTo(100)[Symbol.asyncIterator]();
  const settled: unknown[] = [];
  const note = (step: Promise<IteratorResult<number, unknown>>): Promise<unknown> =>
    step.then(({ value, done }) => settled.push(done === true ? "done" : value));
  await Promise.all([note(steps.next()), note(steps.next()), note(steps.next())]);
  await note(steps.next());
  const late = [note(steps.next()), note(steps.return!()), note(steps.next()), note(steps.next())];
  await Promise.all(late);
  expect(settled.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
  expect(settled.slice(5)).toEqual(["done", "done", "done"]);
});
