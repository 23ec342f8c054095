import { describe, expect, it } from "vitest";
import type { Transport } from "../../src/transport/transport.js";
import { Recorder } from "./recorder.js";

/** Two joined transports, neither of them started. */
export interface JoinedTransports extends AsyncDisposable {
  readonly near: Transport;
  readonly far: Transport;
}

const bytes = (...values: number[]) => Uint8Array.of(...values);

/** What every transport promises, whatever it runs over. */
export function describeTransport(name: string, join: () => Promise<JoinedTransports>): void {
  async function started() {
    const joined = await join();
    const near = new Recorder();
    const far = new Recorder();
    joined.near.start(near);
    joined.far.start(far);
    await Promise.all([near.opened_, far.opened_]);
    return { ...joined, nearEnd: near, farEnd: far, [Symbol.asyncDispose]: () => joined[Symbol.asyncDispose]() };
  }

  describe(`${name}, as every transport,`, () => {
    it("tells both sides once that it is open", async () => {
      await using line = await started();
      expect([line.nearEnd.openings, line.farEnd.openings]).toEqual([1, 1]);
    });

    it("delivers frames whole and in order, both ways", async () => {
      await using line = await started();
      for (let i = 0; i < 100; i++) {
        line.near.send(bytes(i, i, i));
        line.far.send(bytes(i));
      }
      await Promise.all([line.farEnd.count(100), line.nearEnd.count(100)]);
      expect(line.farEnd.frames.map((frame) => [...frame])).toEqual(Array.from({ length: 100 }, (_, i) => [i, i, i]));
      expect(line.nearEnd.frames.map((frame) => [...frame])).toEqual(Array.from({ length: 100 }, (_, i) => [i]));
    });

    it("delivers an empty frame", async () => {
      await using line = await started();
      line.near.send(new Uint8Array(0));
      line.near.send(bytes(1));
      await line.farEnd.count(2);
      expect(line.farEnd.frames.map((frame) => frame.length)).toEqual([0, 1]);
    });

    it("delivers frames of 1 MiB", async () => {
      await using line = await started();
      const big = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => i % 251);
      line.near.send(big);
      line.near.send(big);
      await line.farEnd.count(2);
      expect(Buffer.compare(line.farEnd.frames[0]!, big)).toBe(0);
      expect(Buffer.compare(line.farEnd.frames[1]!, big)).toBe(0);
    });

    it("sends a view of a larger buffer as just that view", async () => {
      await using line = await started();
      line.near.send(bytes(9, 1, 2, 9).subarray(1, 3));
      await line.farEnd.count(1);
      expect([...line.farEnd.frames[0]!]).toEqual([1, 2]);
    });

    it("leaves the bytes of a sent frame as they were, for it may be kept for replay", async () => {
      await using line = await started();
      const frame = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
      const before = [...frame];
      line.near.send(frame);
      await line.farEnd.count(1);
      expect([...frame]).toEqual(before);
    });

    it("gives each receiver bytes of its own, as plain Uint8Arrays", async () => {
      await using line = await started();
      const frame = bytes(1, 2, 3);
      line.near.send(frame);
      await line.farEnd.count(1);
      const received = line.farEnd.frames[0]!;
      expect(Object.getPrototypeOf(received)).toBe(Uint8Array.prototype);
      received.fill(0);
      expect([...frame]).toEqual([1, 2, 3]);
    });

    it("never delivers within send", async () => {
      await using line = await started();
      line.near.send(bytes(1));
      expect(line.farEnd.frames).toEqual([]);
      await line.farEnd.count(1);
    });

    it("keeps what came before start and delivers it in order", async () => {
      await using joined = await join();
      const near = new Recorder();
      joined.near.start(near);
      await near.opened_;
      joined.near.send(bytes(1));
      joined.near.send(bytes(2));
      await near.turns();
      const far = new Recorder();
      joined.far.start(far);
      joined.near.send(bytes(3));
      await far.count(3);
      expect(far.log).toEqual(["opened", "frame 1", "frame 2", "frame 3"]);
    });

    it("refuses to be started twice", async () => {
      await using line = await started();
      expect(() => line.near.start(new Recorder())).toThrow("once");
    });

    it("delivers what was sent before close, then the end", async () => {
      await using line = await started();
      line.near.send(bytes(1));
      line.near.send(bytes(2));
      line.near.close();
      await line.farEnd.closed_;
      expect(line.farEnd.log).toEqual(["opened", "frame 1", "frame 2", "closed 1000"]);
    });

    it("carries close code and reason to the other side", async () => {
      await using line = await started();
      line.near.close(4401, "go away");
      expect(await line.farEnd.closed_).toEqual({ code: 4401, reason: "go away" });
      expect((await line.nearEnd.closed_).code).toBe(4401);
    });

    it.each([999, 1005, 1006, 2999, 5000, 4000.5, Number.NaN])("sends the close code %d as 1000", async (code) => {
      await using line = await started();
      line.near.close(code);
      expect((await line.farEnd.closed_).code).toBe(1000);
    });

    it("cuts a close reason to 123 bytes of UTF-8, never within a character", async () => {
      await using line = await started();
      line.near.close(4400, "€".repeat(50));
      expect((await line.farEnd.closed_).reason).toBe("€".repeat(41));
    });

    it("tells each side exactly once that it ended, however often it is closed", async () => {
      await using line = await started();
      line.near.close(4400);
      line.near.close(4401);
      line.far.close(4402);
      line.near.destroy();
      await Promise.all([line.nearEnd.closed_, line.farEnd.closed_]);
      await line.nearEnd.turns();
      expect([line.nearEnd.closings.length, line.farEnd.closings.length]).toEqual([1, 1]);
    });

    it("never calls its receiver within close or destroy", async () => {
      await using line = await started();
      line.near.close();
      line.near.destroy();
      expect(line.nearEnd.closings).toEqual([]);
      await line.nearEnd.closed_;
    });

    it("drops silently what is sent after close", async () => {
      await using line = await started();
      line.near.close();
      line.near.send(bytes(1));
      await Promise.all([line.farEnd.closed_, line.nearEnd.closed_]);
      line.near.send(bytes(2));
      line.far.send(bytes(3));
      await line.nearEnd.turns();
      expect([...line.farEnd.frames, ...line.nearEnd.frames]).toEqual([]);
    });

    it("brings nothing more once its own side has closed", async () => {
      await using line = await started();
      line.far.send(bytes(1));
      line.near.close();
      await line.nearEnd.closed_;
      expect(line.nearEnd.frames).toEqual([]);
    });

    it("tells the end, and none of the frames, to a receiver that comes after close", async () => {
      await using joined = await join();
      const far = new Recorder();
      joined.far.start(far);
      await far.opened_;
      joined.far.send(bytes(1));
      await far.turns();
      joined.near.close(4400);
      await far.closed_;
      const near = new Recorder();
      joined.near.start(near);
      expect((await near.closed_).code).toBe(4400);
      expect(near.frames).toEqual([]);
    });

    it("ends both sides when it is destroyed, the other one with 1006", async () => {
      await using line = await started();
      line.near.destroy();
      line.near.destroy();
      expect((await line.farEnd.closed_).code).toBe(1006);
      expect((await line.nearEnd.closed_).code).toBe(1006);
    });

    it("has nothing buffered when nothing was sent", async () => {
      await using line = await started();
      expect(line.near.bufferedBytes).toBe(0);
    });
  });
}
