import { describe, expect, test } from "vitest";
import { expose } from "../../src/objects/expose.js";
import { callLatencies } from "../../src/node/call-latencies.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

class Desk {
  add(amount: number): number {
    return amount + 1;
  }
  fail(): never {
    throw new RangeError("on purpose");
  }
}
expose(Desk, ["add", "fail"]);

describe("callLatencies", () => {
  test("counts calls by method, and how long they took", async () => {
    const latencies = callLatencies();
    await using peers = await linkedPeers(
      { desk: new Desk() },
      { daemon: { interceptors: [latencies.interceptor] }, client: { interceptors: [latencies.interceptor] } },
    );
    expect(latencies.snapshot()).toEqual([]);
    for (let count = 0; count < 20; count++) await peers.object("desk").add(1);
    await expect(peers.object("desk").fail()).rejects.toThrow("on purpose");
    const snapshot = latencies.snapshot();
    expect(snapshot.map(({ side, object, member, count, failed }) => [side, object, member, count, failed])).toEqual([
      ["server", "desk", "add", 20, 0],
      ["client", "desk", "add", 20, 0],
      ["server", "desk", "fail", 1, 1],
      ["client", "desk", "fail", 1, 1],
    ]);
    for (const { minMs, meanMs, p50Ms, p90Ms, p99Ms, maxMs } of snapshot) {
      const rising = [0.001, minMs, p50Ms, p90Ms, p99Ms, maxMs];
      expect(rising).toEqual(rising.toSorted((one, other) => one - other));
      expect(meanMs).toBeGreaterThanOrEqual(minMs);
      expect(maxMs).toBeLessThan(10_000);
    }
    latencies.reset();
    expect(latencies.snapshot()).toEqual([]);
  });

  test("takes time in milliseconds", async () => {
    const { interceptor, snapshot } = callLatencies();
    await interceptor({ side: "client", object: "desk", member: "add" } as never, async () => {
      const endMs = performance.now() + 20;
      while (performance.now() < endMs);
    });
    const [latency] = snapshot();
    expect(latency?.minMs).toBeGreaterThan(19);
    expect(latency?.maxMs).toBeLessThan(2_000);
  });

  test("tells no more methods apart than it may", async () => {
    const { interceptor, snapshot } = callLatencies({ maxMethods: 1 });
    for (const member of ["a", "b", "c"]) {
      await interceptor({ side: "server", object: "desk", member } as never, async () => undefined);
    }
    expect(snapshot().map(({ object, member, count }) => [object, member, count])).toEqual([
      ["desk", "a", 1],
      ["_OTHER", "_OTHER", 2],
    ]);
  });

  test("refuses wrong options", () => {
    expect(() => callLatencies({ maxMethods: 0 })).toThrow('"maxMethods"');
    expect(() => callLatencies({ max: 1 } as never)).toThrow('"max"');
  });
});
