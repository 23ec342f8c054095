import type { Results } from "../../../bench/report.mjs";

/** A run of two rounds in which one peer failed once, one does less than all, and a curve has a knee. */
export const results: Results = {
  environment: {
    versions: { hearthwire: "1.2.3", capnweb: "0.1.0" },
    node: "v20.0.0",
    processor: "2 x Abacus <One>",
    system: "Linux 6",
    isPinned: true,
    load: 0.1,
    measuredAt: "2026-01-02T03:04:05.000Z",
  },
  effort: { warmMs: 1, measuredMs: 1, items: 1, callsBack: 1, sessions: 1, growthPoints: 9 },
  rounds: 2,
  peers: ["raw-ws", "hearthwire", "capnweb", "comlink"],
  samples: [
    { work: "stream", round: 1, peer: "raw-ws", value: 1000, cpu: { server: 1, client: 1 } },
    { work: "stream", round: 2, peer: "raw-ws", value: 2000, cpu: { server: 1, client: 1 } },
    { work: "stream", round: 1, peer: "hearthwire", value: 4200, cpu: { server: 0.25, client: 0.5 } },
    { work: "stream", round: 2, peer: "hearthwire", value: 8800, cpu: { server: 0.25, client: 0.5 } },
    { work: "stream", round: 1, peer: "capnweb", value: 500, cpu: { server: 2, client: 2 } },
    { work: "stream", round: 2, peer: "capnweb", error: "no answer\n  at somewhere" },
    { work: "in-flight", round: 1, peer: "raw-ws", value: 10 },
    { work: "in-flight", round: 1, peer: "hearthwire", value: 20 },
    { work: "in-flight", round: 1, peer: "comlink", value: 1000 },
    { work: "memory", round: 1, peer: "raw-ws", value: 8 },
    { work: "memory", round: 1, peer: "hearthwire", value: 16 },
    { work: "memory", round: 1, peer: "capnweb", value: -2 },
    { work: "size", round: 1, peer: "hearthwire", value: 12.1 },
    {
      work: "growth-in-flight",
      round: 1,
      peer: "hearthwire",
      points: [
        { point: 1, value: 100 },
        { point: 64, value: 5 },
        { point: 1024, value: 50 },
      ],
    },
  ],
};
