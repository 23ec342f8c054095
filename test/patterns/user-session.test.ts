import { expect, it } from "vitest";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { instancesOf } from "../../src/objects/instances-of.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

/** One user's notes, of all their windows. */
class Notes {
  readonly #texts: string[] = [];
  readonly owner: string;

  constructor(owner: string) {
    this.owner = owner;
  }

  add(text: string): string {
    this.#texts.push(text);
    return `${this.owner} has ${this.#texts.length}`;
  }
}
expose(Notes, ["add"]);

/** One window's place in the list. */
class Cursor {
  #line = 0;

  down(): number {
    const { locals } = callContext();
    locals.set("moves", ((locals.get("moves") as number | undefined) ?? 0) + 1);
    return ++this.#line;
  }

  moves(): unknown {
    return callContext().locals.get("moves");
  }
}
expose(Cursor, ["down", "moves"]);

const objects = {
  notes: instancesOf(Notes, { mode: "principal", create: ({ principal }) => new Notes(principal.subject) }),
  cursor: instancesOf(Cursor, { mode: "session" }),
};

it("a user's object is the same in all of their sessions, and nobody else's", async () => {
  await using peers = await linkedPeers(objects, { subject: "ann" });
  const again = peers.another({ subject: "ann" });
  const bob = peers.another({ subject: "bob" });
  expect(await peers.object("notes").add("milk")).toBe("ann has 1");
  expect(await again.object("notes").add("tea")).toBe("ann has 2");
  expect(await bob.object("notes").add("rope")).toBe("bob has 1");
});

it("a session's instance and its locals are its own, also of the same user", async () => {
  await using peers = await linkedPeers(objects, { subject: "ann" });
  const again = peers.another({ subject: "ann" });
  expect([await peers.object("cursor").down(), await peers.object("cursor").down()]).toEqual([1, 2]);
  expect(await again.object("cursor").down()).toBe(1);
  expect([await peers.object("cursor").moves(), await again.object("cursor").moves()]).toEqual([2, 1]);
});
