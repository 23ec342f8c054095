// key-agreement.ts (both machines)
import { createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync } from "node:crypto";
import { callContext, expose, Key, type KeyRing, type Remote } from "hearthwire";

/** One side's half of an agreement (X25519, RFC 7748); made for one agreement and forgotten with it. */
export class Half {
  readonly #pair = generateKeyPairSync("x25519");
  /** To be told to the other side; 44 bytes of DER. */
  readonly publicKey = new Uint8Array(this.#pair.publicKey.export({ type: "spki", format: "der" }));

  /** 32 bytes that both sides have and nobody else, from the other half and both public keys, the asking side's first. */
  agree(theirs: Uint8Array, halves: readonly [asked: Uint8Array, answered: Uint8Array]): Uint8Array {
    const publicKey = createPublicKey({ key: Buffer.from(theirs), type: "spki", format: "der" });
    if (publicKey.asymmetricKeyType !== "x25519") throw new TypeError("the other half must be an X25519 key");
    const secret = diffieHellman({ privateKey: this.#pair.privateKey, publicKey });
    return new Uint8Array(hkdfSync("sha256", secret, "warehouse", Buffer.concat(halves), 32));
  }
}

/** Served to whoever has a key already: agrees on a further one, for the same subject. */
export class KeyAgreement {
  readonly #keys: KeyRing;

  constructor(keys: KeyRing) {
    this.#keys = keys;
  }

  agree(id: string, theirs: Uint8Array): Uint8Array {
    const half = new Half();
    const { subject } = callContext().principal;
    this.#keys.add(Key.from(half.agree(theirs, [theirs, half.publicKey]), { id, subject }));
    return half.publicKey;
  }
}
expose(KeyAgreement, ["agree"]);

/** Agrees with the other machine on a fresh key. The session signs both public keys: nobody between can put in others. */
export async function agreeOnKey(remote: Remote<KeyAgreement>, id: string): Promise<Key> {
  const half = new Half();
  const theirs = await remote.agree(id, half.publicKey);
  return Key.from(half.agree(theirs, [half.publicKey, theirs]), { id });
}
