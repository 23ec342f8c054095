import { describe, expect, test } from "vitest";
import type { Clock, Timer } from "../../src/session/clock.js";
import { RESEND_SLICE_BYTES, type Resender, ResendQueue } from "../../src/session/resend-queue.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

/** A clock that is moved turn by turn, and who has sent something in each; the turn at hand is the last. */
class Turns implements Clock {
  readonly sent: string[] = [""];
  readonly tasks = new Set<() => void>();
  readonly queue = ResendQueue.of(this);

  now(): number {
    return 0;
  }

  after(_ms: number, task: () => void): Timer {
    this.tasks.add(task);
    return { cancel: () => void this.tasks.delete(task) };
  }

  /** Someone with so many frames of one size. */
  resender(name: string, frames: number, frameBytes = RESEND_SLICE_BYTES): Resender {
    let left = frames;
    return {
      resend: (roomBytes) => {
        let bytes = 0;
        for (; left > 0 && bytes < roomBytes; left--) {
          this.sent.push(this.sent.pop()! + name);
          bytes += frameBytes;
        }
        return bytes;
      },
    };
  }

  enter(name: string, frames: number, frameBytes?: number): Resender {
    const resender = this.resender(name, frames, frameBytes);
    this.queue.enter(resender);
    return resender;
  }

  next(): void {
    this.sent.push("");
    const tasks = [...this.tasks];
    this.tasks.clear();
    for (const task of tasks) task();
  }

  /** What was sent in each turn, until no further one is wanted. */
  all(): string {
    while (this.tasks.size > 0) this.next();
    return this.sent.join(" ").trimEnd();
  }
}

describe("ResendQueue", () => {
  test("has the first slice sent at once, and one in each turn of the event loop after it", () => {
    const turns = new Turns();
    turns.enter("a", 3);
    expect(turns.sent).toEqual(["a"]);
    expect(turns.all()).toBe("a a a");
  });

  test("lets those who have entered take turns, one slice in each", () => {
    const turns = new Turns();
    for (const name of ["a", "b", "c"]) turns.enter(name, 3);
    expect(turns.sent).toEqual(["a"]);
    expect(turns.all()).toBe("a a b c a b c b c");
  });

  test("has small ones sent in the same turn while it has room", () => {
    const turns = new Turns();
    for (const name of ["a", "b", "c", "d"]) turns.enter(name, 1, RESEND_SLICE_BYTES / 2);
    turns.enter("e", 2, RESEND_SLICE_BYTES / 2);
    expect(turns.all()).toBe("ab cd ee");
  });

  test("cuts no frame, however large", () => {
    const turns = new Turns();
    turns.enter("a", 2, 16 * RESEND_SLICE_BYTES);
    turns.enter("b", 2, 16 * RESEND_SLICE_BYTES);
    expect(turns.all()).toBe("a a b b");
  });

  test("starves nobody, though others never end and newcomers come in every turn", () => {
    const turns = new Turns();
    turns.enter("z", Infinity);
    turns.enter("a", 3);
    for (let turn = 1; turn <= 20; turn++) {
      turns.enter("n", Infinity);
      turns.next();
    }
    expect(turns.sent.flatMap((names, turn) => (names === "a" ? [turn] : []))).toEqual([2, 6, 14]);
  });

  test("gives no turn to one that has left, and the others theirs", () => {
    const turns = new Turns();
    turns.enter("a", 3);
    const gone = turns.enter("b", 3);
    turns.enter("c", 2);
    turns.queue.leave(gone);
    expect(turns.all()).toBe("a a c a c");
  });

  test("sets no timer for nobody", () => {
    const turns = new Turns();
    const [first, second] = [turns.enter("a", 9), turns.enter("b", 9)];
    turns.queue.leave(first);
    turns.queue.leave(turns.resender("stranger", 1));
    expect(turns.tasks.size).toBe(1);
    turns.queue.leave(second);
    expect(turns.tasks.size).toBe(0);
  });

  test("gives the room of a turn once, whoever has left since", () => {
    const turns = new Turns();
    turns.queue.leave(turns.enter("a", 9));
    turns.queue.leave(turns.enter("b", 9));
    turns.enter("c", 2);
    expect(turns.sent).toEqual(["a"]);
    expect(turns.all()).toBe("a c c");
  });

  test("sets the timer of the next turn after the slice, or the event loop would not get to its sockets", () => {
    const order: string[] = [];
    const clock: Clock = {
      now: () => 0,
      after: () => {
        order.push("timer");
        return { cancel: () => undefined };
      },
    };
    ResendQueue.of(clock).enter({ resend: (roomBytes) => (order.push("slice"), roomBytes) });
    expect(order).toEqual(["slice", "timer"]);
  });

  test("goes on with the others when one throws", () => {
    const turns = new Turns();
    turns.enter("a", 1);
    turns.queue.enter({
      resend: () => {
        throw new Error("broken");
      },
    });
    turns.enter("b", 2);
    expect(() => turns.next()).toThrow("broken");
    expect(turns.all()).toBe("a  b b");
  });

  test("is one for all who go by a clock, and another for another clock", () => {
    const [one, other] = [fakeClock(), fakeClock()];
    expect(ResendQueue.of(one)).toBe(ResendQueue.of(one));
    expect(ResendQueue.of(one)).not.toBe(ResendQueue.of(other));
  });
});
