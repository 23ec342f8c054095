import { describe, expect, test } from "vitest";
import { type WebSocketLike, webSocketTransport } from "../../src/transport/websocket-transport.js";

/** An open socket, and what happened to it and to the line under it, in order. */
function socketOf({ hasLine = true } = {}) {
  const log: string[] = [];
  const line = { cork: () => void log.push("cork"), uncork: () => void log.push("uncork") };
  const socket: WebSocketLike = {
    binaryType: "nodebuffer",
    readyState: 1,
    bufferedAmount: 0,
    send: (bytes) => void log.push(`send ${bytes.length}`),
    close: (code) => void log.push(`close ${code}`),
    addEventListener: () => undefined,
    ...(hasLine && { _socket: line }),
  };
  return { log, transport: webSocketTransport(socket) };
}

describe("What is sent together", () => {
  test("is one write, the close too", () => {
    const { log, transport } = socketOf();
    const given = transport.together?.(() => {
      transport.send(new Uint8Array(3));
      transport.send(new Uint8Array(4));
      transport.close(1000);
      return "given";
    });
    expect(given).toBe("given");
    expect(log).toEqual(["cork", "send 3", "send 4", "close 1000", "uncork"]);
  });

  test("is written although its task threw", () => {
    const { log, transport } = socketOf();
    const task = (): void => {
      transport.send(new Uint8Array(3));
      throw new Error("on purpose");
    };
    expect(() => transport.together?.(task)).toThrow("on purpose");
    expect(log).toEqual(["cork", "send 3", "uncork"]);
  });

  test("goes as it comes where the line is not to be had, as in a browser", () => {
    const { log, transport } = socketOf({ hasLine: false });
    transport.together?.(() => transport.send(new Uint8Array(3)));
    expect(log).toEqual(["send 3"]);
  });
});
