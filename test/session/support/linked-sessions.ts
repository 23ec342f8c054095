import { ClientHandshake, type Established } from "../../../src/auth/client-handshake.js";
import { Key } from "../../../src/auth/key.js";
import { KeyRing } from "../../../src/auth/key-ring.js";
import { type Accepted, ServerHandshake } from "../../../src/auth/server-handshake.js";
import { superjsonSerializer } from "../../../src/serializers/superjson-serializer.js";
import type { CallHandler, InboundCall } from "../../../src/session/call-handler.js";
import { DEFAULT_SESSION_LIMITS } from "../../../src/session/limits.js";
import { OutboundCall } from "../../../src/session/outbound-call.js";
import { Session } from "../../../src/session/session.js";
import type { SessionOptions } from "../../../src/session/session-options.js";
import { frameBody, decodeBody } from "../../../src/wire/body.js";
import { FrameType } from "../../../src/wire/constants.js";
import { bodyOf, writeHeader } from "../../../src/wire/frame.js";
import { type FakeClock, fakeClock } from "../../../src/testing/fake-clock.js";
import { transportPair } from "../../../src/transport/transport-pair.js";
import type { Transport, TransportClose } from "../../../src/transport/transport.js";

/** A call whose outcome is a promise. */
class PromisedCall extends OutboundCall {
  readonly promise: Promise<unknown>;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(member: string, args: readonly unknown[]) {
    super("call", "object", member, args);
    this.promise = new Promise((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]));
    this.promise.catch(() => undefined);
  }

  succeed(value: unknown): void {
    this.#resolve(value);
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}

export function call(session: Session, member: string, ...args: unknown[]): Promise<unknown> {
  const made = new PromisedCall(member, args);
  session.call(made);
  return made.promise;
}

export type Members = Readonly<Record<string, (this: InboundCall, ...args: never[]) => unknown>>;

/** Serves one object's members; exports nothing but functions. */
function handlerOf(members: Members): CallHandler {
  return {
    run: (inbound) => {
      const member = typeof inbound.target === "function" ? inbound.target : members[inbound.member];
      if (member === undefined) throw new Error(`no member ${inbound.member}`);
      return (member as (...args: unknown[]) => unknown).apply(inbound, [...inbound.args]);
    },
    members: () => [],
    isExposed: () => false,
  };
}

/** The two halves of a real handshake, in memory. */
export function established(peerMaxFrameBytes = 64 * 1024, windowMs = 0): { client: Established; server: Established } {
  const key = Key.generate({ id: "test" });
  const serializers = [1];
  const client = new ClientHandshake({
    credential: { method: 1, key },
    audience: "",
    serializers,
    maxFrameBytes: peerMaxFrameBytes,
  });
  const server = new ServerHandshake({
    keys: new KeyRing([key]),
    audiences: [""],
    serializers,
    maxFrameBytes: peerMaxFrameBytes,
    heartbeatMs: 20_000,
    windowMs,
    nowMs: () => Date.now(),
  });
  const accepted = server.hello(client.hello) as Accepted;
  return { client: client.welcome(accepted.welcome) as Established, server: accepted.established };
}

export interface LinkedSessions {
  readonly client: Session;
  readonly server: Session;
  readonly clock: FakeClock;
  /** Frames in the order sent, by direction. */
  readonly frames: { readonly up: Uint8Array[]; readonly down: Uint8Array[] };
  readonly closes: { client?: TransportClose; server?: TransportClose };
  /** Cuts the line as a broken cable would. */
  cut(): void;
  /** Joins both by another line with fresh keys, as a handshake that resumes does. */
  rejoin(): void;
}

export interface LinkedSessionsOptions {
  readonly members?: Members;
  readonly client?: Partial<SessionOptions>;
  readonly server?: Partial<SessionOptions>;
  readonly maxFrameBytes?: number;
  /** How long sessions outlive their line, in ms. @default 0 */
  readonly windowMs?: number;
  /** Changes a frame on its way; undefined drops it. */
  readonly tamper?: (
    frame: Uint8Array,
    direction: "up" | "down",
    index: number,
  ) => Uint8Array | readonly Uint8Array[] | undefined;
}

