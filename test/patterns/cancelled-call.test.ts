import { expect, it } from "vitest";
import { withOptions } from "../../src/client/proxy-functions.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { settle } from "../client/stub-peer.js";

/** Work that looks after each step whether anybody still wants it. */
class Counting {
  steps = 0;
  reason: unknown;

  async countForEver(): Promise<void> {
    const { signal } = callContext();
    try {
      for (;;) {
        signal.throwIfAborted();
        this.steps++;
        await settle();
      }
    } finally {
      this.reason = signal.reason;
    }
  }

  stepsDone(): number {
    return this.steps;
  }
}
expose(Counting, ["countForEver", "stepsDone"]);

it("a call that its caller aborts rejects at once, its work stops, and the line goes on", async () => {
  const counting = new Counting();
  await using peers = await linkedPeers({ counting });
  const patience = new AbortController();
  const call = withOptions(peers.object("counting"), { signal: patience.signal }).countForEver();
  call.catch(() => undefined);
  while (counting.steps < 5) await settle();
  patience.abort(new Error("changed my mind"));
  await expect(call).rejects.toThrow("changed my mind");
  while (counting.reason === undefined) await settle();
  const stoppedAt = counting.steps;
  expect(await peers.object("counting").stepsDone()).toBe(stoppedAt);
  expect(counting.steps).toBe(stoppedAt);
});

it("calls of the same proxy that were not aborted run on", async () => {
  const counting = new Counting();
  await using peers = await linkedPeers({ counting });
  const patience = new AbortController();
  const gone = withOptions(peers.object("counting"), { signal: patience.signal }).countForEver();
  gone.catch(() => undefined);
  const kept = peers.object("counting").countForEver();
  kept.catch(() => undefined);
  while (counting.steps < 5) await settle();
  patience.abort();
  await expect(gone).rejects.toMatchObject({ name: "AbortError" });
  while (counting.reason === undefined) await settle();
  const then = counting.steps;
  while (counting.steps < then + 3) await settle();
  await peers.connection.close();
  await expect(kept).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
});
