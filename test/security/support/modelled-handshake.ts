import { vi } from "vitest";
import { ClientHandshake } from "../../../src/auth/client-handshake.js";
import { Key } from "../../../src/auth/key.js";
import { KeyRing } from "../../../src/auth/key-ring.js";
import { ServerHandshake } from "../../../src/auth/server-handshake.js";
import { createConnect } from "../../../src/client/connect.js";
import type { Connection } from "../../../src/client/connection.js";
import { DaemonCore } from "../../../src/daemon/daemon.js";
import { fakeClock } from "../../../src/testing/fake-clock.js";
import { decodeBody } from "../../../src/wire/body.js";
import { FrameType } from "../../../src/wire/constants.js";
import { bodyOf } from "../../../src/wire/frame.js";
import { FuzzLine } from "../../fuzz/fuzz-line.js";
import { FuzzPeer } from "../../fuzz/fuzz-peer.js";
import { turnOfTheLoop } from "../../fuzz/fuzz-target.js";
import type { ModelFrame } from "./handshake-model.js";

const AUDIENCE = "ws://127.0.0.1:7766";
const forger = Key.from(new Uint8Array(32).fill(7), { id: "ann" });

export type End = "client" | "server";

/** The real code of both ends, and between them whoever runs the test. */
export class ModelledHandshake {
  readonly clock = fakeClock();
  readonly key = Key.generate({ id: "ann" });
  readonly keys = new KeyRing([this.key]);
  readonly daemon: DaemonCore;
  readonly lines: Readonly<Record<End, FuzzLine>> = { client: new FuzzLine(), server: new FuzzLine() };
  /** Frames of an honest session of the same key, which is over. */
  recorded: Readonly<Record<End, readonly Uint8Array[]>> = { client: [], server: [] };
  accepted = 0;
  runs = 0;
  #connection: Connection | undefined;
  readonly #thoughts: Readonly<Record<End, (() => void)[]>> = { client: [], server: [] };

  constructor() {
    const shop = { buy: (): number => ++this.runs };
    this.daemon = new DaemonCore({ shop }, { keys: this.keys, clock: this.clock, sessions: { windowMs: 0 } });
    this.daemon.setReachable({ audiences: [AUDIENCE] });
    this.daemon.on("accepted", () => void this.accepted++);
  }

  /** Records a session, and then begins the one that the test is about. */
  async begin(thinks: Readonly<Record<End, boolean>>): Promise<void> {
    await this.#record();
    if (thinks.server) delay(ServerHandshake.prototype, "hello", this.#thoughts.server);
    if (thinks.client) delay(ClientHandshake.prototype, "welcome", this.#thoughts.client);
    this.accepted = this.runs = 0;
    this.daemon.accept(this.lines.server);
    const { openConnection } = createConnect({
      clock: this.clock,
      scheduleFlush: (flush) => queueMicrotask(flush),
      dial: () => this.lines.client,
    });
    this.#connection = openConnection(`${AUDIENCE}/`, { key: this.key, isolated: true });
    this.call();
    await settle();
  }

  get connection(): Connection {
    if (this.#connection === undefined) throw new Error("begin() comes first");
    return this.#connection;
  }

  /** One more call; what becomes of it nobody asks. */
  call(): void {
    const shop = this.connection.object("shop") as unknown as { buy(): Promise<number> };
    shop.buy().catch(() => undefined);
  }

  /** What an end was thinking about is known now. */
  async think(end: End): Promise<void> {
    for (const known of this.#thoughts[end].splice(0)) known();
    await settle();
  }

  async deliver(end: End, bytes: Uint8Array): Promise<void> {
    this.lines[end].deliver(bytes);
    await settle();
  }

  /** The n-th frame that an end has said. */
  frameOf(end: End, index: number): { readonly bytes: Uint8Array; readonly model: ModelFrame } | undefined {
    const bytes = this.lines[end].sent[index];
    if (bytes === undefined) return undefined;
    const isValidHello = bytes[3] === FrameType.HELLO;
    return { bytes, model: { origin: { from: end, index }, isValidHello, calls: callsIn(bytes) } };
  }

  /** HELLO of another client: with the right key, or with other bytes under its id. */
  otherHello(isForged: boolean): Uint8Array {
    const credential = { method: 1, key: isForged ? forger : this.key } as const;
    return new ClientHandshake({ credential, audience: AUDIENCE, serializers: [1], maxFrameBytes: 65_536 }).hello;
  }

  async #record(): Promise<void> {
    const line = new FuzzLine();
    const client: Uint8Array[] = [];
    this.daemon.accept(line);
    const peer = new FuzzPeer(line, { key: this.key });
    const say = async (bytes: Uint8Array): Promise<void> => {
      client.push(bytes);
      line.deliver(bytes);
      await settle();
    };
    await say(peer.handshake.hello);
    await peer.takeWelcome();
    await say(peer.confirm());
    await say(peer.data({ head: '[["open"],["call",1,"shop","buy",{"json":[]}]]', segments: [] }));
    await say(peer.data({ head: '[["call",2,"shop","buy",{"json":[]}]]', segments: [] }));
    line.destroy();
    await settle();
    this.recorded = { client, server: [...line.sent] };
  }
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await turnOfTheLoop();
}

function callsIn(frame: Uint8Array): number {
  if (frame[3] !== FrameType.DATA) return 0;
  return decodeBody(bodyOf(frame)).messages.filter(([name]) => name === "call").length;
}

/** Makes a step of a handshake wait until it is told to go on, as one does that asks for keys elsewhere. */
function delay(prototype: object, name: string, thoughts: (() => void)[]): void {
  const step = (prototype as Record<string, (frame: Uint8Array) => unknown>)[name]!;
  const spy = vi.spyOn(prototype as Record<string, (frame: Uint8Array) => unknown>, name);
  spy.mockImplementation(async function (this: unknown, frame) {
    await new Promise<void>((resolve) => void thoughts.push(resolve));
    return step.call(this, frame);
  });
}
