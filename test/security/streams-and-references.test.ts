import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Message } from "../../src/wire/message.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import type { HostilePeer } from "./support/hostile-peer.js";

let attacked: AttackedDaemon;
beforeAll(async () => void (attacked = await AttackedDaemon.start()));
afterEach(async () => {
  await attacked.isUnharmed();
  await attacked.canary.reset();
});
afterAll(() => attacked[Symbol.asyncDispose]());

/** The arguments of `keep`, each time with another function of the peer. */
const functionArgument = (id: number): object => ({
  json: [[0, id, "function"]],
  meta: { values: { 0: [["custom", "ref"]] }, v: 1 },
});

/** Opens a stream without end and gives its id. */
async function openStream(peer: HostilePeer, call: number): Promise<number> {
  peer.say(["call", call, "target", "endless", { json: [] }]);
  const [, , payload] = await peer.answer("ok", call);
  return (payload as { json: readonly [number] }).json[0];
}

describe("streams", () => {
  test("row 55: one that is never consumed stops at its 16 credits", async () => {
    await using peer = await attacked.peer();
    const stream = await openStream(peer, 1);
    await peer.answer("item", stream);
    await expect.poll(() => peer.all("item").length).toBe(16);
    await attacked.answersCanary();
    expect([peer.all("item").length, (await attacked.canary.facts()).produced]).toEqual([16, 16]);
    peer.say(["credit", stream, 1]);
    await expect.poll(() => peer.all("item").length).toBe(17);
  });

  test("row 55: a 65th is refused with HW_LIMIT", async () => {
    await using peer = await attacked.peer();
    for (let call = 1; call <= 64; call++) await openStream(peer, call);
    peer.say(["call", 65, "target", "endless", { json: [] }]);
    expect(await peer.answer("err", 65)).toMatchObject(["err", 65, { code: "HW_LIMIT" }]);
    expect((await attacked.facts()).held.streams).toBe(64);
  });

  test.each([
    ["0", 0],
    ["-1", -1],
    ["1.5", 1.5],
    ["1025", 1025],
    ["2^31", 2 ** 31],
    ["2^53", 2 ** 53],
    ["1e308", 1e308],
    ["text", "16"],
    ["null", null],
  ])("row 56: a credit of %s ends the session", async (_what, credit) => {
    await using peer = await attacked.peer();
    const stream = await openStream(peer, 1);
    peer.say(["credit", stream, credit] as unknown as Message);
    expect((await peer.answer("bye"))[1]).toBe("protocol");
    expect(await peer.closeCode()).toBe(4400);
  });

  test("row 56: credits that come to more than 1024 granted ahead end the session", async () => {
    await using peer = await attacked.peer();
    peer.say(["call", 1, "target", "blocks", { json: [256 * 1024] }]);
    const [, , payload] = await peer.answer("ok", 1);
    const stream = (payload as { json: readonly [number] }).json[0];
    peer.say(["credit", stream, 1000]);
    await attacked.answersCanary();
    peer.say(["credit", stream, 1000]);
    expect((await peer.answer("bye"))[1]).toBe("protocol");
  });

  test("row 56: credit for a stream that is none, or is over, is ignored", async () => {
    await using peer = await attacked.peer();
    const stream = await openStream(peer, 1);
    peer.say(["stop", stream], ["credit", stream, 1024], ["credit", 999, 1024]);
    await peer.answer("end", stream);
    peer.say(["credit", stream, 1024], ["call", 2, "target", "echo", { json: [1] }]);
    expect(await peer.answer("ok", 2)).toEqual(["ok", 2, { json: 1 }]);
  });
});

describe("references", () => {
  test("row 57: of 4 097 callbacks the last is refused; released, there is room again", async () => {
    await using peer = await attacked.peer();
    for (let id = 1; id <= 4097; id++) peer.say(["call", id, "target", "keep", functionArgument(id) as never]);
    expect(await peer.answer("err")).toMatchObject(["err", 4097, { code: "HW_LIMIT" }]);
    await peer.answer("ok", 4096);
    expect((await attacked.facts()).held.references).toBe(4096);
    peer.say(["call", 5000, "target", "forget", { json: [] }]);
    await peer.answer("ok", 5000);
    peer.say(["call", 5001, "target", "keep", functionArgument(5001) as never]);
    expect(await peer.answer("ok", 5001)).toEqual(["ok", 5001]);
    await attacked.canary.forget();
  });

  test("row 57: 20 000 callbacks, most of them refused, leave memory flat", async () => {
    await using peer = await attacked.peer();
    let id = 0;
    for (let round = 0; round < 4; round++) {
      for (let frame = 0; frame < 25; frame++) {
        peer.say(...Array.from({ length: 200 }, () => ["call", ++id, "target", "keep", functionArgument(id)] as never));
      }
      await Promise.race([peer.answer("err", id), peer.answer("ok", id)]);
    }
    expect(await attacked.canary.facts()).toMatchObject({ kept: 4096 });
    await attacked.canary.forget();
    await expect.poll(async () => (await attacked.facts()).held.references).toBe(0);
  });

  test("row 59: a call to an object that was released, or never given, is answered HW_REFERENCE_GONE", async () => {
    await using peer = await attacked.peer();
    peer.say(["call", 1, "target", "held", { json: [] }]);
    const [, , payload] = await peer.answer("ok", 1);
    const reference = (payload as { json: readonly [number, number] }).json[1];
    peer.say(["call", 2, reference, "ping", { json: [] }]);
    expect(await peer.answer("ok", 2)).toEqual(["ok", 2, { json: "pong" }]);
    peer.say(
      ["release", reference, 1],
      ["call", 3, reference, "ping", { json: [] }],
      ["call", 4, 999, "ping", { json: [] }],
    );
    expect(await peer.answer("err", 3)).toMatchObject(["err", 3, { code: "HW_REFERENCE_GONE", wire: 1 }]);
    expect(await peer.answer("err", 4)).toMatchObject(["err", 4, { code: "HW_REFERENCE_GONE", wire: 1 }]);
  });

  test.each([
    ["more often than it was given", 1, 2],
    ["that was never given", 999, 1],
    ["minus once", 1, -1],
  ])("row 59: releasing a reference %s ends the session", async (_what, id, count) => {
    await using peer = await attacked.peer();
    peer.say(["call", 1, "target", "held", { json: [] }]);
    await peer.answer("ok", 1);
    peer.say(["release", id, count]);
    expect((await peer.answer("bye"))[1]).toBe("protocol");
  });
});
