import { Key } from "../../../src/auth/key.js";
import { KeyRing } from "../../../src/auth/key-ring.js";
import { DaemonCore } from "../../../src/daemon/daemon.js";
import { fakeClock } from "../../../src/testing/fake-clock.js";
import { FuzzLine } from "../../fuzz/fuzz-line.js";
import { FuzzPeer } from "../../fuzz/fuzz-peer.js";
import { turnOfTheLoop } from "../../fuzz/fuzz-target.js";

/** What became of one call. */
export interface Answer {
  /** `ok`, or the code of the refusal. */
  readonly outcome: string;
  readonly message: string;
  /** The payload of an `ok`, as it stands on the wire. */
  readonly payload: unknown;
}

/** A session of a peer that writes its payloads by hand, with a daemon's real objects; another session looks on. */
export class PayloadSession {
  /** What the called code was given. */
  readonly received: unknown[] = [];
  readonly key = Key.generate({ id: "ann" });
  readonly daemon: DaemonCore;
  #peer: FuzzPeer | undefined;
  #canary: FuzzPeer | undefined;
  #id = 0;

  constructor(objects: Readonly<Record<string, object>> = {}) {
    const take = (...args: readonly unknown[]): string => (this.received.push(...args), typeof args[0]);
    const target = { take, give: (): unknown => this.given };
    this.daemon = new DaemonCore(
      { target, ...objects },
      { keys: new KeyRing([this.key]), clock: fakeClock(), scheduleFlush: (flush) => queueMicrotask(flush) },
    );
    this.daemon.setReachable({ audiences: ["ws://127.0.0.1:7766"] });
  }

  /** What `give` returns. */
  given: unknown;

  async begin(): Promise<this> {
    this.#peer = await this.#member();
    this.#canary = await this.#member();
    return this;
  }

  get peer(): FuzzPeer {
    if (this.#peer === undefined) throw new Error("begin() comes first");
    return this.#peer;
  }

  /** Calls with arguments that are the text of a payload. */
  async call(
    payload: string,
    { object = "target", member = "take", segments = [] as readonly string[] } = {},
  ): Promise<Answer> {
    const target = JSON.stringify(object);
    return this.say(`["call",${++this.#id},${target},${JSON.stringify(member)},${payload}]`, segments);
  }

  /** Says one message with the id of the last call, or any head. */
  async say(message: string, segments: readonly string[] = []): Promise<Answer> {
    this.peer.line.deliver(this.peer.data({ head: `[${message}]`, segments }));
    await turnOfTheLoop();
    const answer = this.peer.takeMessages().find(([name]) => name === "ok" || name === "err" || name === "bye");
    if (answer === undefined) return { outcome: "nothing", message: "", payload: undefined };
    if (answer[0] === "bye")
      return { outcome: `bye ${String(answer[1])}`, message: String(answer[2]), payload: undefined };
    if (answer[0] === "ok") return { outcome: "ok", message: "", payload: answer[2] };
    const { code, message: text } = answer[2] as { readonly code: string; readonly message: string };
    return { outcome: code, message: text, payload: undefined };
  }

  get lastId(): number {
    return this.#id;
  }

  nextId(): number {
    return ++this.#id;
  }

  /** Whether the other session is answered and nothing of the process was changed. */
  async isUnharmed(): Promise<boolean> {
    const canary = this.#canary!;
    canary.say([["call", this.nextId(), "target", "take", { json: ["canary"] }]]);
    await turnOfTheLoop();
    const isAnswered = canary.takeMessages().some(([name]) => name === "ok") && this.received.pop() === "canary";
    return isAnswered && !("polluted" in {}) && Object.keys(Object.prototype).length === 0;
  }

  async #member(): Promise<FuzzPeer> {
    const line = new FuzzLine();
    this.daemon.accept(line);
    const peer = new FuzzPeer(line, { key: this.key });
    await peer.shakeHands();
    peer.say([["open"]]);
    await turnOfTheLoop();
    peer.takeMessages();
    return peer;
  }
}
