import type { ModelClient } from "./model-client.js";
import type { ModelLine } from "./line.js";
import type { World } from "./world.js";

/** What may happen; returns what it was, or undefined when there was no occasion. */
export type Move = (world: World) => string | undefined | Promise<string | undefined>;

const MIB = 1024 * 1024;
/** Senders wait from here on (protocol.md section 5). */
const CONGESTED_BYTES = 4 * MIB;

function someClient({ clients, random }: World): ModelClient {
  return random.pick(clients);
}

function someLine(world: World): ModelLine | undefined {
  const lines = world.network.lines.filter(({ isOver }) => !isOver);
  // The newest are those in use.
  const newest = lines.slice(-2);
  return lines.length === 0 ? undefined : world.random.pick(world.random.oneIn(3) ? lines : newest);
}

function cut(world: World, line: ModelLine): string {
  const stage = ["before HELLO", "after HELLO", "after WELCOME", "after CONFIRM"][world.wire.stageOf(line)]!;
  const [toServer, toClient] = [line.toServer.cargo.length, line.toClient.cargo.length];
  world.network.cut(line);
  const [leftToServer, leftToClient] = [line.toServer.cargo.length, line.toClient.cargo.length];
  world.coverage.note(`cut ${stage}`);
  if (leftToServer < toServer) world.coverage.note("cut: tail to the server lost");
  if (leftToClient < toClient) world.coverage.note("cut: tail to the client lost");
  if (line.client.isOpen !== line.server.isOpen) world.coverage.note("cut: one side alone sees it");
  return `line ${line.number} is cut ${stage}: ${leftToServer} of ${toServer} go on to the server, ${leftToClient} of ${toClient} to the client`;
}

