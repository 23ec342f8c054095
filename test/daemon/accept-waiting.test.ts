import { describe, expect, it } from "vitest";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { Acceptance, type AcceptHandshake } from "../../src/daemon/accept.js";
import { Departures } from "../../src/daemon/departures.js";
import { WaitingRoom } from "../../src/daemon/waiting-room.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import { Recorder } from "../transport/recorder.js";

type Accepted = Awaited<ReturnType<AcceptHandshake["hello"]>>;

/** An acceptance whose look at HELLO ends when the test says so. */
function accepting() {
  const [near, far] = transportPair();
  const peer = new Recorder();
  const room = new WaitingRoom<Acceptance>();
  const clock = fakeClock();
  const refusals: string[] = [];
  let answer!: { accept: () => void; refuse: (error: Error) => void };
  const acceptance = new Acceptance(near, {
    facts: {},
    clock,
    room,
    departures: new Departures(clock),
    handshake: {
      keyId: "ann",
      hello: () =>
        new Promise<Accepted>((resolve, reject) => {
          answer = {
            accept: () => resolve({ welcome: Uint8Array.of(2), grant: { keyId: "ann" } } as Accepted),
            refuse: reject,
          };
        }),
      confirm: () => 0,
    },
    welcoming: () => 1,
    refused: (reason) => refusals.push(reason),
    authenticated: () => new Recorder(),
  });
  room.enter(acceptance);
  near.start(acceptance);
  far.start(peer);
  far.send(Uint8Array.of(1));
  return { far, peer, room, refusals, acceptance, answer: () => answer };
}

/** Until what was sent over the pair has come. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("an acceptance that has to wait", () => {
  it("answers HELLO when it has been looked at", async () => {
    const { peer, answer } = accepting();
    await turn();
    expect(peer.frames).toEqual([]);
    answer().accept();
    await peer.count(1);
    expect([...peer.frames[0]!]).toEqual([2]);
  });

  it("turns a peer away when the look at HELLO fails", async () => {
    const { peer, refusals, room, answer } = accepting();
    await turn();
    answer().refuse(new Error("no such key"));
    expect(await peer.closed_).toMatchObject({ code: 4401, reason: "" });
    expect([refusals, room.size]).toEqual([["no such key"], 0]);
  });

  it("turns a peer away that goes on before WELCOME", async () => {
    const { far, peer, refusals } = accepting();
    far.send(Uint8Array.of(3));
    expect(await peer.closed_).toMatchObject({ code: 4401, reason: "" });
    expect(refusals).toEqual(["a frame came before WELCOME had gone out"]);
  });

  it("keeps nothing of a peer that was turned away meanwhile", async () => {
    const { peer, acceptance, answer } = accepting();
    await turn();
    acceptance.refuse("no room");
    answer().accept();
    await peer.closed_;
    await turn();
    expect([peer.frames, acceptance.keyId]).toEqual([[], undefined]);
  });
});
