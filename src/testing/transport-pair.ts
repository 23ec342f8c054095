import type { Clock, Timer } from "../session/clock.js";
import { systemClock } from "../session/clock.js";
import type { Transport, TransportReceiver } from "../transport/transport.js";
import { transportPair as directPair } from "../transport/transport-pair.js";

/** What a line in memory does to frames. */
export interface LinkFaults {
  /** How long each frame, and the close, is under way in each direction, in ms. @default 0 */
  readonly latencyMs?: number;
  /** Measures the latency. @default the host's clock */
  readonly clock?: Clock;
}

/** Two joined transports in memory, as a peer and a daemon would have them at the ends of a line. */
export function transportPair(faults: LinkFaults = {}): readonly [Transport, Transport] {
  const { latencyMs = 0, clock = systemClock } = faults;
  const [near, far] = directPair();
  if (latencyMs === 0) return [near, far];
  return [new SlowTransport(near, { latencyMs, clock }), new SlowTransport(far, { latencyMs, clock })];
}

/** Hands on what is sent after a while; timers of equal length keep their order. */
class SlowTransport implements Transport {
  readonly #transport: Transport;
  readonly #line: Required<LinkFaults>;
  readonly #underWay = new Set<Timer>();
  #isClosing = false;
  #bytesUnderWay = 0;

  constructor(transport: Transport, line: Required<LinkFaults>) {
    this.#transport = transport;
    this.#line = line;
  }

  get bufferedBytes(): number {
    return this.#bytesUnderWay + this.#transport.bufferedBytes;
  }

  start(receiver: TransportReceiver): void {
    this.#transport.start({
      opened: () => receiver.opened(),
      frame: (bytes) => {
        if (!this.#isClosing) receiver.frame(bytes);
      },
      closed: (close) => {
        this.#isClosing = true;
        receiver.closed(close);
      },
    });
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing) return;
    const copy = new Uint8Array(frame);
    this.#bytesUnderWay += copy.length;
    this.#later(() => {
      this.#bytesUnderWay -= copy.length;
      this.#transport.send(copy);
    });
  }

  close(code?: number, reason?: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#later(() => this.#transport.close(code, reason));
  }

  destroy(): void {
    this.#isClosing = true;
    for (const timer of this.#underWay) timer.cancel();
    this.#underWay.clear();
    this.#bytesUnderWay = 0;
    this.#transport.destroy();
  }

  #later(task: () => void): void {
    const timer = this.#line.clock.after(this.#line.latencyMs, () => {
      this.#underWay.delete(timer);
      task();
    });
    this.#underWay.add(timer);
  }
}
