import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { createConnect } from "../../src/client/connect.js";
import { DaemonCore } from "../../src/daemon/daemon.js";
import { quietMicrotasks } from "../../src/session/flush-scheduler.js";
import type { Transport } from "../../src/transport/transport.js";
import type { Random } from "../fuzz/random.js";
import { Attacker } from "./attacker.js";
import type { Coverage } from "./coverage.js";
import { Desk } from "./desk.js";
import { Ledger } from "./ledger.js";
import type { LineWatcher, ModelLine, Side } from "./line.js";
import { ModelClient } from "./model-client.js";
import { ModelClock, turn } from "./model-clock.js";
import { ModelNetwork } from "./network.js";
import { SessionOracle } from "./session-oracle.js";
import { Violations } from "./violations.js";
import { WireOracle } from "./wire-oracle.js";

const URL = "ws://desk.test/";
const HEARTBEAT_MS = 20_000;
/** Long enough to be renewed now and then, and to end while nobody can be dialled. */
const TICKET_MS = 90_000;

/** What happens to the lines that are dialled. */
type Dialling = "goes through" | "stalls" | "breaks" | "is answered by the attacker";

/** A daemon and its clients, the lines between them, and who watches. */
export class World implements LineWatcher {
  readonly random: Random;
  readonly coverage: Coverage;
  readonly clock = new ModelClock();
  readonly violations = new Violations();
  readonly network: ModelNetwork;
  readonly wire: WireOracle;
  readonly attacker: Attacker;
  readonly ledger: Ledger;
  readonly oracle: SessionOracle;
  readonly desk: Desk;
  readonly core: DaemonCore;
  readonly clients: readonly ModelClient[];
  readonly windowMs: number;
  dialling: Dialling = "goes through";
  readonly #trace: string[] = [];

  constructor(random: Random, coverage: Coverage) {
    this.random = random;
    this.coverage = coverage;
    this.windowMs = random.pick([60_000, 120_000]);
    this.network = new ModelNetwork(random, this);
    this.wire = new WireOracle({ clock: this.clock, violations: this.violations, coverage });
    this.attacker = new Attacker(random, coverage);
    this.ledger = new Ledger({
      clock: this.clock,
      violations: this.violations,
      coverage,
      framesOf: (client) => this.wire.framesOf(client),
    });
    this.oracle = new SessionOracle({
      clock: this.clock,
      windowMs: this.windowMs,
      heartbeatMs: HEARTBEAT_MS,
      violations: this.violations,
      coverage,
      welcomedAtMs: (sessionId) => this.wire.welcomedAtMs(sessionId),
    });
    this.desk = new Desk(this.ledger);
    const keys = new KeyRing([Key.generate({ id: "mint", use: "mint" })]);
    const maxFrameBytes = random.pick([16 * 1024, 16 * 1024, 64 * 1024, 2 * 1024 * 1024]);
    this.core = new DaemonCore(
      { desk: this.desk },
      { keys, clock: this.clock, limits: { maxFrameBytes }, sessions: { windowMs: this.windowMs } },
    );
    this.core.setReachable({ audiences: [URL.slice(0, -1)] });
    this.#listen();
    const names = random.oneIn(2) ? ["ann"] : ["ann", "zoe"];
    this.clients = names.map((name) => {
      const mint = () => this.core.mintTicket({ subject: name, lifetimeMs: TICKET_MS });
      return new ModelClient({
        name,
        url: URL,
        maxFrameBytes,
        connect: createConnect({
          isLocal: true,
          clock: this.clock,
          scheduleFlush: quietMicrotasks,
          dial: () => this.#dial(name),
        }),
        keys,
        clock: this.clock,
        mint: random.oneIn(3) ? mint : undefined,
        random,
        ledger: this.ledger,
        oracle: this.oracle,
        coverage,
        confirmed: () => this.wire.confirmedBy(name),
        tell: (what) => this.note(what),
      });
    });
  }

  note(move: string): void {
    const seconds = ((this.clock.now() - this.clock.startMs) / 1000).toFixed(1);
    this.#trace.push(`${seconds} s: ${move}`);
  }

  /** The newest moves. */
  get trace(): readonly string[] {
    return this.#trace.slice(-60);
  }

  /** The lines of a client that it has not closed. */
  linesOf(client: ModelClient): readonly ModelLine[] {
    return this.network.lines.filter((line) => line.dialler === client.name && line.client.isOpen);
  }

  /** Lets some things arrive, a turn after most of them. */
  async deliver(count: number): Promise<void> {
    for (let step = 0; step < count; step++) {
      if (!this.network.step()) break;
      if (!this.random.oneIn(3)) await turn();
    }
    await turn();
  }

  /** Lets time pass, and some things arrive meanwhile. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.clock.now() + ms;
    for (;;) {
      const dueMs = this.clock.nextDueMs;
      await this.clock.moveTo(Math.min(dueMs, untilMs));
      await this.deliver(this.random.below(8));
      this.check();
      if (dueMs > untilMs) return;
    }
  }

  /** @throws Error when something has gone against the protocol */
  check(): void {
    this.ledger.check();
    this.violations.check();
  }

  arrived(line: ModelLine): void {
    if (line.isImpersonated) this.attacker.impersonate(line);
    else this.core.accept(line.server, { remoteAddress: line.dialler === undefined ? "10.0.0.66" : "10.0.0.1" });
  }

  sent(line: ModelLine, from: Side, frame: Uint8Array): void {
    if (line.isImpersonated || (line.dialler === undefined && from === "client")) return;
    this.attacker.records(line, from, frame);
    this.wire.sent(line, from, frame);
  }

  dropped(line: ModelLine, from: Side): void {
    if (from === "client" && line.dialler !== undefined) this.wire.handedOver(line.dialler);
  }

  delivered(line: ModelLine, to: Side, frame: Uint8Array): void {
    if (!line.isImpersonated) this.wire.delivered(line, to, frame);
  }

  closing(line: ModelLine, from: Side, code: number): void {
    this.coverage.note(`closed by the ${from}: ${code}`);
    this.wire.closing(line, from, code);
  }

  #dial(name: string): Transport {
    const line = this.network.dial(name);
    if (this.dialling === "is answered by the attacker") line.isImpersonated = true;
    if (this.dialling === "stalls") line.toServer.isStalled = line.toClient.isStalled = true;
    if (this.dialling === "breaks") line.cut({ client: 0, server: 0 }, { client: "late", server: "now" });
    return line.client;
  }

  #listen(): void {
    this.core.on("accepted", (session) => this.oracle.accepted(session));
    this.core.on("closed", (session, reason) => this.oracle.closed(session, reason));
    this.core.on("detached", (session, cause) => this.oracle.detached(session, cause));
    const goesOn = (session: Parameters<SessionOracle["resumed"]>[0]): void => {
      this.oracle.resumed(session);
      // Not in the midst of a commit: the ring ends sessions at once.
      queueMicrotask(() =>
        this.clients.find(({ name }) => name === session.principal.subject)?.seenWith(session.keyId),
      );
    };
    this.core.on("resumed", goesOn);
    this.core.on("renewed", goesOn);
  }
}
