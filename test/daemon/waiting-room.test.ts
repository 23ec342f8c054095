import { describe, expect, it } from "vitest";
import { type Guest, WaitingRoom } from "../../src/daemon/waiting-room.js";

class TestGuest implements Guest {
  readonly address: string | undefined;
  sentAwayAt: number | undefined;
  constructor(address?: string) {
    this.address = address;
  }
  closeForRoom(limit: number): void {
    this.sentAwayAt = limit;
  }
}

function enter(room: WaitingRoom<TestGuest>, count: number, address: (i: number) => string | undefined): TestGuest[] {
  const guests = Array.from({ length: count }, (_, i) => new TestGuest(address(i)));
  for (const guest of guests) room.enter(guest);
  return guests;
}

describe("WaitingRoom", () => {
  it("holds 64 guests and sends the oldest away for the 65th", () => {
    const room = new WaitingRoom<TestGuest>();
    const guests = enter(room, 64, (i) => `10.0.0.${i}`);
    expect(guests.map((guest) => guest.sentAwayAt)).toEqual(Array.from({ length: 64 }, () => undefined));
    room.enter(new TestGuest("10.1.0.1"));
    expect(guests.map((guest) => guest.sentAwayAt)).toEqual([64, ...Array.from({ length: 63 }, () => undefined)]);
    expect(room.size).toBe(64);
  });

  it("holds 8 guests of one address and sends the oldest of them away for the ninth", () => {
    const room = new WaitingRoom<TestGuest>();
    const [stranger] = enter(room, 1, () => "10.9.9.9");
    const guests = enter(room, 8, () => "10.0.0.1");
    expect(guests[0]!.sentAwayAt).toBeUndefined();
    room.enter(new TestGuest("10.0.0.1"));
    expect(guests[0]!.sentAwayAt).toBe(8);
    expect(guests[1]!.sentAwayAt).toBeUndefined();
    expect(stranger!.sentAwayAt).toBeUndefined();
  });

  it("gives guests without an address only the limit in all", () => {
    const room = new WaitingRoom<TestGuest>();
    const guests = enter(room, 64, () => undefined);
    expect(guests.every((guest) => guest.sentAwayAt === undefined)).toBe(true);
    room.enter(new TestGuest());
    expect(guests[0]!.sentAwayAt).toBe(64);
  });

  it("has room again when a guest leaves", () => {
    const room = new WaitingRoom<TestGuest>();
    const guests = enter(room, 8, () => "10.0.0.1");
    room.leave(guests[3]!);
    room.enter(new TestGuest("10.0.0.1"));
    expect(guests.every((guest) => guest.sentAwayAt === undefined)).toBe(true);
  });

  it("sends nobody away for a guest who is there already", () => {
    const room = new WaitingRoom<TestGuest>();
    const guests = enter(room, 64, () => undefined);
    room.enter(guests[0]!);
    expect(guests.every((guest) => guest.sentAwayAt === undefined)).toBe(true);
    room.enter(new TestGuest());
    expect([guests[0]!.sentAwayAt, guests[1]!.sentAwayAt, room.size]).toEqual([undefined, 64, 64]);
  });

  it("can be walked through while its guests leave", () => {
    const room = new WaitingRoom<TestGuest>();
    enter(room, 5, () => undefined);
    let met = 0;
    for (const guest of room) {
      room.leave(guest);
      met++;
    }
    expect([met, room.size]).toEqual([5, 0]);
  });
});
