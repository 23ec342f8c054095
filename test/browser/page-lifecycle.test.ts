import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pageLifecycle } from "../../src/browser/page-lifecycle.js";

/** Counts its listeners. */
class HostTarget extends EventTarget {
  readonly heldTypes: string[] = [];

  override addEventListener(type: string, listener: EventListener, options?: AddEventListenerOptions): void {
    this.heldTypes.push(type);
    super.addEventListener(type, listener, options);
  }

  /** Called by the target itself when the listener's signal is aborted. */
  override removeEventListener(type: string, listener: EventListener, options?: EventListenerOptions): void {
    this.heldTypes.splice(this.heldTypes.indexOf(type), 1);
    super.removeEventListener(type, listener, options);
  }

  tell(type: string, fields: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(type), fields));
  }
}

class HostDocument extends HostTarget {
  visibilityState = "visible";

  become(visibilityState: "hidden" | "visible"): void {
    this.visibilityState = visibilityState;
    this.tell("visibilitychange");
  }
}

let window: HostTarget;
let document: HostDocument;
let told: string[];
let stop: (() => void) | undefined;

const line = {
  wake: () => void told.push("wake"),
  sleep: () => void told.push("sleep"),
  leave: () => void told.push("leave"),
};

function stubWindow(): void {
  window = new HostTarget();
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
}

beforeEach(() => {
  told = [];
  stubWindow();
  vi.stubGlobal("document", (document = new HostDocument()));
});
afterEach(() => {
  stop?.();
  vi.unstubAllGlobals();
});

describe("a line is woken", () => {
  beforeEach(() => (stop = pageLifecycle(line)));

  it.each([
    ["when there is a network again", () => window.tell("online")],
    ["when the page is looked at", () => document.become("visible")],
    ["when the page comes out of the back/forward cache", () => window.tell("pageshow", { persisted: true })],
    ["when the page is no longer frozen, seen or not", () => document.tell("resume")],
  ])("%s", (_, happen) => {
    happen();
    expect(told).toEqual(["wake"]);
  });

  it.each([
    ["when the network is gone", () => window.tell("offline")],
    ["when the page is no longer looked at", () => document.become("hidden")],
    ["when the page has loaded", () => window.tell("pageshow", { persisted: false })],
  ])("not %s", (_, happen) => {
    happen();
    expect(told).toEqual([]);
  });
});

describe("a line lets go of its socket", () => {
  beforeEach(() => (stop = pageLifecycle(line)));

  it.each([
    ["when the page may go into the back/forward cache", () => window.tell("pagehide", { persisted: true })],
    ["when the page is frozen", () => document.tell("freeze")],
  ])("%s", (_, happen) => {
    happen();
    expect(told).toEqual(["sleep"]);
  });

  it("and says goodbye when the page is gone for good", () => {
    window.tell("pagehide", { persisted: false });
    expect(told).toEqual(["leave"]);
  });
});

describe("the listeners", () => {
  it("are there as long as the line is, and never the two that keep a page out of the cache", () => {
    expect([...window.heldTypes, ...document.heldTypes]).toEqual([]);
    stop = pageLifecycle(line);
    expect(window.heldTypes).toEqual(["online", "pagehide", "pageshow"]);
    expect(document.heldTypes).toEqual(["visibilitychange", "freeze", "resume"]);
    stop();
    expect([...window.heldTypes, ...document.heldTypes]).toEqual([]);
    window.tell("online");
    document.tell("resume");
    expect(told).toEqual([]);
  });

  it("are of one line each", () => {
    const stopOther = pageLifecycle(line);
    stop = pageLifecycle(line);
    stopOther();
    window.tell("online");
    expect(told).toEqual(["wake"]);
  });
});

describe("a host that has less", () => {
  it("is a worker, which has no document", () => {
    vi.stubGlobal("document", undefined);
    stop = pageLifecycle(line);
    window.tell("online");
    expect(told).toEqual(["wake"]);
  });

  it("is a program without events", () => {
    vi.stubGlobal("document", undefined);
    vi.stubGlobal("addEventListener", undefined);
    stop = pageLifecycle(line);
    stop();
    expect(told).toEqual([]);
  });
});
