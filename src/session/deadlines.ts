import type { Clock, Timer } from "./clock.js";

/** The longest that hosts' timers wait: 2^31 - 1 ms, above which `setTimeout` fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Something that ends at a time. Made to be a field of what it ends, so that a deadline costs no closure. */
export interface Expiring {
  /** By the session's clock. */
  readonly deadlineAtMs: number;
  /** Where it stands in the heap, -1 = nowhere; nobody but `Deadlines` touches it. */
  heapIndex: number;
  /** The time has come; it has left the deadlines by then. */
  expired(): void;
}

/**
 * All deadlines of a session behind one timer: a binary heap whose items know their place, so that a call that ends in
 * time leaves at once. Calls of equal timeouts, the common case, neither sift nor set the timer anew.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap: Expiring[] = [];
  #timer: Timer | undefined;
  #timerAtMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(item: Expiring): void {
    item.heapIndex = this.#heap.length;
    this.#heap.push(item);
    this.#siftUp(item);
    this.#arm();
  }

  /** Does nothing for an item that is not here. */
  remove(item: Expiring): void {
    const index = item.heapIndex;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = this.#heap.pop()!;
    if (last === item) return;
    last.heapIndex = index;
    this.#heap[index] = last;
    this.#siftUp(last);
    this.#siftDown(last);
  }

  /** Forgets all of them and the timer. */
  clear(): void {
    for (const item of this.#heap) item.heapIndex = -1;
    this.#heap.length = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAtMs = Infinity;
  }

  /** A timer that is set too early does no harm: it looks again. So only an earlier deadline sets it anew. */
  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.deadlineAtMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    const nowMs = this.#clock.now();
    const delayMs = Math.min(Math.max(0, first.deadlineAtMs - nowMs), MAX_TIMER_MS);
    this.#timerAtMs = nowMs + delayMs;
    this.#timer = this.#clock.after(delayMs, this.#look);
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    this.#timerAtMs = Infinity;
    const nowMs = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.deadlineAtMs <= nowMs; first = this.#heap[0]) {
      this.remove(first);
      first.expired();
    }
    this.#arm();
  };

  #siftUp(item: Expiring): void {
    const heap = this.#heap;
    while (item.heapIndex > 0) {
      const parent = heap[(item.heapIndex - 1) >> 1]!;
      if (parent.deadlineAtMs <= item.deadlineAtMs) return;
      this.#swap(parent, item);
    }
  }

  #siftDown(item: Expiring): void {
    const heap = this.#heap;
    for (;;) {
      const left = heap[item.heapIndex * 2 + 1];
      const right = heap[item.heapIndex * 2 + 2];
      if (left === undefined) return;
      const child = right !== undefined && right.deadlineAtMs < left.deadlineAtMs ? right : left;
      if (item.deadlineAtMs <= child.deadlineAtMs) return;
      this.#swap(item, child);
    }
  }

  /** Exchanges an item and its parent. */
  #swap(parent: Expiring, child: Expiring): void {
    const index = parent.heapIndex;
    parent.heapIndex = child.heapIndex;
    child.heapIndex = index;
    this.#heap[parent.heapIndex] = parent;
    this.#heap[child.heapIndex] = child;
  }
}
