import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { connectionOf, withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import type { Interceptor } from "../../src/objects/interceptor.js";
import { connect } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";

const key = Key.generate({ id: "test" });

class Desk {
  ended = 0;
  tries = 0;
  async ask(question: Remote<(text: string) => string>): Promise<string> {
    return `${callContext().annotations["tenant"] ?? "nobody"}: ${await question("ready?")}`;
  }
  flaky(): number {
    if (++this.tries < 3) throw new RangeError("not now");
    return this.tries;
  }
  async *count(): AsyncGenerator<number> {
    try {
      for (let item = 1; ; item++) yield item;
    } finally {
      this.ended++;
    }
  }
  fail(): never {
    throw new RangeError("on purpose");
  }
}
expose(Desk, ["ask", "flaky", "count", "fail"]);

/** Notes call and outcome after each has passed, on Node in the context of the call that it runs in. */
function metrics(log: string[]): Interceptor {
  return async (call, next) => {
    const name = `${call.side} ${call.object}.${call.member}`;
    try {
      const result = await next(call);
      log.push(`${name} ok${call.side === "server" && call.object !== "" ? ` for ${callContext().principal.id}` : ""}`);
      return result;
    } catch (error) {
      log.push(`${name} ${(error as Error).name}`);
      throw error;
    }
  };
}

async function setUp({ client = [], server = [] }: { client?: Interceptor[]; server?: Interceptor[] }) {
  const desk = new Desk();
  const threw: string[] = [];
  const daemon = await serve({ desk }, { keys: key, interceptors: server });
  daemon.on("threw", ({ message }) => void threw.push(message));
  const proxy = await connect<Desk>(daemon.url("desk"), { key, interceptors: client, isolated: true });
  return {
    desk,
    proxy,
    threw,
    [Symbol.asyncDispose]: () =>
      connectionOf(proxy)
        .close()
        .then(() => daemon.close()),
  };
}

describe("interceptors over a socket", () => {
  it("see calls, callbacks within them, results and errors on both sides", async () => {
    const [client, server]: [string[], string[]] = [[], []];
    await using scene = await setUp({ client: [metrics(client)], server: [metrics(server)] });
    expect(await scene.proxy.ask((text) => `${text} yes`)).toBe("nobody: ready? yes");
    await expect(scene.proxy.fail()).rejects.toMatchObject({ name: "RangeError" });
    expect(client).toEqual(["server . ok", "client desk.ask ok", "client desk.fail RangeError"]);
    expect(server).toEqual(["client . ok", "server desk.ask ok for key:test", "server desk.fail RangeError"]);
    expect(scene.threw).toEqual(["on purpose"]);
  });

  it("authorize by what the caller sent along", async () => {
    const authorizing: Interceptor = (call, next) => {
      if (call.side === "server" && call.annotations["token"] !== "secret") throw new Error("no token");
      return next(call);
    };
    const tokens: Interceptor = (call, next) => next({ ...call, annotations: { token: "secret", tenant: "acme" } });
    await using bare = await setUp({ server: [authorizing] });
    await expect(bare.proxy.flaky()).rejects.toMatchObject({ message: "no token" });
    expect([bare.desk.tries, bare.threw]).toEqual([0, ["no token"]]);
    await using scene = await setUp({ client: [tokens], server: [authorizing] });
    expect(await scene.proxy.ask(() => "yes")).toBe("acme: yes");
  });

  it("try again", async () => {
    const retrying: Interceptor = async (call, next) => {
      for (let tries = 1; ; tries++) {
        try {
          return await next(call);
        } catch (error) {
          if (tries === 3) throw error;
        }
      }
    };
    await using scene = await setUp({ client: [retrying] });
    expect(await scene.proxy.flaky()).toBe(3);
  });

  it("wrap a stream on both sides, which ends its producer on break", async () => {
    const adding: Interceptor = async (call, next) => {
      const items = (await next(call)) as AsyncIterable<number>;
      return (async function* () {
        for await (const item of items) yield item + 100;
      })();
    };
    await using scene = await setUp({ client: [adding], server: [adding] });
    const items: number[] = [];
    for await (const item of scene.proxy.count()) {
      items.push(item);
      if (items.length === 3) break;
    }
    expect(items).toEqual([201, 202, 203]);
    await expect.poll(() => scene.desk.ended).toBe(1);
  });

  it("of the daemon that hang are bounded by the caller's deadline", async () => {
    await using scene = await setUp({ server: [() => new Promise(() => undefined)] });
    await expect(withOptions(scene.proxy, { timeoutMs: 20 }).flaky()).rejects.toMatchObject({ code: "HW_DEADLINE" });
  });
});
