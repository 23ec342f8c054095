import { type DiscoveryFault, DiscoveryProof } from "../auth/discovery-proof.js";
import type { Key } from "../auth/key.js";
import { randomBytes } from "../auth/random-bytes.js";
import type { Clock, Timer } from "../session/clock.js";
import { DISCOVERY_NONCE_BYTES } from "../wire/discovery-message.js";
import type { DiscoveryLink } from "./discovery-link.js";

/** A name server that answered. */
export interface FoundNameServer {
  /** What it calls itself. */
  readonly name: string;
  /** Of the object that is the name server, for `connect` and the option `names`. */
  readonly address: string;
}

/** When the question is asked, in ms after the first time: packets get lost (RFC 6762 section 5.2). */
const ASKED_AT_MS = [0, 250, 1_250, 3_250, 7_250] as const;
/** Servers that are told of. Only what the key has signed takes one of these places. */
const MOST_FOUND = 64;

/** How an asker asks. */
export interface AskerOptions {
  readonly key: Key;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a link for name servers, and takes what the key has signed for these very questions. All that comes is checked, since
 * whoever is on the link could use up any number, in the name of any source; a tag takes 4 us, less than to receive the
 * packet (measured).
 */
export class DiscoveryAsker {
  readonly #link: DiscoveryLink;
  readonly #options: AskerOptions;
  readonly #proof: DiscoveryProof;
  readonly #nonces: Uint8Array[] = [];
  readonly #addresses = new Set<string>();
  readonly #found: FoundNameServer[] = [];
  readonly #faults = new Map<DiscoveryFault, number>();
  #isOver = false;
  #wake: () => void = () => {};

  /** @throws ConfigError `HW_KEY_INVALID` */
  constructor(link: DiscoveryLink, options: AskerOptions) {
    this.#link = link;
    this.#options = options;
    this.#proof = new DiscoveryProof(options.key);
  }

  /** Answers that were not believed, by why. */
  get faults(): ReadonlyMap<DiscoveryFault, number> {
    return this.#faults;
  }

  /** The servers in the order of their answers, each once, until the time is over. @throws the signal's reason */
  async *ask(): AsyncGenerator<FoundNameServer, void, undefined> {
    const { clock, timeoutMs, signal } = this.#options;
    signal?.throwIfAborted();
    this.#link.receive((kind, bytes) => {
      if (kind === "answer") this.#hear(bytes);
    });
    const end = (): void => {
      this.#isOver = true;
      this.#wake();
    };
    const timers: Timer[] = [clock.after(timeoutMs, end)];
    for (const afterMs of ASKED_AT_MS.filter((ms) => ms < timeoutMs)) {
      if (afterMs === 0) this.#send();
      else timers.push(clock.after(afterMs, () => this.#send()));
    }
    signal?.addEventListener("abort", end);
    try {
      for (;;) {
        signal?.throwIfAborted();
        const next = this.#found.shift();
        if (next !== undefined) yield next;
        else if (this.#isOver) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#isOver = true;
      signal?.removeEventListener("abort", end);
      for (const timer of timers) timer.cancel();
    }
  }

  #send(): void {
    const nonce = randomBytes(DISCOVERY_NONCE_BYTES);
    this.#nonces.push(nonce);
    this.#link.send("question", this.#proof.signQuestion({ askedAtMs: this.#options.clock.now(), nonce }));
  }

  #hear(bytes: Uint8Array): void {
    if (this.#isOver || this.#addresses.size === MOST_FOUND) return;
    const answer = this.#proof.openAnswer(bytes, { nonces: this.#nonces, nowMs: this.#options.clock.now() });
    if (typeof answer === "string") {
      this.#faults.set(answer, (this.#faults.get(answer) ?? 0) + 1);
      return;
    }
    const { name, address } = answer;
    if (this.#addresses.has(address)) return;
    this.#addresses.add(address);
    this.#found.push({ name, address });
    this.#wake();
  }
}
