import { after } from "../wire/after.js";
import type { AcceptHandshake } from "./accept.js";
import type { PeerFacts } from "./peer-facts.js";

/** A handshake that asks whoever knows more of the peer, its certificate say, before it looks at HELLO. */
export function verifiedHandshake({ verify }: PeerFacts, handshake: AcceptHandshake): AcceptHandshake {
  if (verify === undefined) return handshake;
  return {
    get keyId() {
      return handshake.keyId;
    },
    hello: (frame) => after(verify(), () => handshake.hello(frame)),
    confirm: (frame) => handshake.confirm(frame),
  };
}
