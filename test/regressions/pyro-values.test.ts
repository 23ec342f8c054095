import { describe, expect, test, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { RemoteError } from "../../src/errors/hearthwire-error.js";
import { serve } from "../../src/node/serve.js";
import { callContext } from "../../src/objects/call-context.js";
import type { Message } from "../../src/wire/message.js";
import { Bench } from "../daemon/raw-peer.js";
import { clientFrame, closeCode, rawUpgrade, UPGRADE_LINES } from "../node/raw-http.js";

describe("what a peer sends is data", () => {
  test("W8b: an annotation is the text that was sent, whatever it looks like", async () => {
    // Pyro read one annotation with marshal, although the daemon accepted nothing but JSON.
    const seen: unknown[] = [];
    const bench = new Bench({ objects: { shop: { look: () => void seen.push(callContext().annotations["BLBI"]) } } });
    const peer = await bench.member();
    const text = '{"json":{"__proto__":{"isAdmin":true}}}';
    peer.say(["call", 1, "shop", "look", { json: [] }, { a: { BLBI: text } }]);
    await peer.answer("ok", 1);
    expect(seen).toEqual([text]);
  });

  test("W8b: an annotation that is no text ends the session", async () => {
    // There was no check in Pyro of what an annotation may be.
    const bench = new Bench();
    const peer = await bench.member();
    peer.say(["call", 1, "shop", "buy", { json: [] }, { a: { BLBI: { json: 1 } } }] as unknown as Message);
    expect((await peer.heard.closed_).code).toBe(4400);
    expect(bench.ran).toEqual([]);
  });

  test("W8c: an error that a peer names is a RemoteError, and its fields cover nothing", async () => {
    // A peer made Pyro raise SystemExit or any other builtin exception, with whatever attributes it liked.
    const bench = new Bench({ objects: { shop: { ask: async (listener: () => Promise<void>) => listener() } } });
    const threw = vi.fn<(error: Error) => void>();
    bench.daemon.on("threw", threw);
    const peer = await bench.member();
    peer.say([
      "call",
      1,
      "shop",
      "ask",
      { json: [[0, 1, "function"]], meta: { values: { "0": [["custom", "ref"]] }, v: 1 } },
    ]);
    const [, callId] = await peer.answer("call");
    const data = {
      json: { name: "x", stack: "x", delivery: "not-sent", retryable: true, toString: "x", code: "HW_LIMIT" },
    };
    peer.say(["err", callId as number, { name: "SystemExit", message: "0", code: "HW_DEADLINE", data }]);
    await peer.answer("err", 1);
    const error = threw.mock.calls[0]![0] as RemoteError;
    expect(error).toBeInstanceOf(RemoteError);
    expect([error.name, error.message, error.code]).toEqual(["SystemExit", "0", ""]);
    expect([error.delivery, error.retryable]).toEqual(["ran", false]);
    expect(error.stack).not.toBe("x");
    expect(error.details).toMatchObject({ stack: "x", retryable: true });
    expect(String(error)).toBe("SystemExit: 0");
  });

  test.each([
    ["an address in the place of the number", [0, "ws://10.0.0.9:1/shop", "function"]],
    ["an address behind it", [0, 1, "object", [1, [["buy", "method"]]], "ws://10.0.0.9:1/shop"]],
  ])("W8d: a reference leads to the peer that sent it and nowhere else: %s", async (_, leaf) => {
    // A peer put a live proxy of any address into Pyro's arguments, and the receiver connected to it on its behalf.
    const ran: unknown[] = [];
    const bench = new Bench({ objects: { shop: { take: (given: unknown) => void ran.push(given) } } });
    const peer = await bench.member();
    peer.say(["call", 1, "shop", "take", { json: [leaf], meta: { values: { "0": [["custom", "ref"]] }, v: 1 } }]);
    expect(await peer.answer("err", 1)).toMatchObject(["err", 1, { code: "HW_BAD_PAYLOAD" }]);
    expect(ran).toEqual([]);
  });

  test("W8e: nothing is inflated: no compression is agreed on, and a compressed frame ends the line", async () => {
    // 50 MB reached a method of Pyro through a limit of 1 MB, for what was counted was the compressed message.
    await using daemon = await serve({ shop: { buy: () => 1 } }, { keys: Key.generate({ id: "test" }) });
    const port = Number(daemon.address.port);
    const lines = [`Host: 127.0.0.1:${port}`, ...UPGRADE_LINES, "Sec-WebSocket-Extensions: permessage-deflate"];
    const { status, head, socket } = await rawUpgrade({ port, lines });
    expect(status).toBe(101);
    expect(head).not.toMatch(/extensions/i);
    const compressed = clientFrame(0x42, new Uint8Array(16));
    const closing = closeCode(socket);
    socket.write(compressed);
    expect(await closing).toBe(1002);
    socket.destroy();
  });

  test("W8f: the environment changes nothing of what a daemon accepts", async () => {
    // PYRO_SERIALIZERS_ACCEPTED, PYRO_REQUIRE_EXPOSE and PYRO_FLAME_ENABLED switched Pyro's protection off.
    const read: string[] = [];
    const environment = process.env;
    const key = Key.generate({ id: "test" });
    process.env = new Proxy(environment, {
      get: (target, name) => (read.push(String(name)), Reflect.get(target, name) as string),
      has: (target, name) => (read.push(String(name)), Reflect.has(target, name)),
      ownKeys: (target) => (read.push("all of them"), Reflect.ownKeys(target)),
    });
    try {
      await using daemon = await serve({ shop: { buy: () => 1 } }, { keys: key });
      expect(daemon.address.host).toBe("127.0.0.1");
    } finally {
      process.env = environment;
    }
    expect(read.filter((name) => name !== "NODE_DEBUG" && !name.startsWith("VITEST"))).toEqual([]);
  });
});
