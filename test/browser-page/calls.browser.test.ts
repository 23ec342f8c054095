import { connect, isRemote, type Remote, RemoteError, release, withOptions } from "hearthwire/browser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Probe, Workshop } from "./support/page-objects.js";
import { reachDaemon } from "./support/reach-daemon.js";

let workshop: Remote<Workshop>;

beforeEach(async () => {
  const { url, options } = await reachDaemon();
  workshop = await connect<Workshop>(`${url}workshop`, { ...options, isolated: true });
});
afterEach(() => release(workshop));

describe("a page", () => {
  it("reads a stream to its end, in order", async () => {
    const numbers: number[] = [];
    for await (const number of workshop.countTo(1_000)) numbers.push(number);
    expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  });

  it("leaves a stream in its middle, and the daemon's generator ends", async () => {
    for await (const number of workshop.countTo(1_000_000)) if (number === 3) break;
    await expect.poll(() => workshop.endedStreams).toBe(1);
  });

  it("is called back, with answers that the daemon waits for", async () => {
    const heard: string[] = [];
    const answers = await workshop.forEach(["one", "two"], async (word) => {
      heard.push(word);
      return word.toUpperCase();
    });
    expect({ heard, answers }).toEqual({ heard: ["one", "two"], answers: ["ONE", "TWO"] });
  });

  it("sends and takes 1 MiB of bytes", async () => {
    const bytes = Uint8Array.from({ length: 1 << 20 }, (_, index) => index % 251);
    const reversed = await workshop.reversed(bytes);
    expect(reversed).toBeInstanceOf(Uint8Array);
    // Not by toEqual, which walks a million elements.
    expect(reversed.length).toBe(bytes.length);
    expect(bytes.toReversed().every((byte, index) => byte === reversed[index])).toBe(true);
  });

  it.each([true, false])("keeps small calls behind large ones in order, platformHmac: %s", async (platformHmac) => {
    const { url, options } = await reachDaemon();
    const probe = await connect<Probe>(`${url}probe`, { ...options, isolated: true, platformHmac });
    const bytes = new Uint8Array(300_000).fill(7);
    const calls = [probe.keep(bytes), probe.count(), probe.keep(bytes), probe.count(), probe.count()];
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4, 5]);
    release(probe);
  });

  it("gets the daemon's own error with its name, code, fields and cause", async () => {
    const error = await workshop.fail().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({
      name: "RangeError",
      message: "the shelf is empty",
      code: "E_EMPTY",
      details: { shelf: 7 },
      delivery: "ran",
      cause: { message: "nobody filled it" },
    });
  });

  it("aborts a call with its own reason, and the daemon hears of it", async () => {
    const controller = new AbortController();
    const call = withOptions(workshop, { signal: controller.signal }).waitForEver();
    const reason = new DOMException("the user left", "AbortError");
    queueMicrotask(() => controller.abort(reason));
    await expect(call).rejects.toBe(reason);
    await expect.poll(() => workshop.abortedCalls).toBe(1);
  });

  it("holds no functions for proxies of objects", () => {
    expect(isRemote(workshop)).toBe(true);
    expect(typeof workshop).toBe("object");
  });
});
