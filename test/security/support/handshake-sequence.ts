import assert from "node:assert/strict";
import { expectNothingHeld, takeBegun } from "../../fuzz/fuzz-world.js";
import type { Random } from "../../fuzz/random.js";
import { HandshakeModel, type ModelFrame } from "./handshake-model.js";
import { type End, ModelledHandshake, settle } from "./modelled-handshake.js";

const STEPS = 16;
/** Heartbeats begin later; they are not the handshake's. */
const MAX_SECONDS = 14;
const ELSEWHERE: ModelFrame = { origin: { from: "elsewhere" }, isValidHello: false, calls: 0 };

const otherEnd = (end: End): End => (end === "client" ? "server" : "client");

/** One sequence of frames, closings and time, with the model beside the real code. */
export class Sequence {
  readonly random: Random;
  readonly real = new ModelledHandshake();
  readonly model: HandshakeModel;
  readonly thinks: Readonly<Record<End, boolean>>;
  readonly done: string[] = [];
  #seconds = 0;

  constructor(random: Random) {
    this.random = random;
    this.thinks = { client: this.random.oneIn(3), server: this.random.oneIn(3) };
    this.model = new HandshakeModel(this.thinks);
  }

  async run(): Promise<void> {
    const { random } = this;
    await this.real.begin(this.thinks);
    takeBegun();
    for (let step = 0; step < STEPS; step++) {
      await random.weighted<() => Promise<void>>([
        [24, () => () => this.#next(random.pick(["client", "server"]))],
        [6, () => () => this.#think(random.pick(["client", "server"]))],
        [2, () => () => this.#again(random.pick(["client", "server"]))],
        [1, () => () => this.#early(random.pick(["client", "server"]))],
        [1, () => () => this.#reflect(random.pick(["client", "server"]))],
        [2, () => () => this.#recorded(random.pick(["client", "server"]), random.pick(["client", "server"]))],
        [1, () => () => this.#otherHello(random.oneIn(2))],
        [1, () => () => this.#changed(random.pick(["client", "server"]))],
        [1, () => () => this.#hangUp(random.pick(["client", "server"]))],
        [1, () => () => this.#revoke()],
        [2, () => () => this.#pass(random.between(1, 4))],
        [2, () => () => this.#call()],
      ])();
      this.#compare();
    }
    await this.#end();
  }

  /** The next frame of an end arrives, if there is one. */
  async #next(from: End): Promise<void> {
    await this.#deliverOwn(from, this.#took(otherEnd(from)), "arrives");
  }

  /** The last one that arrived, once more. */
  async #again(from: End): Promise<void> {
    const took = this.#took(otherEnd(from));
    if (took > 0) await this.#deliverOwn(from, took - 1, "arrives again");
  }

  /** The one after the next. */
  async #early(from: End): Promise<void> {
    await this.#deliverOwn(from, this.#took(otherEnd(from)) + 1, "arrives early");
  }

  async #deliverOwn(from: End, index: number, what: string): Promise<void> {
    const frame = this.real.frameOf(from, index);
    if (frame === undefined) return;
    this.done.push(`frame ${index} of the ${from} ${what}`);
    await this.#deliver(otherEnd(from), frame);
  }

  /** An end hears its own words. */
  async #reflect(to: End): Promise<void> {
    const frame = this.real.frameOf(to, this.random.below(3));
    if (frame === undefined) return;
    this.done.push(`the ${to} hears its own frame`);
    await this.#deliver(to, frame);
  }

  /** A frame of a session that is over; of the client's, HELLO is one that the key signed. */
  async #recorded(to: End, by: End): Promise<void> {
    const frames = this.real.recorded[by];
    const index = this.random.below(frames.length);
    this.done.push(`recorded frame ${index} of a ${by} reaches the ${to}`);
    await this.#deliver(to, {
      bytes: frames[index]!,
      model: { ...ELSEWHERE, isValidHello: by === "client" && index === 0 },
    });
  }

  async #otherHello(isForged: boolean): Promise<void> {
    this.done.push(`a HELLO of another client${isForged ? ", with another key," : ""} reaches the server`);
    await this.#deliver("server", {
      bytes: this.real.otherHello(isForged),
      model: { ...ELSEWHERE, isValidHello: !isForged },
    });
  }

  async #changed(from: End): Promise<void> {
    const frame = this.real.frameOf(from, this.#took(otherEnd(from)));
    if (frame === undefined) return;
    const bytes = frame.bytes.slice();
    bytes[this.random.below(bytes.length)]! ^= 1 << this.random.below(8);
    this.done.push(`the next frame of the ${from} arrives with another bit`);
    await this.#deliver(otherEnd(from), { bytes, model: ELSEWHERE });
  }

  async #deliver(to: End, { bytes, model }: { readonly bytes: Uint8Array; readonly model: ModelFrame }): Promise<void> {
    if (to === "server") this.model.toServer(model);
    else this.model.toClient(model);
    await this.real.deliver(to, bytes);
  }

