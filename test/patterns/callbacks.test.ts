import { describe, expect, it } from "vitest";
import type { Remote } from "../../src/client/remote.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { settle } from "../client/stub-peer.js";

type Listener = (text: string) => string | void | Promise<string>;

class Room {
  readonly #listeners = new Map<string, Remote<Listener>>();

  join(name: string, listener: Remote<Listener>): void {
    this.#listeners.set(name, listener);
  }

  async ask(name: string, text: string): Promise<unknown> {
    return this.#listeners.get(name)!(text);
  }

  shout(text: string): void {
    for (const listener of this.#listeners.values()) void listener(text);
  }
}
expose(Room, ["join", "ask", "shout"]);

describe("a callback", () => {
  it("is called over the connection that the client made: it needs no daemon, address or port of its own", async () => {
    await using peers = await linkedPeers({ room: new Room() });
    const listener = peers.another();
    await listener.object("room").join("ann", (text) => text.toUpperCase());
    expect(await peers.object("room").ask("ann", "hello")).toBe("HELLO");
    expect(peers.daemon.sessions.size).toBe(2);
  });

  it("that throws rejects the call that waits for it, by name and message", async () => {
    await using peers = await linkedPeers({ room: new Room() });
    await peers
      .another()
      .object("room")
      .join("ann", () => {
        throw new RangeError("not listening");
      });
    await expect(peers.object("room").ask("ann", "hello")).rejects.toMatchObject({
      name: "RangeError",
      message: "not listening",
    });
  });

  it("that throws is told to its own side as well, as it was thrown", async () => {
    await using peers = await linkedPeers({ room: new Room() });
    const thrown = new RangeError("not listening");
    const told: unknown[] = [];
    peers.connection.on("threw", (error, call) => told.push(error, call));
    await peers.object("room").join("ann", () => {
      throw thrown;
    });
    await expect(peers.object("room").ask("ann", "hello")).rejects.toThrow("not listening");
    expect(told).toEqual([thrown, { object: "", member: "" }]);
    expect(told[0]).toBe(thrown);
  });

  it("that throws where nobody waits is told to the daemon, and the others hear all the same", async () => {
    await using peers = await linkedPeers({ room: new Room() });
    const unobserved: string[] = [];
    peers.daemon.on("unobserved", (error) => unobserved.push(`${error.name}: ${error.message}`));
    const heard: string[] = [];
    await peers
      .another()
      .object("room")
      .join("ann", () => {
        throw new RangeError("not listening");
      });
    await peers
      .another()
      .object("room")
      .join("bob", (text) => void heard.push(text));
    await peers.object("room").shout("hello");
    while (unobserved.length + heard.length < 2) await settle();
    expect([unobserved, heard]).toEqual([["RangeError: not listening"], ["hello"]]);
  });
});
