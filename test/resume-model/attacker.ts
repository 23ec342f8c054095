import type { Coverage } from "./coverage.js";
import type { ModelLine, Side } from "./line.js";
import type { ModelNetwork } from "./network.js";
import type { Random } from "../fuzz/random.js";

const MOST_FRAMES = 400;

interface Recording {
  readonly line: ModelLine;
  readonly from: Side;
  readonly frame: Uint8Array;
}

/** Somebody who sees every byte of every line, and says again what was said, to whom he likes. */
export class Attacker {
  readonly #random: Random;
  readonly #coverage: Coverage;
  #recordings: Recording[] = [];

  constructor(random: Random, coverage: Coverage) {
    this.#random = random;
    this.#coverage = coverage;
  }

  records(line: ModelLine, from: Side, frame: Uint8Array): void {
    // What he says himself he knows.
    if (from === "client" && line.dialler === undefined) return;
    this.#recordings.push({ line, from, frame: frame.slice() });
    // The handshakes stay: they are what is worth most.
    if (this.#recordings.length > MOST_FRAMES)
      this.#recordings = this.#recordings.filter(
        ({ frame: { 3: type } }, index) => index > MOST_FRAMES / 2 || type !== 4,
      );
  }

  /** Dials the daemon and says what a client said on one of its lines: HELLO alone, or all that came after it too. */
  replayLine(network: ModelNetwork): boolean {
    const said = this.#saidOnOneLine("client");
    if (said.length === 0) return false;
    const line = network.dial(undefined);
    const count = this.#random.oneIn(2) ? 1 : this.#random.between(1, said.length);
    for (const frame of said.slice(0, count)) line.client.send(frame);
    this.#coverage.note(count === 1 ? "attack: HELLO replayed" : "attack: whole line replayed");
    return true;
  }

  /** Says something old on a line that is in use, in either direction. */
  replayInto(network: ModelNetwork, line: ModelLine): boolean {
    if (this.#recordings.length === 0) return false;
    // Often what was said on this very line, or by this very side.
    const own = this.#recordings.filter((recording) => recording.line === line);
    const { from, frame } = this.#random.pick(own.length > 0 && this.#random.oneIn(2) ? own : this.#recordings);
    const isReflected = this.#random.oneIn(4);
    const to: Side = (from === "client") === isReflected ? "client" : "server";
    network.inject(line.laneTo(to), frame);
    this.#coverage.note(isReflected ? "attack: frame reflected" : "attack: frame replayed");
    return true;
  }

  /** Answers a client in the daemon's place with what the daemon said on another line. */
  impersonate(line: ModelLine): void {
    const said = this.#saidOnOneLine("server");
    for (const frame of said.slice(0, this.#random.between(1, said.length + 1))) line.server.send(frame);
    if (this.#random.oneIn(2)) line.server.close(1000);
    this.#coverage.note("attack: daemon impersonated");
  }

  #saidOnOneLine(from: Side): readonly Uint8Array[] {
    const lines = [...new Set(this.#recordings.filter((one) => one.from === from).map(({ line }) => line))];
    if (lines.length === 0) return [];
    const chosen = this.#random.pick(lines);
    return this.#recordings.filter((one) => one.line === chosen && one.from === from).map(({ frame }) => frame);
  }
}
