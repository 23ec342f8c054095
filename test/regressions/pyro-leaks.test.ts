import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import { connectionOf, withOptions } from "../../src/client/proxy-functions.js";
import { openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { callContext } from "../../src/objects/call-context.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import type { Message } from "../../src/wire/message.js";
import { Bench, type RawPeer } from "../daemon/raw-peer.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function answerTo(peer: RawPeer, call: Message): Promise<Message> {
  peer.say(call);
  const id = call[1] as number;
  return Promise.race([peer.answer("ok", id), peer.answer("err", id)]);
}

describe("W17: a peer learns of no object that it can't name", () => {
  test("W17: nothing lists the objects of a daemon, unless its program says so", async () => {
    // Pyro's daemon told everybody all of its ids, so that an id which nobody could guess protected nothing.
    await using peers = await linkedPeers({ vault: { open: () => 1 } });
    const connection = peers.connection as { object(id: string): Record<string, () => Promise<unknown>> };
    for (const id of ["hearthwire.daemon", "hearthwire", "Pyro.Daemon", "daemon"]) {
      for (const member of ["objects", "registered", "list", "metadata"]) {
        await expect(connection.object(id)[member]!()).rejects.toMatchObject({
          code: expect.stringMatching(/^HW_NO_SUCH_(OBJECT|MEMBER)$/) as string,
        });
      }
    }
  });

  test("W17: a name that is nearly right gets the answer of every other that is wrong", async () => {
    // Suggesting "did you mean" is for the daemon's own program, where it helps; a peer would learn names by it.
    const peer = await new Bench({ objects: { vault: { open: () => 1 } } }).member();
    const answers = new Set<string>();
    for (const [id, object] of [
      [1, "vaul"],
      [2, "Vault"],
      [3, "vaults"],
      [4, "quite-another"],
    ] as const) {
      const [, , record] = await answerTo(peer, ["look", id, object]);
      answers.add(JSON.stringify(record).replace(object, "X"));
    }
    expect(answers.size).toBe(1);
    expect([...answers][0]).not.toContain("vault");
  });
});

describe("W18: what went wrong inside stays inside", () => {
  test("W18: no stack, path or source line crosses, in an answer, a stream or a cause", async () => {
    // Pyro sent the whole traceback with every exception, with paths and source lines, and no option stopped it.
    class Thing {
      fail(): never {
        throw new TypeError("it failed", { cause: new RangeError("deep inside") });
      }
      async *stream(): AsyncGenerator<number> {
        yield 1;
        this.fail();
      }
    }
    const thing = new Thing();
    const bench = new Bench({ objects: { thing: { fail: () => thing.fail(), stream: () => thing.stream() } } });
    const threw: string[] = [];
    bench.daemon.on("threw", (error) => threw.push(error.stack ?? ""));
    const peer = await bench.member();
    await answerTo(peer, ["call", 1, "thing", "fail", { json: [] }]);
    await answerTo(peer, ["call", 2, "thing", "stream", { json: [] }]);
    await peer.answer("fail");
    const sent = JSON.stringify(peer.messages());
    expect(sent).toMatch(/it failed.*deep inside/);
    expect(sent).not.toMatch(/stack|pyro-leaks|node_modules|\.ts|\bat /);
    // The program that serves has them.
    expect(threw).toHaveLength(2);
    expect(threw[0]).toContain("pyro-leaks.test.ts");
  });
});

