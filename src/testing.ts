/// <reference lib="esnext.disposable" preserve="true" />

export { type FakeClock, fakeClock } from "./testing/fake-clock.js";
export { type CutNotice, type FaultyLine, faultyLine, type LineCounts } from "./testing/faulty-line.js";
export { fakeRemote } from "./testing/fake-remote.js";
export type { LinkedClientOptions } from "./testing/linked-daemon.js";
export { type LinkedOptions, type LinkedPeers, linkedPeers } from "./testing/linked-peers.js";
export type { FrameFault, LinkDirection, LinkFaults, RandomFaults } from "./testing/link-faults.js";
export { transportPair } from "./testing/transport-pair.js";
