/** Something that is given up when a signal is aborted. */
export interface SignalMember {
  signalAborted(reason: unknown): void;
}

/** All that waits for one signal: one listener tells them, in the order in which they joined. */
class SignalMembers {
  readonly #signal: AbortSignal;
  readonly members = new Set<SignalMember>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  handleEvent(): void {
    for (const member of this.members) {
      this.members.delete(member);
      member.signalAborted(this.#signal.reason);
    }
    ALL.delete(this.#signal);
  }
}

/**
 * By signal, for the whole process: Node warns of a leak at more than 10 listeners, which as many calls at once would
 * add. Emptied with the last member; a signal is not kept alive by it.
 */
const ALL = new WeakMap<AbortSignal, SignalMembers>();

/** The member is told when the signal is aborted, unless it has left by then. It must not be aborted yet. */
export function joinSignal(signal: AbortSignal, member: SignalMember): void {
  let all = ALL.get(signal);
  if (all === undefined) {
    ALL.set(signal, (all = new SignalMembers(signal)));
    signal.addEventListener("abort", all, { once: true });
  }
  all.members.add(member);
}

/** Does nothing for one that is not there. */
export function leaveSignal(signal: AbortSignal, member: SignalMember): void {
  const all = ALL.get(signal);
  if (all === undefined || !all.members.delete(member) || all.members.size > 0) return;
  ALL.delete(signal);
  signal.removeEventListener("abort", all);
}
