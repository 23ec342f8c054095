import { describe, expect, it } from "vitest";
import { release } from "../../src/client/proxy-functions.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

class Counter {
  #count = 0;
  add(by: number): number {
    return (this.#count += by);
  }
  async *upTo(end: number): AsyncGenerator<number, void, void> {
    for (let i = 1; i <= end; i++) yield i;
  }
  whoAmI(): string {
    return callContext().principal.id;
  }
  async callBack(say: (text: string) => string | Promise<string>): Promise<string> {
    return `${await say("hello")}, they said`;
  }
  fail(): void {
    throw Object.assign(new TypeError("no such number"), { code: "E_NUMBER" });
  }
}
expose(Counter, ["add", "upTo", "whoAmI", "callBack", "fail"]);

describe("linkedPeers", () => {
  it("calls objects in the same process", async () => {
    await using peers = await linkedPeers({ counter: new Counter() });
    const counter = peers.object("counter");
    expect(await counter.add(2)).toBe(2);
    expect(await counter.add(3)).toBe(5);
  });

  it("streams, calls back and carries errors as a socket would", async () => {
    await using peers = await linkedPeers({ counter: new Counter() });
    const counter = peers.object("counter");
    const items: number[] = [];
    for await (const item of counter.upTo(40)) items.push(item);
    expect(items).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(await counter.callBack((text) => text.toUpperCase())).toBe("HELLO, they said");
    await expect(counter.fail()).rejects.toMatchObject({ name: "TypeError", code: "E_NUMBER", delivery: "ran" });
  });

  it("gives each client the principal of its subject", async () => {
    await using peers = await linkedPeers({ counter: new Counter() }, { subject: "ann" });
    const bob = peers.another({ subject: "bob" });
    expect(await peers.object("counter").whoAmI()).toBe("key:ann");
    expect(await bob.object("counter").whoAmI()).toBe("key:bob");
    expect([...peers.daemon.sessions.values()].map(({ principal }) => principal.subject)).toEqual(["ann", "bob"]);
  });

  it("rejects when the daemon's hook refuses the client", async () => {
    const onHandshake = () => {
      throw new Error("not today");
    };
    await expect(linkedPeers({ counter: new Counter() }, { daemon: { onHandshake } })).rejects.toMatchObject({
      code: "HW_REFUSED",
      message: expect.stringContaining("not today") as string,
    });
  });

  it("moves deadlines by the clock that it is given", async () => {
    const clock = fakeClock();
    await using peers = await linkedPeers({ slow: { wait: () => new Promise<void>(() => {}) } }, { clock });
    const call = peers.object("slow").wait();
    call.catch(() => undefined);
    await clock.advance(40_000);
    await expect(call).rejects.toMatchObject({ code: "HW_DEADLINE" });
  });

  it("takes its time with a line that has latency", async () => {
    const clock = fakeClock();
    const connecting = linkedPeers({ counter: new Counter() }, { clock, link: { latencyMs: 100 } });
    await clock.advance(500);
    await using peers = await connecting;
    let answer: unknown;
    void peers
      .object("counter")
      .add(1)
      .then((sum) => (answer = sum));
    await clock.advance(199);
    expect(answer).toBeUndefined();
    await clock.advance(1);
    expect(answer).toBe(1);
    release(peers.object("counter"));
    const closing = peers[Symbol.asyncDispose]();
    await clock.advance(1_000);
    await closing;
  });

  it("ends everything when it is disposed, also calls that run", async () => {
    const clock = fakeClock();
    const peers = await linkedPeers({ slow: { wait: () => new Promise<void>(() => {}) } }, { clock });
    const call = peers.object("slow").wait();
    call.catch(() => undefined);
    await peers[Symbol.asyncDispose]();
    await expect(call).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    expect(peers.connection.state.status).toBe("closed");
    expect(peers.daemon.sessions.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });
});
