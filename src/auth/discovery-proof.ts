import { ConfigError } from "../errors/hearthwire-error.js";
import {
  decodeDiscoveryAnswer,
  decodeDiscoveryQuestion,
  type DiscoveryAnswer,
  type DiscoveryQuestion,
  encodeDiscoveryAnswer,
  encodeDiscoveryQuestion,
} from "../wire/discovery-message.js";
import { encodeUtf8 } from "../wire/utf8.js";
import { equalBytes } from "./equal-bytes.js";
import type { Key } from "./key.js";
import { Mac } from "./mac.js";
import { CLOCK_SKEW_MS, isWithinValidity } from "./validity.js";

/** Why a question or an answer isn't believed. */
export type DiscoveryFault = "expired" | "foreign" | "malformed" | "stale";

/** What signs questions, so that none can be sent back as an answer. */
const QUESTION = encodeUtf8("question");
const ANSWER = encodeUtf8("answer");

/**
 * Signs what is said before any line exists: questions and answers on a local network, under a key that both sides have.
 * Each kind has a key of its own, `key("discovery", "question")` and `key("discovery", "answer")` (protocol.md section 10).
 */
export class DiscoveryProof {
  readonly key: Key;
  readonly #question: Mac;
  readonly #answer: Mac;

  /**
   * @throws ConfigError `HW_KEY_INVALID` when the key can't be read, mints tickets, or is only for lines with TLS, since
   *   everyone on the network could try passphrases against what it signs here
   */
  constructor(key: Key) {
    const fault = whyUnfit(key);
    if (fault !== undefined) throw new ConfigError("HW_KEY_INVALID", fault);
    this.key = key;
    this.#question = new Mac(key.derive("discovery", QUESTION));
    this.#answer = new Mac(key.derive("discovery", ANSWER));
  }

  signQuestion(question: Omit<DiscoveryQuestion, "keyId">): Uint8Array {
    const bytes = encodeDiscoveryQuestion({ ...question, keyId: this.key.id });
    this.#question.sign(bytes);
    return bytes;
  }

  /** What is wrong with a question that names this key, if anything. */
  faultOfQuestion(bytes: Uint8Array, nowMs: number): DiscoveryFault | undefined {
    if (!this.#question.verify(bytes)) return "foreign";
    return this.#faultOfTime(decodeDiscoveryQuestion(bytes).askedAtMs, nowMs);
  }

  signAnswer(answer: Omit<DiscoveryAnswer, "keyId">): Uint8Array {
    const bytes = encodeDiscoveryAnswer({ ...answer, keyId: this.key.id });
    this.#answer.sign(bytes);
    return bytes;
  }

  /** What an answer to one of these nonces says, or why it isn't believed. Never throws. */
  openAnswer(
    bytes: Uint8Array,
    { nonces, nowMs }: { readonly nonces: readonly Uint8Array[]; readonly nowMs: number },
  ): DiscoveryAnswer | DiscoveryFault {
    if (!this.#answer.verify(bytes)) return "foreign";
    try {
      const answer = decodeDiscoveryAnswer(bytes);
      if (answer.keyId !== this.key.id) return "foreign";
      if (!nonces.some((nonce) => equalBytes(nonce, answer.nonce))) return "stale";
      return this.#faultOfTime(answer.answeredAtMs, nowMs) ?? answer;
    } catch {
      return "malformed";
    }
  }

  #faultOfTime(saidAtMs: number, nowMs: number): DiscoveryFault | undefined {
    if (!isWithinValidity(this.key, nowMs)) return "expired";
    return Math.abs(nowMs - saidAtMs) > CLOCK_SKEW_MS ? "stale" : undefined;
  }
}

function whyUnfit(key: Key): string | undefined {
  if (key.use !== "connect") {
    return `"key" must be one of the use "connect" to sign for discovery, got "${key.id}", whose use is "${key.use}"`;
  }
  if (key.requireTls) {
    return `"key" must be random to sign for discovery, got "${key.id}", which may be of a passphrase ("requireTls"): everyone on the network could try to guess it`;
  }
  return undefined;
}
