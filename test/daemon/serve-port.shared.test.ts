import { describe, expect, test, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { connectPort, servePort } from "../../src/browser/ports.js";
import { connectOver } from "../../src/client/connect-over.js";
import { describe as describeObject } from "../../src/client/describe.js";
import { connectionOf, release } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import type { DaemonObject } from "../../src/daemon/daemon-object.js";
import { HearthwireError } from "../../src/errors/hearthwire-error.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import type { MessagePortLike } from "../../src/transport/message-port-transport.js";
import { transportPair } from "../../src/transport/transport-pair.js";

class Desk {
  add(a: number, b: number): number {
    return a + b;
  }
  whoCalls() {
    const { principal } = callContext();
    return { ...principal };
  }
  async tell(listener: Remote<(text: string) => string>): Promise<string> {
    return listener("hello");
  }
  async *count(): AsyncGenerator<number> {
    for (let number = 1; ; number++) yield number;
  }
  mirror(bytes: Uint8Array): Uint8Array {
    return bytes.reverse();
  }
  never(): Promise<never> {
    return new Promise(() => undefined);
  }
}
expose(Desk, ["add", "whoCalls", "tell", "count", "mirror", "never"]);

/** Both ends of a worker without a worker: events, and neither start nor close. */
class ScopeLike extends EventTarget implements MessagePortLike {
  other: ScopeLike | undefined;
  readonly posted: unknown[] = [];
  postMessage(message: unknown): void {
    this.posted.push(message);
    const data: unknown = structuredClone(message);
    // A task of its own for each message, as in a worker.
    setTimeout(() => this.other?.dispatchEvent(new MessageEvent("message", { data })), 0);
  }
}

interface KeyMessage {
  readonly hearthwire: "key";
  readonly bytes: Uint8Array;
}
const isKeyMessage = (message: unknown): message is KeyMessage =>
  (message as { readonly hearthwire?: unknown }).hearthwire === "key";

function nextMessage(target: EventTarget): Promise<unknown> {
  return new Promise((resolve) => {
    target.addEventListener("message", (event) => resolve((event as MessageEvent).data), { once: true });
  });
}

function scopes(): readonly [page: ScopeLike, worker: ScopeLike] {
  const [page, worker] = [new ScopeLike(), new ScopeLike()];
  [page.other, worker.other] = [worker, page];
  return [page, worker];
}

const codeOf = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => "fulfilled",
    (error: unknown) => (error instanceof HearthwireError ? error.code : error),
  );