/** A client's and a server's session over a pipe in memory, with real keys. */
export function linkedSessions(options: LinkedSessionsOptions = {}): LinkedSessions {
  const { members = {}, maxFrameBytes = 64 * 1024, windowMs = 0, tamper } = options;
  const clock = fakeClock();
  const common = commonOptions(members, { clock, maxFrameBytes });
  const client = new Session({ role: "client", ...common, peer: "ws://daemon", ...options.client });
  const server = new Session({ role: "server", ...common, peer: "client", ...options.server });
  let line: Transport | undefined;
  const frames = { up: [] as Uint8Array[], down: [] as Uint8Array[] };
  const closes: LinkedSessions["closes"] = {};
  const attach = (side: "client" | "server", transport: Transport, keys: Established): void => {
    const direction = side === "client" ? "down" : "up";
    const receiver = (side === "client" ? client : server).attach(transport, keys);
    transport.start({
      opened: () => undefined,
      frame: (frame) => {
        frames[direction].push(frame.slice());
        const changed = tamper === undefined ? frame : tamper(frame, direction, frames[direction].length);
        for (const each of changed === undefined ? [] : changed instanceof Uint8Array ? [changed] : changed)
          receiver.frame(each);
      },
      closed: (close) => {
        closes[side] = close;
        receiver.closed(close);
      },
    });
  };
  const join = (): void => {
    const [left, right] = transportPair();
    const keys = established(maxFrameBytes, windowMs);
    const acks = { client: client.takenSeq, server: server.takenSeq };
    line = left;
    attach("server", right, { ...keys.server, peerAck: acks.client });
    attach("client", left, { ...keys.client, peerAck: acks.server });
  };
  join();
  return { client, server, clock, frames, closes, cut: () => line?.destroy(), rejoin: join };
}

function commonOptions(members: Members, { clock, maxFrameBytes }: { clock: FakeClock; maxFrameBytes: number }) {
  return {
    handler: handlerOf(members),
    proxies: { create: (reference: object) => reference, read: () => undefined },
    serializer: superjsonSerializer(),
    limits: DEFAULT_SESSION_LIMITS,
    clock,
    scheduleFlush: (flush: () => void) => queueMicrotask(flush),
    maxFrameBytes,
    defaultTimeoutMs: 30_000,
  };
}

export interface RawClient {
  readonly server: Session;
  readonly clock: FakeClock;
  /** Signs a body and sends it as the next frame. */
  say(messages: readonly unknown[], segments?: readonly Uint8Array[]): Promise<void>;
  /** Messages that came, acknowledgements left out. */
  readonly heard: unknown[][];
  readonly closes: TransportClose[];
  /** What its frames acknowledge from now on. */
  ack: number;
}

/** A server's session, and a client that holds the keys and says what it likes. It acknowledges nothing unless told to. */
export async function rawClient(
  options: { members?: Members; maxFrameBytes?: number; opens?: boolean; server?: Partial<SessionOptions> } = {},
): Promise<RawClient> {
  const { members = {}, maxFrameBytes = 2 * 1024 * 1024, opens = true } = options;
  const clock = fakeClock();
  const keys = established(maxFrameBytes);
  const server = new Session({
    role: "server",
    ...commonOptions(members, { clock, maxFrameBytes }),
    ...options.server,
  });
  const [left, right] = transportPair();
  const receiver = server.attach(right, keys.server);
  right.start({ opened: () => undefined, ...receiver });
  const heard: unknown[][] = [];
  const closes: TransportClose[] = [];
  left.start({
    opened: () => undefined,
    frame: (frame) => heard.push(...(decodeBody(bodyOf(frame)).messages as unknown as unknown[][])),
    closed: (close) => closes.push(close),
  });
  let seq = 0;
  const say = async (messages: readonly unknown[], segments: readonly Uint8Array[] = []): Promise<void> => {
    const frame = frameBody(JSON.stringify(messages), segments);
    writeHeader(frame, { type: FrameType.DATA, ack: raw.ack, seq: ++seq });
    keys.client.sendMac.sign(frame);
    left.send(frame);
    await clock.advance(0);
  };
  const raw: RawClient = { server, clock, say, heard, closes, ack: 0 };
  if (opens) await say([["open"]]);
  return raw;
}

/** A client's session, and a server that holds the keys and says what it likes. */
export function rawServer(): { client: Session; clock: FakeClock; say(messages: readonly unknown[]): Promise<void> } {
  const clock = fakeClock();
  const maxFrameBytes = 2 * 1024 * 1024;
  const keys = established(maxFrameBytes);
  const client = new Session({ role: "client", ...commonOptions({}, { clock, maxFrameBytes }) });
  const [left, right] = transportPair();
  left.start({ opened: () => undefined, ...client.attach(left, keys.client) });
  right.start({ opened: () => undefined, frame: () => undefined, closed: () => undefined });
  let seq = 0;
  const say = async (messages: readonly unknown[]): Promise<void> => {
    const frame = frameBody(JSON.stringify(messages), []);
    writeHeader(frame, { type: FrameType.DATA, ack: 0, seq: ++seq });
    keys.server.sendMac.sign(frame);
    right.send(frame);
    await clock.advance(0);
  };
  return { client, clock, say };
}
