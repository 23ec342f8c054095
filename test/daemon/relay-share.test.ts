import { describe, expect, it } from "vitest";
import { RelayShare } from "../../src/daemon/relay-share.js";
import { alone } from "../session/support/linked-conversations.js";

describe("what one client uses of the session of another", () => {
  it("counts a call that was given up until its owner has answered it", async () => {
    const { side, settle } = alone();
    const share = new RelayShare();
    const controller = new AbortController();
    for (let index = 0; index < 64; index++) {
      share.enter([], false);
      const call = side.ask("shop", "go", [], { signal: controller.signal });
      void call.result.catch(() => share.leave(call, false));
    }
    await settle();
    controller.abort();
    await settle();
    expect(() => share.enter([], false)).toThrow(
      expect.objectContaining({ code: "HW_LIMIT", limit: "relayedCalls", allowed: 64 }),
    );
    side.take([["ok", 1]]);
    expect(() => share.enter([], false)).not.toThrow();
    expect(() => share.enter([], false)).toThrow(expect.objectContaining({ code: "HW_LIMIT" }));
  });

  it("counts no call that has settled without an owner to answer it", () => {
    const { side } = alone();
    const share = new RelayShare();
    for (let index = 0; index < 65; index++) {
      share.enter([], false);
      share.leave(side.ask("shop", "go", [], { signal: AbortSignal.abort() }), false);
    }
    expect(() => share.enter([], false)).not.toThrow();
  });

  it("counts the calls that will return a stream as streams", () => {
    const share = new RelayShare();
    for (let index = 0; index < 16; index++) share.enter([], true);
    expect(() => share.enter([], true)).toThrow(
      expect.objectContaining({ code: "HW_LIMIT", limit: "relayedStreams", allowed: 16 }),
    );
    share.enter([], false);
  });
});
