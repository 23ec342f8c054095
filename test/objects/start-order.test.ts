import { describe, expect, it } from "vitest";
import type { Authorizer } from "../../src/objects/call-handler-options.js";
import { FakeCall, Peer, refusal, settled } from "./inbound.js";

/** Logs what starts; the authorizer answers for each argument when the test says so. */
function scene() {
  const started: unknown[] = [];
  const allow: Record<string, (isAllowed: boolean) => void> = {};
  const answers = new Map(
    ["slow1", "slow2"].map((member) => [member, new Promise<boolean>((resolve) => (allow[member] = resolve))]),
  );
  const authorize: Authorizer = ({ member }) => answers.get(member) ?? true;
  const log = (name: string) => () => {
    started.push(name);
    return new Promise<never>(() => {});
  };
  const object = { quick: log("quick"), slow1: log("slow1"), slow2: log("slow2") };
  const peer = new Peer({ object, other: { quick: log("other") } }, { authorize });
  return { peer, started, allow: (member: string, isAllowed = true) => allow[member]?.(isAllowed) };
}

describe("calls to one target", () => {
  it("start in the order made, though a later one is ready first", async () => {
    const { peer, started, allow } = scene();
    for (const member of ["slow1", "slow2", "quick"]) void peer.call("object", member);
    allow("slow2");
    await settled();
    expect(started).toEqual([]);
    allow("slow1");
    await settled();
    expect(started).toEqual(["slow1", "slow2", "quick"]);
  });

  it("don't wait for the results of earlier ones", async () => {
    const { peer, started, allow } = scene();
    void peer.call("object", "slow1");
    allow("slow1");
    await settled();
    void peer.call("object", "quick");
    expect(started).toEqual(["slow1", "quick"]);
  });

  it("don't hold back calls to other targets", () => {
    const { peer, started } = scene();
    void peer.call("object", "slow1");
    void peer.call("other", "quick");
    expect(started).toEqual(["other"]);
  });

  it("go on after one that is refused, without overtaking those before it", async () => {
    const { peer, started, allow } = scene();
    void peer.call("object", "slow1");
    const denied = refusal(() => peer.call("object", "slow2"));
    void peer.call("object", "quick");
    allow("slow2", false);
    expect(await denied).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    await settled();
    expect(started).toEqual([]);
    allow("slow1");
    await settled();
    expect(started).toEqual(["slow1", "quick"]);
  });

  it("don't start when they were given up while they waited", async () => {
    const { peer, started, allow } = scene();
    const call = new FakeCall("object", "slow1");
    const answer = refusal(() => peer.handler.run(call));
    call.controller.abort();
    allow("slow1");
    expect(await answer).toMatchObject({ code: "HW_CANCELLED" });
    expect(started).toEqual([]);
  });
});
