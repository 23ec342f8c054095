import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import { capControlFrames } from "../../src/node/cap-control-frames.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** What stands for a WebSocket; `said` is what was done to it. */
class Socket extends EventEmitter {
  readonly said: string[] = [];

  constructor() {
    super();
    this.on("error", ({ message }: Error) => this.said.push(message));
    capControlFrames(this as unknown as WebSocket);
  }

  terminate(): void {
    this.said.push("terminated");
  }

  brings(count: number, name = "ping"): void {
    for (let sent = 0; sent < count; sent++) this.emit(name, Buffer.alloc(0));
  }
}

test("64 pings and pongs within 10 s are taken, the 65th ends the line and says why, once", () => {
  const socket = new Socket();
  socket.brings(32);
  socket.brings(32, "pong");
  expect(socket.said).toEqual([]);
  socket.brings(100);
  expect(socket.said).toEqual(["the peer sent more than 64 WebSocket control frames in 10 s", "terminated"]);
});

test("one each second is taken for ever", () => {
  const socket = new Socket();
  for (let second = 0; second < 1_000; second++) {
    socket.brings(1);
    vi.advanceTimersByTime(1_000);
  }
  expect(socket.said).toEqual([]);
});

test("bursts are counted afresh after 10 s", () => {
  const socket = new Socket();
  socket.brings(64);
  vi.advanceTimersByTime(10_001);
  socket.brings(64);
  expect(socket.said).toEqual([]);
  socket.brings(1);
  expect(socket.said).toHaveLength(2);
});
