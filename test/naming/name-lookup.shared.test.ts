import { describe, expect, it } from "vitest";
import { NameLookup, type NameLookupOptions } from "../../src/naming/name-lookup.js";
import type { NameChange, Registration } from "../../src/naming/registration.js";
import { NamingError } from "../../src/errors/hearthwire-error.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { parseNamedAddress } from "../../src/wire/named-address.js";
import { at } from "./names-world.js";

function lookupBy(directory: object, address = "hearthwire:chat") {
  const clock = fakeClock();
  const open = () => ({ object: () => directory, close: () => Promise.resolve() });
  const asker = { connector: { environment: { clock }, open }, options: {} };
  const place = { serverUrl: "ws://127.0.0.1:7765/", objectId: "names" };
  const options = { ...place, address, named: parseNamedAddress(address), asker, line: {} };
  return { clock, lookup: new NameLookup(options as unknown as NameLookupOptions) };
}

const registered = (port: number): Registration => ({
  name: "chat",
  address: at(port),
  tags: [],
  owner: "key:ann",
  load: 0,
  leaseEndsAt: undefined,
});

describe("NameLookup", () => {
  it("asks at most once a second, however soon a name server says that there is nothing", async () => {
    let count = 0;
    const refuse = () => Promise.reject(new NamingError("HW_NAME_UNKNOWN", `none, ${++count}`));
    const { clock, lookup } = lookupBy({ lookup: refuse });
    const ending = new AbortController();
    let listeners = 0;
    const { signal } = ending;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    const finding = lookup.find(0, ending.signal).catch((error: unknown) => error);
    await clock.advance(3_500);
    expect([count, listeners]).toEqual([4, 1]);
    ending.abort("enough");
    expect(await finding).toBe("enough");
    expect(clock.pendingTimers).toBe(0);
  });

  it("knows so many replicas and no more, of a name server that tells of ever new ones", async () => {
    async function* watch(): AsyncGenerator<NameChange> {
      for (let port = 1; port <= 10_001; port++) yield { kind: "added", registration: registered(port) };
      yield { kind: "listed" };
    }
    const { lookup } = lookupBy({ watch });
    for await (const replicas of lookup.watch(new AbortController().signal)) {
      expect(replicas).toHaveLength(10_000);
      break;
    }
  });
});
