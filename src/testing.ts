export { type FakeClock, fakeClock } from "./testing/fake-clock.js";
export { fakeRemote } from "./testing/fake-remote.js";
export { type LinkedOptions, type LinkedPeers, linkedPeers } from "./testing/linked-peers.js";
export { type LinkFaults, transportPair } from "./testing/transport-pair.js";
