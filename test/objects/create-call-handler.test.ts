import { describe, expect, it, vi } from "vitest";
import { expose } from "../../src/objects/expose.js";
import { FakeCall, Peer, refusal, settled } from "./inbound.js";

class Line {
  count = 1;
  reads = 0;
  notes: string[] = [];
  label = "apple";
  add(amount: number) {
    this.count += amount;
    return this.count;
  }
  async addLater(amount: number) {
    await settled();
    return this.add(amount);
  }
  fail() {
    throw new RangeError("too many");
  }
  *items() {
    yield this.count;
  }
  note(text: string) {
    this.notes.push(text);
  }
  get quantity() {
    this.reads++;
    return this.count;
  }
  set quantity(value: number) {
    this.count = value;
  }
  get fixed() {
    return 7;
  }
  set fixed(_value: number) {
    this.notes.push("a private setter ran");
  }
}
expose(Line, {
  members: {
    add: {},
    addLater: {},
    fail: {},
    items: {},
    note: { oneway: true },
    quantity: { writable: true },
    fixed: {},
  },
});

describe("a call", () => {
  it("runs the method with its object as `this` and gives the result in the same turn", () => {
    const line = new Line();
    expect(new Peer({ line }).call("line", "add", 2)).toBe(3);
    expect(line.count).toBe(3);
  });

  it("gives the promise of an async method", async () => {
    await expect(new Peer({ line: new Line() }).call("line", "addLater", 4)).resolves.toBe(5);
  });

  it("passes on what the method throws", () => {
    expect(() => new Peer({ line: new Line() }).call("line", "fail")).toThrow(RangeError);
  });

  it("reaches an instance of an exposed class by reference, registered or not", () => {
    const line = new Line();
    expect(new Peer({}).call(line, "add", 1)).toBe(2);
    expect(new Peer({ line }).call(line, "add", 1)).toBe(3);
  });

  it("reaches a function by reference and by id, without a `this`", () => {
    const whoIsThis = vi.fn(function (this: unknown, value: number) {
      return [this, value];
    });
    expect(new Peer({}).call(whoIsThis, "", 1)).toEqual([undefined, 1]);
    expect(new Peer({ whoIsThis }).call("whoIsThis", "", 2)).toEqual([undefined, 2]);
  });

  it("reaches nothing of an object whose class isn't exposed", async () => {
    class Bare {
      open() {}
    }
    const peer = new Peer({});
    expect(await refusal(() => peer.call(new Bare(), "open"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(await refusal(() => peer.handler.members(new Bare()))).toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
  });

  it("runs what the instance has under an exposed name, such as a spy", () => {
    const line = new Line();
    vi.spyOn(line, "add").mockReturnValue(99);
    expect(new Peer({ line }).call("line", "add", 1)).toBe(99);
  });

  it("finds no member where the instance covers the method with data", async () => {
    const line = new Line();
    Object.defineProperty(line, "add", { value: "secret" });
    const peer = new Peer({ line });
    expect(await refusal(() => peer.call("line", "add"))).toEqual({
      code: "HW_NO_SUCH_MEMBER",
      message: 'The object "line" has no member "add" that you can use',
    });
  });

  it("serves a literal's functions as they were when it was registered, with the literal as `this`", async () => {
    const literal = {
      base: 40,
      add(amount: number) {
        return this.base + amount;
      },
    };
    const peer = new Peer({ literal });
    literal.add = () => 0;
    Object.assign(literal, { later: () => 1 });
    expect(peer.call("literal", "add", 2)).toBe(42);
    expect(await refusal(() => peer.call("literal", "later"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(await refusal(() => peer.get("literal", "base"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });

  it("doesn't make the call's signal when nobody asks for it", () => {
    const call = new FakeCall("line", "add", [1]);
    new Peer({ line: new Line() }).handler.run(call);
    expect(call.signalsAsked).toBe(0);
  });
});

describe("accessors", () => {
  it("are read and, when writable, written", () => {
    const line = new Line();
    const peer = new Peer({ line });
    expect(peer.get("line", "quantity")).toBe(1);
    expect(peer.set("line", "quantity", 5)).toBeUndefined();
    expect(line.count).toBe(5);
  });

  it.each([
    ["set", "fixed", /"fixed" of the object "line" can't be written/],
    ["set", "add", /"add" of the object "line" can't be written/],
    ["get", "add", /"add" of the object "line" is a method: call it/],
    ["call", "quantity", /"quantity" of the object "line" is an accessor: read it/],
  ] as const)("are not confused with methods: %s of %s is refused with the remedy", async (use, member, message) => {
    const line = new Line();
    const peer = new Peer({ line });
    const refused = await refusal(() => peer[use]("line", member, 1));
    expect(refused.code).toBe("HW_NO_SUCH_MEMBER");
    expect(refused.message).toMatch(message);
    expect(line).toMatchObject({ count: 1, reads: 0, notes: [] });
  });
});

describe("one-way members", () => {
  it("run when called without an answer", () => {
    const line = new Line();
    const call = new FakeCall("line", "note", ["hi"], { isOneway: true });
    new Peer({ line }).handler.run(call);
    expect(line.notes).toEqual(["hi"]);
    expect(call.answeredEarly).toBe(0);
  });

  it("are answered before they run when called with an answer", () => {
    const order: string[] = [];
    const line = new Line();
    vi.spyOn(line, "note").mockImplementation(() => void order.push("ran"));
    const call = new FakeCall("line", "note", ["hi"]);
    vi.spyOn(call, "answerEarly").mockImplementation(() => void order.push("answered"));
    new Peer({ line }).handler.run(call);
    expect(order).toEqual(["answered", "ran"]);
  });

  it.each(["call", "get", "set"] as const)("are what a %s without an answer is for: others don't run", async (kind) => {
    const line = new Line();
    const member = kind === "call" ? "add" : "quantity";
    const call = new FakeCall("line", member, [5], { kind, isOneway: true });
    const peer = new Peer({ line });
    expect(await refusal(() => peer.handler.run(call))).toMatchObject({
      code: "HW_NO_SUCH_MEMBER",
      message: expect.stringContaining("isn't declared one-way: it did not run"),
    });
    expect(line).toMatchObject({ count: 1, reads: 0 });
  });

  it("are not answered early when the call is refused", async () => {
    const call = new FakeCall("line", "note", ["hi"]);
    const peer = new Peer({ line: new Line() }, { authorize: () => false });
    await refusal(() => peer.handler.run(call));
    expect(call.answeredEarly).toBe(0);
  });
});

describe("members", () => {
  it("are listed by name with their kinds", () => {
    expect(new Peer({ line: new Line() }).handler.members("line")).toEqual([
      ["add", "method"],
      ["addLater", "method"],
      ["fail", "method"],
      ["fixed", "get"],
      ["items", "stream"],
      ["note", "oneway"],
      ["quantity", "get set"],
    ]);
  });

  it("of a function are the function itself", () => {
    const peer = new Peer({ now: () => 1 });
    expect(peer.handler.members("now")).toEqual([["", "method"]]);
    expect(peer.handler.members(function* () {})).toEqual([["", "stream"]]);
  });

  it("are the same list for each object of a class", () => {
    const { handler } = new Peer({ line: new Line() });
    expect(handler.members("line")).toBe(handler.members(new Line()));
  });
});

describe("isExposed", () => {
  class Bare {
    open() {}
  }

  it("says which objects travel by reference", () => {
    const registered = new Bare();
    const peer = new Peer({ literal: { open() {} } });
    peer.registry.register(registered, { id: "bare", expose: ["open"] });
    expect(peer.handler.isExposed(new Line())).toBe(true);
    expect(peer.handler.isExposed(registered)).toBe(true);
  });

  it.each([
    ["an object whose class isn't exposed", new Bare()],
    ["a plain object", {}],
    ["an object without prototype", Object.create(null) as object],
    ["an exposed class", Line],
    ["an exposed class's prototype", Line.prototype],
    ["a function", () => {}],
    ["an array", []],
    ["a Map", new Map()],
  ])("says no of %s", (_, value) => {
    expect(new Peer({}).handler.isExposed(value)).toBe(false);
  });

  it("says no of a registered literal, which travels by value", () => {
    const literal = { open() {} };
    expect(new Peer({ literal }).handler.isExposed(literal)).toBe(false);
  });
});