describe("objects served over a MessagePort", () => {
  test("are called, call back, stream and take large bytes", async () => {
    const { port1, port2 } = new MessageChannel();
    using _served = servePort({ desk: new Desk() }, port1);
    using desk = await connectPort<Desk>(port2, "desk");
    expect(await desk.add(2, 3)).toBe(5);
    expect(await desk.tell((text) => `${text} back`)).toBe("hello back");
    const numbers: number[] = [];
    for await (const number of desk.count()) if (numbers.push(number) === 3) break;
    expect(numbers).toEqual([1, 2, 3]);
    const bytes = Uint8Array.from({ length: 5_000_000 }, (_, index) => index % 251);
    const mirrored = await desk.mirror(bytes);
    expect(mirrored.length).toBe(5_000_000);
    expect(mirrored[0]).toBe(bytes.at(-1));
    expect(bytes[1]).toBe(1);
  });

  test("see who calls as the subject port", async () => {
    const { port1, port2 } = new MessageChannel();
    using _served = servePort({ desk: new Desk() }, port1);
    using desk = connectPort<Desk>(port2, "desk");
    expect(await desk.whoCalls()).toEqual({ kind: "key", id: "key:port", subject: "port" });
  });

  test("are found by whoever connects later, and by whoever asked before there was anybody to hear", async () => {
    const [page, worker] = scopes();
    const isTold = nextMessage(page);
    using _served = servePort({ desk: new Desk() }, worker);
    await isTold;
    using late = connectPort<Desk>(page, "desk");
    expect(await late.add(1, 1)).toBe(2);

    const [otherPage, otherWorker] = scopes();
    const isAsked = nextMessage(otherWorker);
    using early = connectPort<Desk>(otherPage, "desk");
    const sum = early.add(2, 2);
    expect(await isAsked).toEqual({ hearthwire: "connect" });
    using _other = servePort({ desk: new Desk() }, otherWorker);
    expect(await sum).toBe(4);
  });

  test("share one line when several of one port are connected to", async () => {
    const { port1, port2 } = new MessageChannel();
    const accepted = vi.fn();
    using served = servePort({ desk: new Desk(), add: (a: number, b: number) => a + b }, port1);
    served.on("accepted", accepted);
    using desk = await connectPort<Desk>(port2, "desk");
    using add = await connectPort<(a: number, b: number) => number>(port2, "add");
    using own = await connectOver<DaemonObject>(port2, "hearthwire.daemon");
    expect([await desk.add(1, 2), await add(3, 4), await own.ping()]).toEqual([3, 7, undefined]);
    expect(accepted).toHaveBeenCalledTimes(1);
    expect((await describeObject(own)).members.map(({ name }) => name)).toEqual(["info", "ping"]);
  });

  test("reject for an id that is not served, and for one that can't be", async () => {
    const { port1, port2 } = new MessageChannel();
    using _served = servePort({ desk: new Desk() }, port1);
    using _desk = await connectPort<Desk>(port2, "desk");
    expect(await codeOf(connectPort(port2, "disk"))).toBe("HW_NO_SUCH_OBJECT");
    expect(await codeOf(connectPort(port2, "a/b"))).toBe("HW_ADDRESS_INVALID");
    expect(await codeOf(connectPort(port2, 7 as never))).toBe("HW_ADDRESS_INVALID");
  });

  test("are subject to authorize and onHandshake", async () => {
    const { port1, port2 } = new MessageChannel();
    const onHandshake = vi.fn(() => "welcome");
    using _served = servePort({ desk: new Desk() }, port1, {
      onHandshake,
      authorize: ({ member }) => member === "add",
    });
    const answers: unknown[] = [];
    const options = {
      handshake: { who: "page" },
      onHandshake: ({ answer }: { answer: unknown }) => void answers.push(answer),
    };
    using desk = connectPort<Desk>(port2, "desk", options);
    expect(await desk.add(1, 2)).toBe(3);
    expect(await codeOf(desk.whoCalls())).toBe("HW_NO_SUCH_MEMBER");
    expect(answers).toEqual(["welcome"]);
    expect(onHandshake).toHaveBeenCalledExactlyOnceWith({
      data: { who: "page" },
      principal: { kind: "key", id: "key:port", subject: "port" },
    });
  });
});

// Pyro skipped the handshake of peers that came over a socket that was connected already.
describe("W19b: the handshake over a port", () => {
  test("is asked of whoever connects: a frame without the key ends the line and nothing runs", async () => {
    const { port1, port2 } = new MessageChannel();
    const onHandshake = vi.fn();
    const refused = vi.fn();
    using served = servePort({ desk: new Desk() }, port1, { onHandshake });
    served.on("refused", refused);
    const over = new Promise((resolve) => {
      port2.addEventListener("message", (event) => {
        const message = (event as MessageEvent<{ hearthwire?: string }>).data;
        if (message.hearthwire === "close") resolve(message);
      });
    });
    port2.start();
    port2.postMessage(new Uint8Array(200));
    expect(await over).toEqual({ hearthwire: "close", code: 4401, reason: "" });
    await served.closed;
    expect(onHandshake).not.toHaveBeenCalled();
    expect(refused).toHaveBeenCalledTimes(1);
    port2.close();
  });

  test("refused by onHandshake stays refused", async () => {
    const { port1, port2 } = new MessageChannel();
    const refuse = () => {
      throw new Error("not today");
    };
    using _served = servePort({ desk: new Desk() }, port1, { onHandshake: refuse });
    const desk = connectPort<Desk>(port2, "desk");
    await expect(desk.add(1, 2)).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect(await codeOf(desk.add(1, 2))).toBe("HW_REFUSED");
  });

  test("has a key that is told to nobody but who asks, and another one for each line", async () => {
    const [page, worker] = scopes();
    using _served = servePort({ desk: new Desk() }, worker);
    expect(worker.posted).toEqual([{ hearthwire: "serving" }]);
    for (let round = 1; round <= 2; round++) {
      const desk = await connectPort<Desk>(page, "desk", { lingerMs: 0 });
      expect(await desk.add(round, 1)).toBe(round + 1);
      await connectionOf(desk).close();
    }
    const keys = worker.posted.filter(isKeyMessage);
    expect(keys[0]?.bytes).toHaveLength(32);
    expect(keys[0]?.bytes).not.toEqual(keys.at(-1)?.bytes);
  });
});

