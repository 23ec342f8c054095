import { describe, expect, it } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { type Accepted, ServerHandshake } from "../../src/auth/server-handshake.js";
import { Dial, type DialHandshake } from "../../src/client/dial.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import { Recorder } from "../transport/recorder.js";

const key = Key.generate({ id: "ann" });
const AUDIENCE = "ws://127.0.0.1:1";

/** A dial over a pair in memory, and what its server and its owner see. */
function dialled(handshake: () => DialHandshake | Promise<DialHandshake>) {
  const [near, far] = transportPair();
  const server = new Recorder();
  far.start(server);
  const outcome = new Promise<string>((resolve) => {
    new Dial({
      url: AUDIENCE,
      transport: near,
      handshake,
      established: () => {
        resolve("established");
        return new Recorder();
      },
      failed: (error) => resolve(`failed: ${error.message}`),
    });
  });
  return { far, server, outcome };
}

function client(): ClientHandshake {
  return new ClientHandshake({
    credential: { method: 1, key },
    audience: AUDIENCE,
    serializers: [1],
    maxFrameBytes: 65_536,
  });
}

function answerTo(hello: Uint8Array): Uint8Array {
  const server = new ServerHandshake({
    keys: new KeyRing([key]),
    audiences: [AUDIENCE],
    serializers: [1],
    maxFrameBytes: 65_536,
    heartbeatMs: 20_000,
    windowMs: 0,
    nowMs: () => 0,
  });
  return (server.hello(hello) as Accepted).welcome;
}

describe("Dial", () => {
  it("waits for a handshake and for the look at its answer", async () => {
    const made = client();
    const { far, server, outcome } = dialled(async () => ({
      hello: made.hello,
      welcome: async (frame) => made.welcome(frame),
    }));
    await server.count(1);
    far.send(answerTo(server.frames[0]!));
    expect(await outcome).toBe("established");
  });

  it("sends nothing and hangs up when the handshake can't be made", async () => {
    const { server, outcome } = dialled(() => Promise.reject(new Error("not with this certificate")));
    expect(await outcome).toBe("failed: not with this certificate");
    await server.closed_;
    expect(server.frames).toEqual([]);
  });

  it("takes no frame while it is this side's turn", async () => {
    const { far, server, outcome } = dialled(() => new Promise(() => undefined));
    far.send(Uint8Array.of(1));
    expect(await outcome).toMatch(/could not prove that it holds the key/);
    await server.closed_;
    expect(server.frames).toEqual([]);
  });
});
