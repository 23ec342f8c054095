import { describe, expect, it } from "vitest";
import { type CallContext, callContext, runOutside } from "../../src/objects/call-context.js";
import { asyncDisposeSymbol, disposeSymbol } from "../../src/session/dispose-symbols.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { faultyLine } from "../../src/testing/faulty-line.js";
import { LinkedDaemon } from "../../src/testing/linked-daemon.js";

describe("track until the session's end", () => {
  it("disposes what calls tracked when the session is over, the last first, and each once", async () => {
    const steps: string[] = [];
    const twice = { [disposeSymbol]: () => void steps.push("twice") };
    const probe = {
      keep(name: string) {
        callContext().track({ [asyncDisposeSymbol]: async () => void steps.push(name) }, { until: "session" });
        callContext().track(twice, { until: "session" });
        callContext().track({ [disposeSymbol]: () => void steps.push(`call ${name}`) });
      },
    };
    const daemon = new LinkedDaemon({ probe });
    const client = daemon.connect<{ probe: typeof probe }>();
    await client.object("probe").keep("a");
    await client.object("probe").keep("b");
    expect(steps).toEqual(["call a", "call b"]);
    await client.close();
    await daemon.close();
    expect(steps).toEqual(["call a", "call b", "b", "twice", "a"]);
  });

  it("disposes at once what comes after the end, and tells of what fails", async () => {
    let context: CallContext | undefined;
    const probe = { hold: () => void (context = callContext()) };
    const daemon = new LinkedDaemon({ probe });
    const failures: string[] = [];
    daemon.core.on("unobserved", (error, { object, member }) => failures.push(`${object}.${member}: ${error.message}`));
    const client = daemon.connect<{ probe: typeof probe }>();
    await client.object("probe").hold();
    await client.close();
    await daemon.close();
    context?.track(
      {
        [disposeSymbol]() {
          throw new Error("stuck");
        },
      },
      { until: "session" },
    );
    await Promise.resolve();
    expect(failures).toEqual(["probe.hold: stuck"]);
  });
});

describe("isAttached", () => {
  it("says whether the session has a line, also after the call", async () => {
    const clock = fakeClock();
    let context: CallContext | undefined;
    const probe = { hold: () => void (context = callContext()) };
    const daemon = new LinkedDaemon({ probe }, { clock, daemon: { sessions: { windowMs: 60_000 } } });
    const link = faultyLine({ clock });
    const client = daemon.connect<{ probe: typeof probe }>({ link });
    await client.object("probe").hold();
    expect(context?.isAttached).toBe(true);
    link.unplug();
    await clock.advance(1);
    expect(context?.isAttached).toBe(false);
    link.restore();
    await clock.advance(30_000);
    expect(context?.isAttached).toBe(true);
    await client.close();
    await clock.advance(1);
    expect(context?.isAttached).toBe(false);
    await daemon.close();
  });
});

describe("watchLine", () => {
  it("tells when the session has lost its line and until when it waits, and when it has one again", async () => {
    const clock = fakeClock();
    const heard: (number | undefined)[] = [];
    let stop: (() => void) | undefined;
    const probe = {
      hold: () => void (stop = callContext().watchLine((awayUntil) => heard.push(awayUntil?.getTime()))),
    };
    const daemon = new LinkedDaemon({ probe }, { clock, daemon: { sessions: { windowMs: 60_000 } } });
    const link = faultyLine({ clock });
    const client = daemon.connect<{ probe: typeof probe }>({ link });
    await client.object("probe").hold();
    expect(heard).toEqual([]);
    const lostAtMs = clock.now();
    link.unplug();
    await clock.advance(1);
    expect(heard).toEqual([lostAtMs + 60_000]);
    link.restore();
    await clock.advance(30_000);
    expect(heard).toEqual([lostAtMs + 60_000, undefined]);
    stop?.();
    link.unplug();
    await clock.advance(1);
    expect(heard).toHaveLength(2);
    await client.close();
    await daemon.close();
  });

  it("tells at once when the session has none", async () => {
    const clock = fakeClock();
    let context: CallContext | undefined;
    const probe = { hold: () => void (context = callContext()) };
    const daemon = new LinkedDaemon({ probe }, { clock, daemon: { sessions: { windowMs: 60_000 } } });
    const link = faultyLine({ clock });
    const client = daemon.connect<{ probe: typeof probe }>({ link });
    await client.object("probe").hold();
    link.unplug();
    await clock.advance(1);
    const heard: (Date | undefined)[] = [];
    context?.watchLine((awayUntil) => heard.push(awayUntil));
    expect(heard).toEqual([new Date(clock.now() + 59_999)]);
    await client.close();
    await daemon.close();
  });
});

describe("runOutside", () => {
  it("runs a task as no part of the call", async () => {
    const probe = {
      look() {
        expect(() => runOutside(callContext)).toThrow(/no call of a peer runs/);
        return callContext().member;
      },
    };
    const daemon = new LinkedDaemon({ probe });
    expect(await daemon.connect<{ probe: typeof probe }>().object("probe").look()).toBe("look");
    await daemon.close();
  });
});