describe("the end of a line over a port", () => {
  test("comes with the release of the last proxy, which closes a MessagePort", async () => {
    const { port1, port2 } = new MessageChannel();
    using served = servePort({ desk: new Desk() }, port1);
    const first = await connectPort<Desk>(port2, "desk", { lingerMs: 0 });
    const second = await connectPort<Desk>(port2, "desk", { lingerMs: 0 });
    release(first);
    expect(await second.add(1, 2)).toBe(3);
    release(second);
    expect(await served.closed).toBeUndefined();
    expect(await codeOf(second.add(1, 2))).toBe("HW_RELEASED");
  });

  test("comes with the disposal of what is served: pending calls reject", async () => {
    const { port1, port2 } = new MessageChannel();
    const served = servePort({ desk: new Desk() }, port1);
    const desk = await connectPort<Desk>(port2, "desk");
    const pending = desk.never();
    await desk.add(1, 1);
    served[Symbol.dispose]();
    served[Symbol.dispose]();
    expect(await codeOf(pending)).toBe("HW_CONNECTION_CLOSED");
    expect(await served.closed).toBeUndefined();
    expect(await connectionOf(desk).closed).toBeInstanceOf(HearthwireError);
  });

  test("comes with the other end of the port: pending calls reject", async () => {
    const { port1, port2 } = new MessageChannel();
    using _served = servePort({ desk: new Desk() }, port1);
    const desk = await connectPort<Desk>(port2, "desk");
    const pending = desk.never();
    await desk.add(1, 1);
    port1.postMessage({ hearthwire: "close", code: 1006, reason: "" });
    expect(await codeOf(pending)).toBe("HW_CONNECTION_CLOSED");
  });

  test("comes with a message that is not hearthwire's, on either side", async () => {
    const one = new MessageChannel();
    const served = servePort({ desk: new Desk() }, one.port1);
    const desk = await connectPort<Desk>(one.port2, "desk");
    const pending = desk.never();
    await desk.add(1, 1);
    one.port2.postMessage({ type: "webpackOk" });
    expect(await served.closed).toMatchObject({ message: expect.stringContaining("not hearthwire's") });
    expect(await codeOf(pending)).toBe("HW_CONNECTION_CLOSED");

    const two = new MessageChannel();
    using _served = servePort({ desk: new Desk() }, two.port1);
    const other = await connectPort<Desk>(two.port2, "desk");
    two.port1.postMessage("hello");
    expect(await connectionOf(other).closed).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });

  test("before anybody served closes the port too, and rejects", async () => {
    const { port1, port2 } = new MessageChannel();
    const gone = new Promise((resolve) => {
      port1.addEventListener("message", (event) => {
        if ((event as MessageEvent<{ hearthwire: string }>).data.hearthwire === "close") resolve("closed");
      });
    });
    port1.start();
    expect(await codeOf(connectPort(port2, "desk", { connectTimeoutMs: 20 }))).toBe("HW_CONNECT_TIMEOUT");
    expect(await gone).toBe("closed");
    port1.close();
  });

  test("before the key came rejects at once", async () => {
    const { port1, port2 } = new MessageChannel();
    const desk = connectPort<Desk>(port2, "desk");
    port1.postMessage({ hearthwire: "close", code: 1000, reason: "" });
    expect(await codeOf(desk)).toBe("HW_CONNECT_FAILED");
    port1.close();
  });
});

