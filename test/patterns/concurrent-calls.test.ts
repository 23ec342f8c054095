import { expect, it } from "vitest";
import { oneway } from "../../src/client/oneway.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

/** Answers when it is told to. */
class Desk {
  readonly log: string[] = [];
  readonly #finish = new Map<string, () => void>();

  async ask(name: string): Promise<string> {
    this.log.push(`ask ${name}`);
    await new Promise<void>((resolve) => this.#finish.set(name, resolve));
    return name;
  }

  answer(name: string): void {
    this.log.push(`answer ${name}`);
    this.#finish.get(name)?.();
  }

  async note(text: string): Promise<void> {
    this.log.push(`note ${text}`);
    await Promise.resolve();
  }
}
expose(Desk, { only: ["ask", "answer", "note"], members: { note: { oneway: true } } });

it("calls of one proxy run at the same time, and each settles when it is done", async () => {
  await using peers = await linkedPeers({ desk: new Desk() });
  const desk = peers.object("desk");
  const settled: string[] = [];
  const asked = ["a", "b", "c"].map((name) => desk.ask(name).then((answer) => settled.push(answer)));
  for (const name of ["c", "a", "b"]) await desk.answer(name);
  await Promise.all(asked);
  expect(settled).toEqual(["c", "a", "b"]);
});

it("one-way calls begin in the order in which they were made, answered ones among them", async () => {
  const desk = new Desk();
  await using peers = await linkedPeers({ desk });
  const remote = peers.object("desk");
  for (let call = 0; call < 100; call++) {
    if (call % 3 === 0) void remote.answer(String(call));
    else oneway(remote).note(String(call));
  }
  await remote.answer("last");
  const numbers = desk.log.map((line) => line.split(" ")[1]);
  expect(numbers).toEqual([...Array.from({ length: 100 }, (_, call) => String(call)), "last"]);
});
