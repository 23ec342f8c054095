import { setTimeout as pause } from "node:timers/promises";
import { ClientHandshake } from "../../../src/auth/client-handshake.js";
import { Key } from "../../../src/auth/key.js";
import { HostilePeer } from "../support/hostile-peer.js";
import { RawLine } from "../support/raw-line.js";

/** Whom to attack, and with which key; what an attacking process is told. */
export interface Victim {
  readonly url: string;
  readonly keyBytes: Uint8Array;
}

/** What an attack has at hand. */
export class Attack {
  readonly #victim: Victim;
  readonly #key: Key;
  readonly port: number;
  /** Rounds that were completed, and connections that were made. */
  rounds = 0;
  connections = 0;
  bytes = 0;

  constructor(victim: Victim) {
    this.#victim = victim;
    this.#key = Key.from(victim.keyBytes, { id: "eve" });
    this.port = Number(new URL(victim.url).port);
  }

  /** A TCP connection that was not upgraded. */
  async line(): Promise<RawLine> {
    this.connections++;
    return RawLine.connect(this.port);
  }

  /** A connection upgraded to a WebSocket. */
  async webSocket(): Promise<RawLine> {
    const line = await this.line();
    await line.upgrade();
    return line;
  }

  /** A peer with an open session. */
  peer(until: "greeted" | "open" = "open"): Promise<HostilePeer> {
    this.connections++;
    return HostilePeer.open({ url: this.#victim.url, key: this.#key, until });
  }

  /** A HELLO that the daemon would accept, or one under the same name with another key. */
  hello(isHonest: boolean): Uint8Array {
    return new ClientHandshake({
      credential: { method: 1, key: isHonest ? this.#key : Key.generate({ id: "eve" }) },
      audience: new URL(this.#victim.url).origin,
      serializers: [1],
      maxFrameBytes: 65_536,
    }).hello;
  }

  /** Writes the same bytes until the line is torn down, or so many were written. */
  async flood({ socket }: RawLine | HostilePeer, bytes: Buffer, most: number): Promise<void> {
    for (let written = 0; !socket.destroyed && written < most; written += bytes.length) {
      this.bytes += bytes.length;
      await new Promise((resolve) => socket.write(bytes, resolve));
    }
  }

  /** Hangs up without leaving a socket of this side waiting, of which a system has only so many. */
  reset({ socket }: RawLine | HostilePeer): void {
    socket.resetAndDestroy();
  }

  pause(ms: number): Promise<void> {
    return pause(ms);
  }
}
