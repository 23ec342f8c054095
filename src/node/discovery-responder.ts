import { DiscoveryProof } from "../auth/discovery-proof.js";
import type { Key } from "../auth/key.js";
import type { KeyRing } from "../auth/key-ring.js";
import { CLOCK_SKEW_MS } from "../auth/validity.js";
import type { Clock } from "../session/clock.js";
import { decodeDiscoveryQuestion, type DiscoveryQuestion } from "../wire/discovery-message.js";
import type { DiscoveryLink } from "./discovery-link.js";
import { PerSecond } from "./per-second.js";

/** Answers in each second; what is above is dropped. Only what a key has signed, for the first time, takes one of these. */
const MOST_ANSWERED = 10;

/** What a responder says, and to whom. */
export interface ResponderOptions {
  /** Whose questions are answered: keys of the ring itself, as it is when they come. */
  readonly keys: KeyRing;
  readonly name: string;
  readonly address: string;
  readonly clock: Clock;
}

/**
 * Answers questions that a key of the ring signed, each once. Who has no key hears nothing: a scan of the network doesn't
 * find the server. All questions that name a key of the ring are checked, since whoever is on the link could use up any
 * number, in the name of any source; a tag takes 4 us, less than to receive the packet (measured).
 */
export class DiscoveryResponder {
  readonly #link: DiscoveryLink;
  readonly #options: ResponderOptions;
  readonly #answered: PerSecond;
  /** What keys sign by: deriving it takes ten times as long as a tag. Undefined for those that can't sign for discovery. */
  readonly #proofs = new WeakMap<Key, DiscoveryProof | undefined>();
  /** Nonces that were answered, until their question is stale however the asker's clock goes; oldest first. */
  readonly #until = new Map<string, number>();

  constructor(link: DiscoveryLink, options: ResponderOptions) {
    this.#link = link;
    this.#options = options;
    this.#answered = new PerSecond(MOST_ANSWERED, options.clock);
    link.receive((kind, bytes) => {
      if (kind === "question") this.#hear(bytes);
    });
  }

  #hear(bytes: Uint8Array): void {
    const question = readQuestion(bytes);
    const key = question && this.#options.keys.find(question.keyId);
    if (question === undefined || key === undefined) return;
    const proof = this.#proofOf(key);
    if (proof === undefined) return;
    const nowMs = this.#options.clock.now();
    if (proof.faultOfQuestion(bytes, nowMs) !== undefined) return;
    const asked = Buffer.from(question.nonce).toString("hex");
    if (this.#wasAnswered(asked, nowMs) || !this.#answered.take()) return;
    this.#until.set(asked, nowMs + 2 * CLOCK_SKEW_MS);
    const { name, address } = this.#options;
    this.#link.send("answer", proof.signAnswer({ answeredAtMs: nowMs, nonce: question.nonce, name, address }));
  }

  #proofOf(key: Key): DiscoveryProof | undefined {
    if (!this.#proofs.has(key)) this.#proofs.set(key, proofOf(key));
    return this.#proofs.get(key);
  }

  /** A question comes once over each network that both sides are on, and whoever heard it can send it again. */
  #wasAnswered(asked: string, nowMs: number): boolean {
    for (const [other, untilMs] of this.#until) {
      if (untilMs >= nowMs) break;
      this.#until.delete(other);
    }
    return this.#until.has(asked);
  }
}

function proofOf(key: Key): DiscoveryProof | undefined {
  try {
    return new DiscoveryProof(key);
  } catch {
    // A key that can't sign for discovery answers as one that is not there.
    return undefined;
  }
}

function readQuestion(bytes: Uint8Array): DiscoveryQuestion | undefined {
  try {
    return decodeDiscoveryQuestion(bytes);
  } catch {
    // Anybody can send anything; to a peer that is not authenticated: nothing.
    return undefined;
  }
}
