import type { Channel } from "./channel.js";
import type { Clock, Timer } from "./clock.js";

/** How long a closing transport may take to end in order before it is torn down. */
const CLOSE_DEADLINE_MS = 2_000;

/** The channels of a session that are of no use any more and whose transports have not ended yet. */
export class LeftChannels {
  readonly #clock: Clock;
  /** With their deadlines; the others are the peer's to close first. */
  readonly #channels = new Map<Channel, Timer | undefined>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#channels.size;
  }

  /** Bytes that their peers have not let this side hand over. */
  get bufferedBytes(): number {
    return [...this.#channels.keys()].reduce((bytes, { bufferedBytes }) => bytes + bufferedBytes, 0);
  }

  /** The peer will close it, which `expectEnds` says when to expect. */
  add(channel: Channel): void {
    this.#channels.set(channel, undefined);
  }

  /** It is closing, and has bounded time for that. */
  expectEnd(channel: Channel): void {
    this.#channels.set(
      channel,
      this.#clock.after(CLOSE_DEADLINE_MS, () => channel.destroy()),
    );
  }

  /** From now on none may take longer than that. */
  expectEnds(): void {
    for (const [channel, deadline] of this.#channels) if (deadline === undefined) this.expectEnd(channel);
  }

  /** Its transport has ended. */
  ended(channel: Channel): void {
    this.#channels.get(channel)?.cancel();
    this.#channels.delete(channel);
  }

  /** Tears all of them down. */
  destroy(): void {
    for (const channel of [...this.#channels.keys()]) channel.destroy();
  }
}
