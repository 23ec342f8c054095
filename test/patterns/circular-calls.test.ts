import { afterEach, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import type { Remote } from "../../src/client/remote.js";
import { openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

interface Station {
  /** Sends a ball on to the next station until it has no hops left, and says by whom it went. */
  pass(hops: number): string | Promise<string>;
}

const key = Key.generate({ id: "ring" });
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Daemons of which each calls the next and the last the first, over one connection each. */
async function ring(...names: readonly string[]): Promise<readonly Remote<Station>[]> {
  const next = new Map<string, Remote<Station>>();
  const daemons: Daemon[] = [];
  for (const name of names) {
    const pass = async (hops: number): Promise<string> =>
      hops === 0 ? name : `${name} ${await next.get(name)!.pass(hops - 1)}`;
    const daemon = await serve({ station: { pass } }, { keys: key });
    cleanups.push(() => daemon.close({ graceMs: 0 }));
    daemons.push(daemon);
  }
  const stations = daemons.map((daemon) => {
    const connection = openConnection<{ station: Station }>(daemon.url(), { key });
    cleanups.push(() => connection.close());
    return connection.object("station");
  });
  for (const [index, name] of names.entries()) next.set(name, stations[(index + 1) % names.length]!);
  return stations;
}

describe("calls in a circle", () => {
  it("come back to a daemon whose own call still runs, and all of them return", async () => {
    const [a] = await ring("A", "B");
    expect(await a!.pass(4)).toBe("A B A B A");
  });

  it("may start everywhere at once, over the same proxies", async () => {
    const stations = await ring("A", "B", "C");
    const passes = stations.flatMap((station) => [station.pass(7), station.pass(5), station.pass(3)]);
    const routes = await Promise.all(passes);
    expect(routes.map((route) => route.split(" ").length)).toEqual([8, 6, 4, 8, 6, 4, 8, 6, 4]);
  });

  it("go back and forth over one connection by callbacks", async () => {
    const server = {
      async descend(depth: number, back: (depth: number) => number | Promise<number>): Promise<number> {
        return depth === 0 ? 0 : 1 + (await back(depth - 1));
      },
    };
    await using peers = await linkedPeers({ server });
    const back = async (depth: number): Promise<number> => 1 + (await peers.object("server").descend(depth, back));
    expect(await peers.object("server").descend(10, back)).toBe(20);
  });
});
