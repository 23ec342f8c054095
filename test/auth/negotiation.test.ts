import { describe, expect, it } from "vitest";
import { HandshakeRefusal } from "../../src/auth/server-handshake.js";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { TAG_BYTES } from "../../src/wire/constants.js";
import { decodeHello, encodeHello } from "../../src/wire/hello.js";
import { decodeWelcome, encodeWelcome } from "../../src/wire/welcome.js";
import { client, refusalOf, server, shakeHands } from "./handshake-fixtures.js";

const both = { serializers: [3, 1] };

/** A frame with other fields, under the tag of the first: whoever stands in the middle has no key. */
function underTagOf(original: Uint8Array, changed: Uint8Array): Uint8Array {
  changed.set(original.subarray(-TAG_BYTES), changed.length - TAG_BYTES);
  return changed;
}

describe("a man in the middle", () => {
  it.each([
    ["takes the preferred serializer away", [1]],
    ["puts another in front", [1, 3]],
    ["offers one that the client doesn't have", [3, 1, 2]],
  ])("is refused when he %s", (_, serializers) => {
    const { hello } = client(both);
    const changed = underTagOf(hello, encodeHello({ ...decodeHello(hello), serializers }));
    expect(refusalOf(() => server(both).hello(changed))).toBeInstanceOf(HandshakeRefusal);
  });

  it("is refused when he changes the daemon's choice to another that was offered", () => {
    const handshake = client(both);
    const { welcome } = server(both).hello(handshake.hello);
    const changed = underTagOf(welcome, encodeWelcome({ ...decodeWelcome(welcome), serializerId: 1 }));
    expect(changed).toHaveLength(welcome.length);
    expect(() => handshake.welcome(changed)).toThrow(ProtocolError);
  });

  it("gains nothing by an answer of the daemon's to another offer", () => {
    const other = server(both).hello(client({ serializers: [1] }).hello);
    expect(() => client(both).welcome(other.welcome)).toThrow("its tag doesn't match");
  });

  it("who changes nothing is not seen, and the client's first choice stands", () => {
    expect(shakeHands(client(both), server(both)).client.serializerId).toBe(3);
    expect(shakeHands(client(both), server({ serializers: [1, 3] })).client.serializerId).toBe(3);
  });
});

it("a daemon that has none of the offered serializers says which it has", () => {
  const { message } = refusalOf(() => server({ serializers: [1] }).hello(client({ serializers: [3, 128] }).hello));
  expect(message).toBe('the peer offers the serializers 3, 128, this daemon accepts 1; set "serializers"');
});
