import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { DiscoveryProof } from "../../src/auth/discovery-proof.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { DiscoveryAsker, type FoundNameServer } from "../../src/node/discovery-asker.js";
import { type DiscoveryKind, type DiscoveryLink, openDiscoveryLink } from "../../src/node/discovery-link.js";
import { DiscoveryResponder } from "../../src/node/discovery-responder.js";
import { installHost } from "../../src/node/install-host.js";
import { systemClock } from "../../src/session/clock.js";
import { decodeDiscoveryQuestion } from "../../src/wire/discovery-message.js";

installHost();

const key = Key.generate({ id: "team" });
const proof = new DiscoveryProof(key);
const office: FoundNameServer = { name: "office", address: "wss://192.168.1.5:7765/names" };
/** Packets that a forger sends between two turns of the event loop. */
const AT_ONCE = 16;

const opened: DiscoveryLink[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((link) => link.close()));
});

/** A network of real sockets on this machine. */
async function network() {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return async (): Promise<DiscoveryLink> => {
    const link = await openDiscoveryLink({ interfaces: ["127.0.0.1"], port });
    opened.push(link);
    return link;
  };
}

const respond = (link: DiscoveryLink): DiscoveryResponder =>
  new DiscoveryResponder(link, { keys: new KeyRing([key]), ...office, clock: systemClock });
const question = (): Uint8Array =>
  proof.signQuestion({ askedAtMs: Date.now(), nonce: crypto.getRandomValues(new Uint8Array(16)) });

/** Sends so many packets, as fast as the receivers' event loop goes, and says how many have come. */
async function flood(
  link: DiscoveryLink,
  { kind, count, packet }: { kind: DiscoveryKind; count: number; packet: (index: number) => Uint8Array },
): Promise<number> {
  let heard = 0;
  link.receive((what) => void (heard += what === kind ? 1 : 0));
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    for (let index = sent; index < sent + AT_ONCE; index += 1) link.send(kind, packet(index));
    await nextTurn();
  }
  return heard;
}

async function firstFound(link: DiscoveryLink, timeoutMs = 20_000): Promise<FoundNameServer | undefined> {
  for await (const found of new DiscoveryAsker(link, { key, clock: systemClock, timeoutMs }).ask()) return found;
  return undefined;
}

describe("on a real network", () => {
  test("3 000 forged answers to the very question don't blind a search", async () => {
    const open = await network();
    const [forger, asker] = [await open(), await open()];
    const asked = new Promise<Uint8Array>((resolve) =>
      forger.receive((kind, bytes) => kind === "question" && resolve(bytes)),
    );
    const searching = firstFound(asker);
    const { nonce } = decodeDiscoveryQuestion(await asked);
    const stranger = new DiscoveryProof(Key.generate({ id: "team" }));
    const packet = (index: number): Uint8Array =>
      stranger.signAnswer({
        answeredAtMs: Date.now(),
        nonce,
        name: "evil",
        address: `wss://192.168.1.6:${1 + index}/names`,
      });
    expect(await flood(forger, { kind: "answer", count: 3_000, packet })).toBeGreaterThan(1_000);
    // Only now is there a server: what came before has used up nothing.
    respond(await open());
    expect(await searching).toEqual(office);
  });

  test("3 000 forged questions don't starve an honest one, nor do old ones that come again", async () => {
    const open = await network();
    const [forger, server, asker] = [await open(), await open(), await open()];
    respond(server);
    const recorded = question();
    const forged = question();
    forged[447]! ^= 1;
    const packet = (index: number): Uint8Array => (index % 2 === 0 ? forged : recorded);
    let answers = 0;
    asker.receive((kind) => void (answers += kind === "answer" ? 1 : 0));
    // The honest ones come in their midst and right after them, all within a second.
    const flooding = flood(forger, { kind: "question", count: 3_000, packet });
    for (let turn = 0; turn < 30; turn += 1) await nextTurn();
    expect(await firstFound(asker, 600)).toEqual(office);
    expect(await flooding).toBeGreaterThan(1_000);
    expect(answers).toBeLessThan(10);
  });

  test("answers that were recorded lead nobody anywhere", async () => {
    const open = await network();
    const [forger, server, asker] = [await open(), await open(), await open()];
    const recording: Uint8Array[] = [];
    forger.receive((kind, bytes) => void (kind === "answer" && recording.push(bytes)));
    respond(server);
    expect(await firstFound(asker)).toEqual(office);
    await expect.poll(() => recording.length).toBeGreaterThan(0);
    await server.close();
    const later = firstFound(await open(), 1_000);
    expect(await flood(forger, { kind: "answer", count: 512, packet: () => recording[0]! })).toBeGreaterThan(100);
    expect(await later).toBeUndefined();
  });
});