describe("a port", () => {
  test("is served on one side: connecting over one's own served port is refused, and the other way round", async () => {
    const { port1, port2 } = new MessageChannel();
    using _served = servePort({ desk: new Desk() }, port1);
    await expect(connectPort(port1, "desk")).rejects.toThrow(/^"port" is served on this side/);
    expect(() => servePort({ desk: new Desk() }, port1)).toThrow(/^"port" is served already/);
    using _desk = await connectPort<Desk>(port2, "desk");
    expect(() => servePort({ desk: new Desk() }, port2)).toThrow(/^"port" is connected over on this side/);
  });

  test("that both sides serve, or both connect over, ends with a sentence that says so", async () => {
    const one = new MessageChannel();
    const served = servePort({ desk: new Desk() }, one.port1);
    using _other = servePort({ desk: new Desk() }, one.port2);
    expect(await served.closed).toMatchObject({ message: expect.stringContaining("the other end serves too") });
    const two = new MessageChannel();
    const ends = [connectPort(two.port1, "desk"), connectPort(two.port2, "desk")].map(async (end) => {
      const error = await Promise.resolve(end).catch((thrown: unknown) => thrown);
      return error instanceof HearthwireError ? `${error.code} ${String(error.cause)}` : error;
    });
    expect(await Promise.race(ends)).toMatch(/^HW_CONNECT_FAILED/);
  });

  test("must be one, with exactly one other end", async () => {
    const window = {
      postMessage: () => undefined,
      addEventListener: () => undefined,
      get window(): object {
        return window;
      },
    };
    const broadcast = new BroadcastChannel("hearthwire-test");
    for (const value of [undefined, null, 7, {}, { postMessage: () => undefined }, window, broadcast]) {
      expect(() => servePort({ desk: new Desk() }, value as never)).toThrow(/^"port" must be a MessagePort/);
      expect(await codeOf(connectPort(value as never, "desk"))).toBe("HW_OPTION_INVALID");
    }
    broadcast.close();
  });

  test("takes neither keys nor unknown options, and stays as it is then", async () => {
    const { port1, port2 } = new MessageChannel();
    const key = Key.generate();
    await expect(connectPort(port2, "desk", { key } as never)).rejects.toThrow(/^"key" and "ticket" are not for ports/);
    await expect(connectPort(port2, "desk", { keys: [] } as never)).rejects.toThrow(/^"keys" is no option/);
    expect(() => servePort({ desk: new Desk() }, port1, { key })).toThrow(/^"key" is not for ports/);
    expect(() => servePort({ desk: new Desk() }, port1, { origins: [] } as never)).toThrow(/^"origins" is no option/);
    expect(() => servePort({ desk: new (class Bare {})() }, port1)).toThrow(/HW_CANNOT_EXPOSE|exposes no members/);
    using _served = servePort({ desk: new Desk() }, port1);
    using desk = connectPort<Desk>(port2, "desk");
    expect(await desk.add(1, 2)).toBe(3);
  });

  test("refuses a key that is none", async () => {
    const { port1, port2 } = new MessageChannel();
    const desk = connectPort<Desk>(port2, "desk");
    port1.postMessage({ hearthwire: "key", id: "port", bytes: new Uint8Array(32) });
    expect(await codeOf(desk)).toBe("HW_CONNECT_FAILED");
    port1.close();
  });

  test("has one line at a time: other options of the line are refused while it lasts", async () => {
    const { port1, port2 } = new MessageChannel();
    using _served = servePort({ desk: new Desk() }, port1);
    using _desk = await connectPort<Desk>(port2, "desk");
    await expect(connectPort(port2, "desk", { handshake: "other" })).rejects.toThrow(/^"port" has a line already/);
  });
});

describe("a transport of the program's own", () => {
  test("serves and connects with the key that both ends were given", async () => {
    const [near, far] = transportPair();
    const key = Key.generate({ id: "cable", subject: "cable" });
    using served = servePort({ desk: new Desk() }, far, { key });
    using desk = await connectOver<Desk>(near, "desk", { key, lingerMs: 0 });
    expect((await desk.whoCalls()).subject).toBe("cable");
    release(desk);
    expect(await served.closed).toBeUndefined();
  });

  test("needs that key on both ends", async () => {
    const [near, far] = transportPair();
    expect(() => servePort({ desk: new Desk() }, far)).toThrow(/^"key" must be given with a transport/);
    expect(await codeOf(connectOver(near, "desk", {} as never))).toBe("HW_CREDENTIALS_MISSING");
  });

  test("refuses another key, and says why to whoever serves", async () => {
    const [near, far] = transportPair();
    const served = servePort({ desk: new Desk() }, far, { key: Key.generate({ id: "a" }) });
    expect(await codeOf(connectOver(near, "desk", { key: Key.generate({ id: "b" }) }))).toBe("HW_REFUSED");
    expect(await served.closed).toBeInstanceOf(Error);
  });
});