/** The moves, by name. */
export const MOVES: Readonly<Record<string, { readonly weight: number; readonly make: Move }>> = {
  ask: {
    weight: 30,
    make: (world) => {
      const client = someClient(world);
      if (!client.isOpen) return undefined;
      const count = world.random.between(1, 4);
      for (let one = 0; one < count; one++) client.traffic.ask();
      return `${client.name} asks for ${count}`;
    },
  },
  "let calls go": {
    weight: 6,
    make: ({ desk }) => {
      const count = desk.waitingCount;
      desk.letGo();
      return count === 0 ? undefined : `${count} calls that wait go on`;
    },
  },
  cancel: { weight: 4, make: (world) => (someClient(world).traffic.cancel() ? "a call is given up" : undefined) },
  release: {
    weight: 3,
    make: (world) => (someClient(world).traffic.release() ? "a reference is released" : undefined),
  },
  cut: {
    weight: 12,
    make: (world) => {
      const line = someLine(world);
      return line === undefined || line.isCut ? undefined : cut(world, line);
    },
  },
  // So that a newer line overtakes what was said on an older one, CONFIRM above all.
  "hold back": {
    weight: 8,
    make: (world) => {
      const lines = world.network.lines.filter(
        ({ isCut, client, toServer }) => !isCut && client.isOpen && toServer.cargo.length > 0,
      );
      const confirming = lines.filter(({ toServer }) =>
        toServer.cargo.some((one) => one.kind === "frame" && one.bytes[3] === 3),
      );
      const line = (confirming.length > 0 ? confirming : lines).at(-1);
      if (line === undefined) return undefined;
      line.toServer.isStalled = true;
      line.cut({ client: 0, server: Infinity }, { client: "now", server: "late" });
      return `line ${line.number} breaks for the client, and what it said comes late`;
    },
  },
  stall: {
    weight: 6,
    make: (world) => {
      const line = someLine(world);
      if (line === undefined) return undefined;
      const lane = world.random.oneIn(2) ? line.toClient : line.toServer;
      lane.isStalled = true;
      return `line ${line.number} to the ${lane.to} stalls`;
    },
  },
  unstall: {
    weight: 6,
    make: (world) => {
      const stalled = world.network.lines
        .flatMap((line) => [line.toClient, line.toServer])
        .filter((lane) => lane.isStalled);
      if (stalled.length === 0) return undefined;
      const lane = world.random.pick(stalled);
      lane.isStalled = false;
      return `line ${lane.line.number} to the ${lane.to} goes on`;
    },
  },
  flip: {
    weight: 5,
    make: (world) => {
      const line = someLine(world);
      return line !== undefined && world.network.flip(line) ? `a bit on line ${line.number} flips` : undefined;
    },
  },
  "drop a frame": {
    weight: 4,
    make: (world) => {
      const line = someLine(world);
      return line !== undefined && world.network.drop(line) ? `a frame is taken out of line ${line.number}` : undefined;
    },
  },
  "replay a line": {
    weight: 4,
    make: ({ attacker, network }) => (attacker.replayLine(network) ? "the attacker dials with a recording" : undefined),
  },
  "replay into a line": {
    weight: 5,
    make: (world) => {
      const line = someLine(world);
      if (line === undefined) return undefined;
      return world.attacker.replayInto(world.network, line)
        ? `an old frame is put into line ${line.number}`
        : undefined;
    },
  },
  renew: {
    weight: 6,
    make: (world) => {
      const client = someClient(world);
      if (!client.isConnected) return undefined;
      client.renew();
      return `${client.name} renews`;
    },
  },
  "rotate the key": {
    weight: 3,
    make: (world) => {
      const client = someClient(world);
      return client.isConnected && client.rotate() ? `${client.name} takes a new key` : undefined;
    },
  },
  "revoke the key": {
    weight: 1,
    make: (world) => {
      const client = someClient(world);
      return client.isConnected && client.revoke() ? `the key of ${client.name} is removed` : undefined;
    },
  },
  dialling: {
    weight: 4,
    make: (world) => {
      world.dialling =
        world.dialling === "goes through"
          ? world.random.pick(["stalls", "breaks", "breaks", "is answered by the attacker"] as const)
          : "goes through";
      return `what is dialled ${world.dialling}`;
    },
  },
  "end a session": {
    weight: 1,
    make: (world) => {
      const sessions = [...world.core.sessions.values()];
      if (sessions.length === 0) return undefined;
      const session = world.random.pick(sessions);
      world.oracle.mayEnd(session.sessionId);
      world.coverage.note(session.isAttached ? "server ends an attached session" : "server ends a detached session");
      void session.close();
      return `the daemon ends the session of ${session.principal.subject}`;
    },
  },
  wait: {
    weight: 14,
    make: async (world) => {
      const ms = world.random.pick([1, 20, 300, 500, 1_000, 3_000, 10_000]);
      await world.pass(ms);
      return `${ms} ms pass`;
    },
  },
  "wait for heartbeats": {
    weight: 2,
    make: async (world) => {
      await world.pass(world.random.pick([20_000, 30_000, 51_000]));
      return "heartbeats pass";
    },
  },
  "let the lease end": {
    weight: 1,
    make: async (world) => {
      const client = someClient(world);
      const before = world.dialling;
      world.dialling = world.random.pick(["stalls", "breaks"] as const);
      for (const line of world.linesOf(client)) if (!line.isCut) cut(world, line);
      const ms = world.windowMs + world.random.pick([-3_000, -50, 1, 10_000, 35_000, 45_000, 100_000]);
      await world.pass(ms);
      world.dialling = before;
      return `${client.name} can't dial for ${ms} ms`;
    },
  },
  "let credentials expire": {
    weight: 1,
    make: async (world) => {
      if (world.clients.every(({ hasTickets }) => !hasTickets)) return undefined;
      const before = world.dialling;
      world.dialling = "stalls";
      await world.pass(160_000);
      world.dialling = before;
      return "nobody can renew for 160 s";
    },
  },
  "send much": {
    weight: 1,
    make: async (world) => {
      if (!world.random.oneIn(4)) return undefined;
      const client = someClient(world);
      const [line] = world.linesOf(client).slice(-1);
      if (line === undefined || !client.isOpen) return undefined;
      line.toServer.isStalled = true;
      for (let one = 0; one < 5; one++) client.traffic.sendBytes(1.5 * MIB);
      await world.pass(200);
      const { bufferedBytes } = line.client;
      // A frame that began below the limit may end above it.
      if (bufferedBytes > CONGESTED_BYTES + 2.5 * MIB)
        world.violations.add(`${bufferedBytes} bytes wait on line ${line.number}`);
      if (bufferedBytes > CONGESTED_BYTES - 2.5 * MIB) world.coverage.note("congested");
      if (world.random.oneIn(2) && !line.isCut) cut(world, line);
      return `${client.name} sends 7.5 MiB over line ${line.number}, which stalls`;
    },
  },
};
