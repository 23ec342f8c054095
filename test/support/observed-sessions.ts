import { vi } from "vitest";
import { Session } from "../../src/session/session.js";
import type { Transport } from "../../src/transport/transport.js";
import { FrameType } from "../../src/wire/constants.js";

/** Offset of a frame's type (protocol.md section 2). */
const TYPE_OFFSET = 3;

/** One end of a connection. */
export interface ObservedSession {
  readonly session: Session;
  /** DATA frames that it has sent. */
  dataFrames: number;
}

/** Sessions of clients and daemons in this process: both ends' tables, and how many frames they send. */
export interface ObservedSessions extends Disposable {
  /** In the order in which they began: of each connection the client's end first. */
  readonly all: readonly ObservedSession[];
  /** What all their tables hold. */
  readonly held: readonly Session["statistics"][];
  /** DATA frames that each has sent while something was done. */
  framesDuring(action: () => Promise<unknown>): Promise<readonly number[]>;
}

/** Notes each session that begins from now on. */
export function observeSessions(): ObservedSessions {
  const all: ObservedSession[] = [];
  const { attach } = Session.prototype;
  const spy = vi.spyOn(Session.prototype, "attach").mockImplementation(function (this: Session, transport, keys) {
    const observed: ObservedSession = { session: this, dataFrames: 0 };
    all.push(observed);
    return attach.call(this, counting(transport, observed), keys);
  });
  return {
    all,
    get held() {
      return all.map(({ session }) => session.statistics);
    },
    async framesDuring(action) {
      const before = all.map(({ dataFrames }) => dataFrames);
      await action();
      return all.map(({ dataFrames }, index) => dataFrames - (before[index] ?? 0));
    },
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}

export const NOTHING_HELD: Session["statistics"] = { callsRunning: 0, callsPending: 0, streams: 0, references: 0 };

function counting(transport: Transport, observed: ObservedSession): Transport {
  return {
    start: (receiver) => transport.start(receiver),
    send: (frame) => {
      if (frame[TYPE_OFFSET] === FrameType.DATA) observed.dataFrames++;
      transport.send(frame);
    },
    close: (code, reason) => transport.close(code, reason),
    destroy: () => transport.destroy(),
    get bufferedBytes() {
      return transport.bufferedBytes;
    },
  };
}
