import { describe, expect, test } from "vitest";
import { withOptions } from "../../src/client/proxy-functions.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import type { InterceptedCall, Interceptor } from "../../src/objects/interceptor.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const OTHER = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

class Desk {
  #held: ((text: string) => unknown) | undefined;
  trace(): string | undefined {
    return callContext().traceparent;
  }
  async ask(question: () => unknown): Promise<unknown> {
    return question();
  }
  leave(listener: (text: string) => unknown): void {
    this.#held = listener;
  }
  take(): unknown {
    return this.#held;
  }
}
expose(Desk, ["trace", "ask", "leave", "take"]);

type Seen = Pick<InterceptedCall, "side" | "member" | "traceparent" | "peer" | "isRelayed">;

function noting(log: Seen[], traceparent?: string): Interceptor {
  return (call, next) => {
    const { side, member, peer, isRelayed } = call;
    log.push({ side, member, traceparent: call.traceparent, peer, isRelayed });
    return next(traceparent === undefined ? call : { ...call, traceparent });
  };
}

describe("what interceptors see beside a call, and may change", () => {
  test("the caller's trace context, and who the peer is", async () => {
    const client: Seen[] = [];
    const daemon: Seen[] = [];
    await using peers = await linkedPeers(
      { desk: new Desk() },
      { client: { interceptors: [noting(client)] }, daemon: { interceptors: [noting(daemon)] } },
    );
    expect(await withOptions(peers.object("desk"), { traceparent: TRACE }).trace()).toBe(TRACE);
    await peers.object("desk").trace();
    const peer = "ws://daemon.test/";
    expect(client).toEqual([
      { side: "client", member: "trace", traceparent: TRACE, peer, isRelayed: false },
      { side: "client", member: "trace", traceparent: undefined, peer, isRelayed: false },
    ]);
    expect(daemon).toMatchObject([
      { side: "server", traceparent: TRACE, isRelayed: false },
      { traceparent: undefined },
    ]);
  });

  test("another trace context goes to the peer, and to the calls that the member makes", async () => {
    const client: Seen[] = [];
    await using peers = await linkedPeers(
      { desk: new Desk() },
      {
        client: { interceptors: [noting(client, TRACE)] },
        daemon: {
          interceptors: [(call, next) => next(call.side === "server" ? { ...call, traceparent: OTHER } : call)],
        },
      },
    );
    expect(await peers.object("desk").trace()).toBe(OTHER);
    expect(await peers.object("desk").ask(() => "asked")).toBe("asked");
    expect(client.slice(1)).toMatchObject([
      { side: "client", member: "ask", traceparent: undefined },
      { side: "server", member: "", traceparent: OTHER },
    ]);
  });

  test("that a call is passed on for another client, on both of its ways", async () => {
    const daemon: Seen[] = [];
    await using peers = await linkedPeers({ desk: new Desk() }, { daemon: { interceptors: [noting(daemon)] } });
    const owner = peers.another({ subject: "owner" });
    await owner.object("desk").leave((text) => `heard ${text}`);
    const held = (await peers.object("desk").take()) as (text: string) => Promise<unknown>;
    daemon.length = 0;
    expect(await held("news")).toBe("heard news");
    expect(daemon.map(({ side, isRelayed }) => [side, isRelayed])).toEqual([
      ["server", true],
      ["client", true],
    ]);
    daemon.length = 0;
    await peers.object("desk").ask(() => 1);
    expect(daemon.map(({ side, isRelayed }) => [side, isRelayed])).toEqual([
      ["server", false],
      ["client", false],
    ]);
  });
});
