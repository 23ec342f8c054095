import { instancesOf, type Remote } from "hearthwire";
import { linkedPeers } from "hearthwire/testing";
import { expect, test } from "vitest";
import { type ChatEvent, type ChatListener, ChatRoom, ChatSeat } from "../../web-demo/server/chat.js";

/** A page as far as the room knows it: what it hears, as short texts. */
class Guest {
  readonly heard: string[] = [];

  readonly listener = (event: ChatEvent): void => {
    this.heard.push(`${event.kind} ${event.name}${event.text === "" ? "" : ` ${event.text}`}`);
  };
}

function roomOfSeats() {
  const room = new ChatRoom();
  return linkedPeers({ chat: instancesOf(ChatSeat, { mode: "session", create: () => new ChatSeat(room) }) });
}

test("everyone in the room hears who joins and what is said", async () => {
  await using peers = await roomOfSeats();
  const [ada, bob] = [new Guest(), new Guest()];
  const bobsSeat = peers.another().object("chat");
  expect(await peers.object("chat").join("Ada", ada.listener)).toEqual(["Ada"]);
  expect(await bobsSeat.join("  Bob ", bob.listener)).toEqual(["Ada", "Bob"]);
  await bobsSeat.say(" hello ");
  await expect.poll(() => ada.heard).toEqual(["joined Ada", "joined Bob", "said Bob hello"]);
  expect(bob.heard).toEqual(["joined Bob", "said Bob hello"]);
});

test("the others hear that a page has gone, without its saying so", async () => {
  await using peers = await roomOfSeats();
  const ada = new Guest();
  const bobsPage = peers.another();
  await peers.object("chat").join("Ada", ada.listener);
  await bobsPage.object("chat").join("Bob", () => {});
  await bobsPage.close();
  await expect.poll(() => ada.heard).toEqual(["joined Ada", "joined Bob", "left Bob"]);
});

test("who leaves can join again under the same name", async () => {
  await using peers = await roomOfSeats();
  const seat = peers.object("chat");
  await seat.join("Ada", () => {});
  await seat.leave();
  expect(await seat.join("Ada", () => {})).toEqual(["Ada"]);
});

test("a page whose listener fails does not hold the others up", async () => {
  await using peers = await roomOfSeats();
  const ada = new Guest();
  const bobsSeat = peers.another().object("chat");
  await bobsSeat.join("Bob", () => {
    throw new Error("this page is broken");
  });
  await peers.object("chat").join("Ada", ada.listener);
  await bobsSeat.say("hello");
  await expect.poll(() => ada.heard).toEqual(["joined Ada", "said Bob hello"]);
});

test.each([
  ["nothing is typed", "", "a name is needed to join"],
  ["only spaces are typed", "   ", "a name is needed to join"],
  ["it is no text", 7, "a name is needed to join"],
  ["it is taken", "Ada", "Ada is here already; choose another name"],
])("a name is refused when %s", async (_, name, message) => {
  await using peers = await roomOfSeats();
  await peers.object("chat").join("Ada", () => {});
  const join = peers
    .another()
    .object("chat")
    .join(name as string, () => {});
  await expect(join).rejects.toMatchObject({ message });
});

test("a seat is refused to who has one", async () => {
  await using peers = await roomOfSeats();
  await peers.object("chat").join("Ada", () => {});
  await expect(peers.object("chat").join("Bob", () => {})).rejects.toMatchObject({
    message: "this page has joined already",
  });
});

test("a listener that can't be called is refused, and the room goes on", async () => {
  await using peers = await roomOfSeats();
  const ada = new Guest();
  const byHand = peers.another().object("chat");
  await expect(byHand.join("Eve", "listener" as unknown as Remote<ChatListener>)).rejects.toMatchObject({
    message: "a listener is needed to join",
  });
  await peers.object("chat").join("Ada", ada.listener);
  await peers.object("chat").say("hello");
  await expect.poll(() => ada.heard).toEqual(["joined Ada", "said Ada hello"]);
});

test("who has not joined can't speak", async () => {
  await using peers = await roomOfSeats();
  await expect(peers.object("chat").say("hello")).rejects.toMatchObject({ message: "join first" });
});

test("names and texts are cut to what a page can show", async () => {
  await using peers = await roomOfSeats();
  const ada = new Guest();
  const seat = peers.object("chat");
  await seat.join("A".repeat(31), ada.listener);
  await seat.say("x".repeat(501));
  await expect.poll(() => ada.heard).toEqual([`joined ${"A".repeat(30)}`, `said ${"A".repeat(30)} ${"x".repeat(500)}`]);
});
