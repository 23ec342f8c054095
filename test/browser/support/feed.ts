import { setTimeout as sleep } from "node:timers/promises";
import { expose, type Remote, withOptions } from "hearthwire";

/** Between two points of a feed. */
export const PACE_MS = 25;

/** Gives one session numbers in all the ways that there are, and keeps count. */
export class Feed {
  /** What its listener answered, in order. */
  readonly heardBack: number[] = [];
  /** Which questions were put to it, in order. */
  readonly questions: number[] = [];
  /** Its session is over. */
  isOver = false;

  /** From 1 on, for ever. */
  async *points(): AsyncGenerator<number, void, void> {
    for (let point = 1; ; point += 1) {
      await pause();
      yield point;
    }
  }

  /** Calls the listener with 1, 2 and so on, each when the one before has been answered; ends when it no longer answers. */
  async tell(listener: Remote<(point: number) => number>): Promise<void> {
    // A page may be away for longer than calls have by default.
    const patient = withOptions(listener, { timeoutMs: 0 });
    for (let point = 1; !this.isOver; point += 1) {
      await pause();
      this.heardBack.push(await patient(point));
    }
  }

  /** Answers a while later, so that some question is pending at any time. */
  async answer(question: number): Promise<number> {
    this.questions.push(question);
    await pause();
    return -question;
  }

  [Symbol.dispose](): void {
    this.isOver = true;
  }
}
expose(Feed, ["points", "tell", "answer"]);

function pause(): Promise<void> {
  return sleep(PACE_MS, undefined, { ref: false });
}
