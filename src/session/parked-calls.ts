import { isUnsettled, type PendingCall } from "./pending-call.js";

export interface ParkedCallsOptions {
  /** Whether there is room for the streams of a call. */
  readonly hasRoom: (pending: PendingCall) => boolean;
  /** The bytes of a call's Blobs were read. */
  readonly read: () => void;
  /** They can't be read. */
  readonly unreadable: (pending: PendingCall, error: Error) => void;
}

/**
 * Calls whose turn has come but that wait: for room for their streams, or for the bytes of their Blobs. Behind them waits
 * what was made later on the same target, since calls to one target start in the order made. Blobs are read one call of
 * a target after another, so that a queue of large ones does not stand in memory at once.
 */
export class ParkedCalls {
  readonly #options: ParkedCallsOptions;
  /** By target, in the order made. */
  readonly #queues = new Map<string, PendingCall[]>();

  constructor(options: ParkedCallsOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** Parks a call that may not go yet. @returns whether it waits now */
  holds(pending: PendingCall, target: string): boolean {
    const isHindered = pending.payload !== undefined && !this.#mayGo(pending);
    if (!isHindered && this.#queues.size === 0) return false;
    const queue = this.#queues.get(target);
    const [first] = queue ?? [];
    if (!isHindered && (first === undefined || first.order > pending.order)) return false;
    pending.target = target;
    if (queue === undefined) this.#queues.set(target, [pending]);
    else queue.splice(placeOf(pending, queue), 0, pending);
    // Only the first of its target may read; one that was parked behind begins when it has become that.
    if (this.#queues.get(target)![0] === pending) this.#read(pending);
    return true;
  }

  /** Takes out those that may go now, in the order made on each target. */
  takeFree(): readonly PendingCall[] {
    if (this.#queues.size === 0) return [];
    const free: PendingCall[] = [];
    for (const [target, queue] of this.#queues) {
      let count = 0;
      for (; count < queue.length; count++) {
        const pending = queue[count]!;
        if (!isUnsettled(pending)) continue;
        if (!this.#mayGo(pending)) {
          this.#read(pending);
          break;
        }
        free.push(pending);
      }
      if (count === queue.length) this.#queues.delete(target);
      else if (count > 0) queue.splice(0, count);
    }
    return free;
  }

  /** Forgets calls that have settled. */
  dropSettled(): void {
    for (const [target, queue] of this.#queues) {
      const left = queue.filter(isUnsettled);
      if (left.length === 0) this.#queues.delete(target);
      else this.#queues.set(target, left);
    }
  }

  clear(): void {
    this.#queues.clear();
  }

  #mayGo(pending: PendingCall): boolean {
    return pending.payload?.blobs?.areRead !== false && (pending.streamCount === 0 || this.#options.hasRoom(pending));
  }

  #read(pending: PendingCall): void {
    const blobs = pending.payload?.blobs;
    if (blobs === undefined || blobs.isReading) return;
    blobs.read().then(this.#options.read, (error: Error) => this.#options.unreadable(pending, error));
  }
}

/** Nearly always the end: a call is parked before one made later, but for one that lost its room again. */
function placeOf({ order }: PendingCall, queue: readonly PendingCall[]): number {
  let place = queue.length;
  while (place > 0 && queue[place - 1]!.order > order) place--;
  return place;
}