  async #think(end: End): Promise<void> {
    this.done.push(`the ${end} has thought`);
    if (end === "server") this.model.serverThought();
    else this.model.clientThought();
    await this.real.think(end);
  }

  async #hangUp(end: End): Promise<void> {
    this.done.push(`the line of the ${end} is gone`);
    this.real.lines[end].destroy();
    this.model.cut(end);
    await settle();
  }

  async #revoke(): Promise<void> {
    if (!this.random.oneIn(3)) return;
    this.done.push("the key is removed");
    this.real.keys.remove("ann");
    this.model.revoked();
    await settle();
  }

  async #pass(seconds: number): Promise<void> {
    if (this.#seconds + seconds > MAX_SECONDS) return;
    this.#seconds += seconds;
    this.done.push(`${seconds} s pass`);
    this.model.pass(seconds * 1000);
    await this.real.clock.advance(seconds * 1000);
    await settle();
  }

  async #call(): Promise<void> {
    this.done.push("the client makes a call");
    this.real.call();
    await settle();
  }

  #took(end: End): number {
    return end === "server" ? this.model.serverTook : this.model.clientTook;
  }

  /** Everything that shows of both ends. */
  #compare(): void {
    const { model, real } = this;
    const { client, server } = real.lines;
    const { status } = real.connection.state;
    const isServerOver = server.closing !== undefined;
    const isRefused = typeof model.serverEnd === "number";
    assert.deepStrictEqual(
      {
        serverEnd: isServerOver ? (isRefused ? server.closing?.code : "any") : undefined,
        reason: model.serverEnd === 4401 ? server.closing?.reason : "",
        hasWelcomed: server.sent.length > 0,
        spokeBeforeConfirm: model.serverTook < 2 && server.sent.length > 1,
        isClientOver: client.closing !== undefined,
        hasConfirmed: client.sent.length > 1,
        isConnected: status === "connected",
        accepted: real.accepted,
        runs: real.runs,
      },
      {
        serverEnd: model.serverEnd,
        reason: "",
        hasWelcomed: model.serverTook > 0,
        spokeBeforeConfirm: false,
        isClientOver: model.clientEnd !== undefined,
        hasConfirmed: model.clientTook > 0,
        isConnected: model.clientTook > 1 && model.clientEnd === undefined,
        accepted: model.isOpen ? 1 : 0,
        runs: model.runs,
      },
    );
  }

  async #end(): Promise<void> {
    const { real } = this;
    for (const end of ["client", "server"] as const) real.lines[end].destroy();
    await real.connection.close();
    for (const end of ["client", "server"] as const) await real.think(end);
    await expectNothingHeld(takeBegun());
    assert.equal(real.clock.pendingTimers, 0);
    assert.equal(real.daemon.sessions.size, 0);
  }
}
