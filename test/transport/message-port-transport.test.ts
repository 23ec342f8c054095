import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { messagePortTransport, type MessagePortLike } from "../../src/transport/message-port-transport.js";
import { Recorder } from "./recorder.js";
import { describeTransport } from "./transport-contract.js";

describeTransport("a MessagePort", async () => {
  const { port1, port2 } = new MessageChannel();
  return {
    near: messagePortTransport(port1),
    far: messagePortTransport(port2),
    [Symbol.asyncDispose]: async () => port1.close(),
  };
});

/** A port whose other end is the test: a Worker has `postMessage` and events, and nothing else. */
class ScriptedPort extends EventTarget implements MessagePortLike {
  readonly posted: unknown[] = [];
  postMessage(message: unknown): void {
    this.posted.push(message);
  }
  brings(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

describeTransport("a Worker, which has neither start nor close,", async () => {
  const near = new ScriptedPort();
  const far = new ScriptedPort();
  near.postMessage = (data) => setImmediate(() => far.brings(structuredClone(data)));
  far.postMessage = (data) => setImmediate(() => near.brings(structuredClone(data)));
  return { near: messagePortTransport(near), far: messagePortTransport(far), [Symbol.asyncDispose]: async () => {} };
});

describe("messagePortTransport", () => {
  it.each([
    ["a text", "hello"],
    ["an ArrayBuffer", new ArrayBuffer(4)],
    ["an object that looks like nothing of ours", { hearthwire: "clothes", code: 1000, reason: "" }],
    ["a close marker without a code", { hearthwire: "close", reason: "" }],
    ["a close marker without a reason", { hearthwire: "close", code: 1000 }],
    ["a close marker with a code below 1000", { hearthwire: "close", code: 999, reason: "" }],
    ["a close marker with a code above 4999", { hearthwire: "close", code: 5000, reason: "" }],
    ["a close marker with a code that is no integer", { hearthwire: "close", code: 1000.5, reason: "" }],
    ["null", null],
  ])("ends with 1003 when %s comes through", async (_name, message) => {
    const port = new ScriptedPort();
    const received = new Recorder();
    const transport = messagePortTransport(port);
    transport.start(received);
    port.brings(message);
    const close = await received.closed_;
    expect(close.code).toBe(1003);
    expect(close.error?.message).toContain("no frame");
    expect(port.posted).toEqual([{ hearthwire: "close", code: 1003, reason: "" }]);
  });

  it.each([1000, 4999])("ends with the code of a close marker: %i", async (code) => {
    const port = new ScriptedPort();
    const received = new Recorder();
    messagePortTransport(port).start(received);
    port.brings({ hearthwire: "close", code, reason: "done here" });
    expect(await received.closed_).toEqual({ code, reason: "done here" });
  });

  it("cuts the reason of a close marker to 123 characters and escapes what a terminal would obey", async () => {
    const port = new ScriptedPort();
    const received = new Recorder();
    messagePortTransport(port).start(received);
    port.brings({ hearthwire: "close", code: 4000, reason: `\u001b[31m${"r".repeat(1_000_000)}` });
    expect((await received.closed_).reason).toBe(`\\u001b[31m${"r".repeat(123 - 10)}`);
  });

  it("takes no message of a port any more once it has ended, so that a Worker can be used again", async () => {
    const port = new ScriptedPort();
    const received = new Recorder();
    const first = messagePortTransport(port);
    first.start(received);
    first.close();
    await received.closed_;
    const second = new Recorder();
    messagePortTransport(port).start(second);
    port.brings(Uint8Array.of(7));
    expect(received.frames).toEqual([]);
    expect(second.frames.map((frame) => [...frame])).toEqual([[7]]);
  });

  it("leaves no listener behind", async () => {
    const listening = new Set<string>();
    const port = new ScriptedPort();
    port.addEventListener = (type) => void listening.add(type);
    port.removeEventListener = (type) => void listening.delete(type);
    const received = new Recorder();
    const transport = messagePortTransport(port);
    transport.start(received);
    expect([...listening]).toEqual(["message", "messageerror", "close"]);
    transport.close();
    await received.closed_;
    expect([...listening]).toEqual([]);
  });

  it("starts a port, which holds its messages back until then, when it is started itself", () => {
    const port = new ScriptedPort() as ScriptedPort & { start(): void };
    let starts = 0;
    port.start = () => void starts++;
    const transport = messagePortTransport(port);
    expect(starts).toBe(0);
    transport.start(new Recorder());
    expect(starts).toBe(1);
  });

  it("never closes a worker's global scope, which would end the worker", async () => {
    const port = new ScriptedPort() as ScriptedPort & { close(): void };
    let isEnded = false;
    port.close = () => (isEnded = true);
    const received = new Recorder();
    const transport = messagePortTransport(port);
    transport.start(received);
    transport.close();
    await received.closed_;
    expect(isEnded).toBe(false);
  });

  it("brings the messages of an attended port before it is started, and keeps the frames", async () => {
    const port = new ScriptedPort() as ScriptedPort & { start(): void };
    let starts = 0;
    port.start = () => void starts++;
    const told: unknown[] = [];
    const transport = messagePortTransport(port, {
      other: (message) => void told.push(message),
      frameWaits: () => void told.push("a frame waits"),
      ended: () => undefined,
    });
    expect(starts).toBe(1);
    port.brings({ hearthwire: "key" });
    port.brings(Uint8Array.of(7));
    const received = new Recorder();
    transport.start(received);
    port.brings(Uint8Array.of(8));
    expect(told).toEqual([{ hearthwire: "key" }, "a frame waits"]);
    expect(received.frames.map((frame) => [...frame])).toEqual([[7], [8]]);
  });

  it("ends with 1003 and the attendant's sentence when it refuses a message", async () => {
    const port = new ScriptedPort();
    const received = new Recorder();
    const ended: number[] = [];
    const attendant = { other: () => "not this one", ended: ({ code }: { code: number }) => void ended.push(code) };
    messagePortTransport(port, attendant).start(received);
    port.brings("hello");
    // At once: whoever takes the port next shall miss no message of it.
    expect(ended).toEqual([1003]);
    expect(await received.closed_).toMatchObject({ code: 1003, error: { message: "not this one" } });
  });

  it("ends with 1006 when the other end of a port went away without a word", async () => {
    const { port1, port2 } = new MessageChannel();
    const received = new Recorder();
    messagePortTransport(port1).start(received);
    port2.close();
    expect((await received.closed_).code).toBe(1006);
  });

  it("ends with 1006 when a message can't be read", async () => {
    const port = new ScriptedPort();
    const received = new Recorder();
    messagePortTransport(port).start(received);
    port.dispatchEvent(new MessageEvent("messageerror"));
    const close = await received.closed_;
    expect(close.code).toBe(1006);
    expect(close.error).toBeInstanceOf(Error);
  });
});
