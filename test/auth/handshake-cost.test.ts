import { extract } from "@noble/hashes/hkdf.js";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Credential } from "../../src/auth/client-handshake.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { Mac } from "../../src/auth/mac.js";
import { client, mint, refusalOf, server } from "./handshake-fixtures.js";

vi.mock("@noble/hashes/hkdf.js", { spy: true });

/** The expand step is a tag; HELLO itself is only verified. */
const expand = vi.spyOn(Mac.prototype, "sign");

/** How often a server derives to refuse a HELLO. */
function costOf(keys: KeyRing, credential: Credential): { extracts: number; expands: number } {
  const { hello } = client({ credential });
  const handshake = server({ keys });
  vi.mocked(extract).mockClear();
  expand.mockClear();
  const { reason } = refusalOf(() => handshake.hello(hello));
  expect(reason).toBe(keys.find("known") === undefined ? "key-unknown" : "tag");
  return { extracts: vi.mocked(extract).mock.calls.length, expands: expand.mock.calls.length };
}

const CREDENTIALS: readonly (readonly [string, "connect" | "mint", () => Credential])[] = [
  ["a key", "connect", () => ({ method: 1, key: Key.generate({ id: "known" }) })],
  ["a ticket", "mint", () => ({ method: 2, ticket: mint({}, Key.generate({ id: "known", use: "mint" })) })],
];

// The first HELLO for a key that had never been used cost two derivations more than one for an id that nobody has, so
// that its time told which ids exist.
describe.each(CREDENTIALS)("what refusing a HELLO by %s costs", (_, use, credential) => {
  let fresh: Key;
  beforeEach(() => {
    // Another way than generate(), whose default id needs a derivation.
    fresh = Key.from(new Uint8Array(32).fill(7), { id: "known", use });
  });

  it("is the same for an unknown id, a key that was never used and one that was", () => {
    const unknown = costOf(new KeyRing(), credential());
    const ring = new KeyRing([fresh]);
    expect(costOf(ring, credential())).toEqual(unknown);
    expect(costOf(ring, credential())).toEqual(unknown);
    expect(costOf(new KeyRing(), credential())).toEqual(unknown);
  });

  it("is the same for a key that was added to the ring of a running daemon", () => {
    const ring = new KeyRing();
    const unknown = costOf(ring, credential());
    expect(costOf(ring.add(fresh), credential())).toEqual(unknown);
  });
});
