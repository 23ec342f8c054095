import { describe, expect, test } from "vitest";
import type { ChatEvent } from "./chat.js";
import { clientOf, reachApps } from "./support/reach-apps.js";

/** A participant, as far as a room knows one. */
class Guest {
  readonly heard: string[] = [];
  readonly listen = ({ kind, name, text }: ChatEvent): void => {
    this.heard.push(text === undefined ? `${name} ${kind}` : `${name}: ${text}`);
  };
}

describe("a chat", () => {
  test("tells everybody in the room who comes and what is said", async () => {
    await using daemon = await reachApps();
    await using adas = await clientOf(daemon);
    await using bobs = await clientOf(daemon);
    await using cats = await clientOf(daemon);
    const [ada, bob, cat] = [new Guest(), new Guest(), new Guest()];
    expect(await adas.object("chat").join("tea", "Ada", ada.listen)).toEqual(["Ada"]);
    expect(await bobs.object("chat").join("tea", "Bob", bob.listen)).toEqual(["Ada", "Bob"]);
    await cats.object("chat").join("other room", "Cat", cat.listen);
    await bobs.object("chat").say("hello");
    await adas.object("chat").say("good day");
    const since = ["Bob joined", "Bob: hello", "Ada: good day"];
    await expect.poll(() => ada.heard).toEqual(["Ada joined", ...since]);
    await expect.poll(() => bob.heard).toEqual(since);
    expect(cat.heard).toEqual(["Cat joined"]);
  });

  test("tells the others that somebody has left, by saying so or by going away", async () => {
    await using daemon = await reachApps();
    await using adas = await clientOf(daemon);
    await using bobs = await clientOf(daemon);
    const cats = await clientOf(daemon);
    const ada = new Guest();
    await adas.object("chat").join("presence", "Ada", ada.listen);
    await bobs.object("chat").join("presence", "Bob", () => {});
    await cats.object("chat").join("presence", "Cat", () => {});
    expect(await adas.object("chat").present).toEqual(["Ada", "Bob", "Cat"]);
    await bobs.object("chat").leave();
    await cats.close();
    await expect.poll(() => ada.heard.slice(-2)).toEqual(["Bob left", "Cat left"]);
    expect(await adas.object("chat").present).toEqual(["Ada"]);
  });

  test("lets nobody in under a name that is taken, and says why", async () => {
    await using daemon = await reachApps();
    await using adas = await clientOf(daemon);
    await using others = await clientOf(daemon);
    await adas.object("chat").join("names", "Ada", () => {});
    await expect(others.object("chat").join("names", "Ada", () => {})).rejects.toMatchObject({
      name: "RangeError",
      code: "E_NAME_TAKEN",
    });
    expect(await adas.object("chat").present).toEqual(["Ada"]);
  });

  test("goes on when somebody's listener fails", async () => {
    await using daemon = await reachApps();
    await using adas = await clientOf(daemon);
    await using bobs = await clientOf(daemon);
    const ada = new Guest();
    await bobs.object("chat").join("broken", "Bob", () => {
      throw new Error("this page is broken");
    });
    await adas.object("chat").join("broken", "Ada", ada.listen);
    await bobs.object("chat").say("hello");
    await expect.poll(() => ada.heard).toEqual(["Ada joined", "Bob: hello"]);
  });
});
