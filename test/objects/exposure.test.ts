import { expect, it } from "vitest";
import type { Remote } from "../../src/client/remote.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { openHome, URL_OF_HOME } from "../client/home.js";
import { Peer, refusal } from "./inbound.js";

class Shop {
  buy(): string {
    return "bought";
  }
  sell(): string {
    return "sold";
  }
}

it("what a class exposes later is there for proxies that come after, without a word to a cache", async () => {
  class Late extends Shop {}
  expose(Late, ["buy"]);
  const { connect, daemon, options } = openHome();
  daemon.register(new Late(), { id: "late" });
  const early = await connect<Shop>(`${URL_OF_HOME}late`, options);
  expect(["buy" in early, "sell" in early]).toEqual([true, false]);

  expose(Late, ["sell"]);
  const later = await connect<Shop>(`${URL_OF_HOME}late`, options);
  expect(["buy" in later, "sell" in later, await later.sell()]).toEqual([true, true, "sold"]);
  // The members of a proxy are those that it was told when it came.
  expect("sell" in early).toBe(false);
});

it("what a class exposes later is there for instances that are given from then on, in the same session", async () => {
  class Later extends Shop {}
  expose(Later, ["buy"]);
  await using peers = await linkedPeers({ counter: { open: (): Shop => new Later() } });
  const open = async (): Promise<Remote<Shop>> => peers.object("counter").open();
  const early = await open();
  expose(Later, ["sell"]);
  const later = await open();
  expect(["sell" in early, "sell" in later, await later.sell()]).toEqual([false, true, "sold"]);
});

it("what a class exposes later is there for instances that are made for an id", async () => {
  class Made extends Shop {}
  expose(Made, ["buy"]);
  const peer = new Peer({ made: Made });
  expect(await peer.call("made", "buy")).toBe("bought");
  expect(await refusal(() => peer.call("made", "sell"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  expose(Made, ["sell"]);
  expect(await peer.call("made", "sell")).toBe("sold");
});

it("what a class exposes later is not there for an object that was registered with members of its own", async () => {
  class Listed extends Shop {}
  const peer = new Peer({});
  peer.registry.register(new Listed(), { id: "listed", expose: ["buy"] });
  expose(Listed, ["sell"]);
  expect(await refusal(() => peer.call("listed", "sell"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  expect(peer.call("listed", "buy")).toBe("bought");
});
