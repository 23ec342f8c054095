import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { createConnect } from "../../src/client/connect.js";
import type { Remote } from "../../src/client/remote.js";
import { DaemonCore } from "../../src/daemon/daemon.js";
import { systemClock } from "../../src/session/clock.js";
import { quietMicrotasks } from "../../src/session/flush-scheduler.js";
import { transportPair } from "../../src/transport/transport-pair.js";
import type { Transport } from "../../src/transport/transport.js";
import { snippetsOf } from "../support/snippets.js";
import { findKeyBytes } from "./support/key-bytes.js";
import { agreeOnKey, Half, KeyAgreement } from "./support/key-agreement.js";

const URL_OF_DAEMON = "ws://127.0.0.1/";

/** Someone who passes everything on between two machines, and changes what they like. */
class ManInTheMiddle {
  readonly #toClient = new Half();
  readonly #toServer = new Half();
  readonly seen: Uint8Array[] = [];
  #client: Uint8Array | undefined;
  #server: Uint8Array | undefined;

  /** Puts a half of their own in the place of the one that passes. */
  swap(bytes: Uint8Array, direction: "toServer" | "toClient"): Uint8Array {
    this.seen.push(bytes);
    if (direction === "toServer") this.#client = bytes;
    else this.#server = bytes;
    return direction === "toServer" ? this.#toServer.publicKey : this.#toClient.publicKey;
  }

  /** The same with the half somewhere inside of a frame. */
  swapInside(frame: Uint8Array, direction: "toServer" | "toClient"): Uint8Array {
    this.seen.push(frame);
    // How every X25519 key of this form begins.
    const at = Buffer.from(frame).indexOf(Buffer.from("302a300506032b656e032100", "hex"));
    if (at === -1) return frame;
    const changed = frame.slice();
    changed.set(this.swap(frame.slice(at, at + 44), direction), at);
    return changed;
  }

  /** What they share with each of the two, when both have taken their halves. */
  keys(): readonly [withClient: Uint8Array, withServer: Uint8Array] {
    return [
      this.#toClient.agree(this.#client!, [this.#client!, this.#toClient.publicKey]),
      this.#toServer.agree(this.#server!, [this.#toServer.publicKey, this.#server!]),
    ];
  }
}

/** Two machines that share a key, and whoever stands between them. */
function machines(pass: (frame: Uint8Array, direction: "toServer" | "toClient") => Uint8Array) {
  const shared = Key.generate({ id: "shared", subject: "alice" });
  const keys = new KeyRing([shared]);
  const daemon = new DaemonCore({ keys: new KeyAgreement(keys) }, { keys });
  daemon.setReachable({ audiences: [new URL(URL_OF_DAEMON).origin] });
  const { openConnection } = createConnect({
    clock: systemClock,
    scheduleFlush: quietMicrotasks,
    dial: () => {
      const [near, clientSide] = transportPair();
      const [serverSide, far] = transportPair();
      relay(clientSide, serverSide, (frame) => pass(frame, "toServer"));
      relay(serverSide, clientSide, (frame) => pass(frame, "toClient"));
      daemon.accept(far);
      return near;
    },
  });
  // A man in the middle who changes every line would be met again and again, until the call's deadline.
  const connect = (key: Key) =>
    openConnection<{ keys: KeyAgreement }>(URL_OF_DAEMON, { key, isolated: true, reconnect: false });
  return { shared, keys, daemon, connect };
}

function relay(from: Transport, to: Transport, change: (frame: Uint8Array) => Uint8Array): void {
  from.start({
    opened: () => undefined,
    frame: (frame) => to.send(change(frame)),
    closed: ({ code, reason }) => to.close(code, reason),
  });
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("S42: X25519 without anybody to vouch for the halves", () => {
  test("gives both sides the same key when nobody is between them", () => {
    const [client, server] = [new Half(), new Half()];
    const [asked, answered] = [client.publicKey, server.publicKey];
    expect(hex(client.agree(answered, [asked, answered]))).toBe(hex(server.agree(asked, [asked, answered])));
  });

  test("is fooled by a man in the middle: he shares a key with each, and neither notices", () => {
    const mallory = new ManInTheMiddle();
    const [client, server] = [new Half(), new Half()];
    const asked = mallory.swap(client.publicKey, "toServer");
    const answered = mallory.swap(server.publicKey, "toClient");
    const ofClient = client.agree(answered, [client.publicKey, answered]);
    const ofServer = server.agree(asked, [asked, server.publicKey]);
    expect([hex(ofClient), hex(ofServer)]).toEqual(mallory.keys().map(hex));
    expect(hex(ofClient)).not.toBe(hex(ofServer));
  });
});

describe("S42: X25519 over a session of two machines that share a key", () => {
  test("gives both the same fresh key, with which the client connects, and the shared one can go", async () => {
    const seen: Uint8Array[] = [];
    const { shared, keys, daemon, connect } = machines((frame) => (seen.push(frame), frame));
    const old = connect(shared);
    const fresh = await agreeOnKey(old.object("keys") as Remote<KeyAgreement>, "fresh");
    expect(keys.find("fresh")).toMatchObject({ fingerprint: fresh.fingerprint, subject: "alice" });
    const renewed = connect(fresh);
    await renewed.ready;
    keys.remove("shared");
    await old.closed;
    expect([...daemon.sessions.values()].map(({ principal }) => principal.id)).toEqual(["key:alice"]);
    // Whoever recorded all of it, and steals the shared key later, has not got the fresh one.
    expect(seen.map((frame) => findKeyBytes(Buffer.from(frame), fresh.export()))).toEqual(seen.map(() => undefined));
    await renewed.close();
    await daemon.close();
  });

  test.each(["toServer", "toClient"] as const)(
    "is not fooled by a man in the middle who changes what goes %s",
    async (where) => {
      const mallory = new ManInTheMiddle();
      const { shared, keys, daemon, connect } = machines((frame, direction) =>
        direction === where ? mallory.swapInside(frame, direction) : frame,
      );
      const connection = connect(shared);
      await connection.ready;
      await expect(agreeOnKey(connection.object("keys") as Remote<KeyAgreement>, "fresh")).rejects.toMatchObject({
        name: "ConnectionError",
      });
      expect(mallory.seen.some(({ length }) => length === 44)).toBe(true);
      // The server never took his half. Its own was lost on the way: a key that nobody has.
      expect(keys.find("fresh") !== undefined).toBe(where === "toClient");
      await daemon.close();
    },
  );

  test("is nothing that a stranger can ask for", async () => {
    const { daemon, keys, connect } = machines((frame) => frame);
    const stranger = connect(Key.generate({ id: "shared" }));
    await expect(agreeOnKey(stranger.object("keys") as Remote<KeyAgreement>, "fresh")).rejects.toMatchObject({
      code: "HW_REFUSED",
    });
    expect(keys.find("fresh")).toBeUndefined();
    await daemon.close();
  });
});

test("S42: the documents show the program that is tested here", () => {
  const shown = snippetsOf(readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8"))
    .filter(({ file }) => file === "key-agreement.ts")
    .map(({ text }) => text);
  expect(shown).toEqual([readFileSync(new URL("support/key-agreement.ts", import.meta.url), "utf8")]);
});