describe("W21: what a caller sent along goes one hop", () => {
  /** What is known of a call where it arrives. */
  interface Seen {
    readonly who: string;
    readonly annotations: object;
  }
  const seenHere = (): Seen => {
    const { principal, annotations } = callContext();
    return { who: principal.id, annotations: { ...annotations } };
  };

  /** Two daemons over sockets, the front calling the back with a key of its own, and a client of the front. */
  async function threeParties() {
    const seen: Record<string, Seen[]> = { front: [], back: [], callback: [] };
    const backKey = Key.generate({ id: "front-at-back" });
    const back = await serve(
      {
        ledger: {
          book: (): void => void seen["back"]!.push(seenHere()),
          bookBy: async (report: () => unknown): Promise<void> => {
            seen["back"]!.push(seenHere());
            await report();
          },
        },
      },
      { keys: backKey },
    );
    cleanups.push(() => back.close({ graceMs: 0 }));
    const atBack = openConnection<{ ledger: { book(): void; bookBy(report: () => unknown): void } }>(back.url(), {
      key: backKey,
    });
    cleanups.push(() => atBack.close());
    const ledger = atBack.object("ledger");
    const userKey = Key.generate({ id: "user" });
    const front = await serve(
      {
        shop: {
          buy: async (): Promise<void> => {
            seen["front"]!.push(seenHere());
            await ledger.book();
            await Promise.resolve();
            // After an await the context is still the call's.
            await ledger.book();
          },
          buyAndReport: async (): Promise<void> => {
            seen["front"]!.push(seenHere());
            await ledger.bookBy(() => void seen["callback"]!.push(seenHere()));
          },
          buyAndAsk: async (ask: () => Promise<unknown>): Promise<void> => {
            seen["front"]!.push(seenHere());
            await ask();
          },
        },
      },
      { keys: userKey },
    );
    cleanups.push(() => front.close({ graceMs: 0 }));
    const atFront = openConnection<{
      shop: { buy(): void; buyAndReport(): void; buyAndAsk(ask: () => unknown): void };
    }>(front.url(), { key: userKey });
    cleanups.push(() => atFront.close());
    const shop = withOptions(atFront.object("shop"), { annotations: { token: "user's own" } });
    return { seen, shop, ledger };
  }

  const user: Seen = { who: "key:user", annotations: { token: "user's own" } };

  test("W21: a method that calls a third party sends it neither its caller's annotations nor credentials", async () => {
    // Pyro resent the annotations of the call that was running, tokens among them, with every call made meanwhile.
    const { seen, shop } = await threeParties();
    await shop.buy();
    expect(seen["front"]).toEqual([user]);
    const plain: Seen = { who: "key:front-at-back", annotations: {} };
    expect(seen["back"]).toEqual([plain, plain]);
  });

  test("W21: nor does the third party when it calls back", async () => {
    // The annotations of a Pyro callback were those of whatever call its thread had served last.
    const { seen, shop } = await threeParties();
    await shop.buyAndReport();
    expect(seen["back"]).toEqual([{ who: "key:front-at-back", annotations: {} }]);
    expect(seen["callback"]!.map(({ annotations }) => annotations)).toEqual([{}]);
    expect(seen["callback"]![0]!.who).not.toBe("key:user");
  });

  test("W21: nor do they come back to the caller with a callback", async () => {
    // What a client of Pyro sent once was in the context of its own callbacks, and went on from there.
    const { seen, shop, ledger } = await threeParties();
    await shop.buyAndAsk(async () => {
      seen["callback"]!.push(seenHere());
      await ledger.book();
    });
    expect([...seen["callback"]!, ...seen["back"]!].map(({ annotations }) => annotations)).toEqual([{}, {}]);
  });

  test("W21: what is sent on purpose arrives, and with that call alone", async () => {
    // Pyro's way to send an annotation on was to do nothing, and its way not to was to clear it by hand.
    const { seen, ledger } = await threeParties();
    await withOptions(ledger, { annotations: { trace: "7" } }).book();
    await ledger.book();
    expect(seen["back"]!.map(({ annotations }) => annotations)).toEqual([{ trace: "7" }, {}]);
  });
});

describe("W22: secrets are written nowhere", () => {
  test("W22: neither logs nor what is inspected show a key or what a handshake carried", async () => {
    // PYRO_LOGWIRE wrote handshakes and signatures to the log, and the tool that prints the configuration passwords.
    const lines: string[] = [];
    const log = (message: string, fields?: object): void => void lines.push(message, inspect(fields, { depth: 9 }));
    const logger = { debug: log, info: log, warn: log, error: log };
    const key = Key.generate({ id: "user" });
    const daemon = await serve(
      { shop: { buy: () => "candle", fail: () => Promise.reject(new Error("sold out")) } },
      { keys: key, logger, onHandshake: ({ data }) => data },
    );
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    const connection = openConnection<{ shop: { buy(): string; fail(): void } }>(daemon.url(), {
      key,
      logger,
      handshake: { password: "swordfish" },
    });
    cleanups.push(() => connection.close());
    const shop = connection.object("shop");
    await shop.buy();
    await shop.fail().catch(() => undefined);
    await connection.close();
    const refused = openConnection(daemon.url(), { key: Key.generate({ id: "user" }), logger, isolated: true });
    await refused.ready.catch(() => undefined);
    expect(lines.length).toBeGreaterThan(0);
    for (const shown of [key, daemon, connection, shop, connectionOf(shop), daemon.keys, refused]) {
      lines.push(inspect(shown, { depth: 9, showHidden: true, getters: true }), JSON.stringify(shown) ?? "");
    }
    // Without the spaces and ends of lines that an inspected array is laid out with.
    const text = lines.join("\n").replaceAll(/\s/g, "");
    const bytes = Buffer.from(key.export());
    for (const secret of [bytes.toString("hex"), bytes.toString("base64url"), bytes.join(), "swordfish"]) {
      expect(text.includes(secret)).toBe(false);
    }
    // A Buffer shows its bytes in hex, with spaces.
    expect(text).not.toContain(bytes.toString("hex", 0, 8));
  });
});
