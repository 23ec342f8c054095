// npm run floods:counts [-- SHARE]: the attacks that the list counts, each to its whole number, one after the other. They are
// made by this process, the canary's too, so that its latency is one of an attacked daemon and of a busy client.
import { AttackedDaemon } from "../support/attacked-daemon.js";
import { Attack } from "./attack.js";
import { describe, measure } from "./canary.js";
import { webSocketFrame } from "../support/raw-line.js";

/** Of the whole numbers; smaller for a quick look. */
const share = Number(process.argv[2] ?? 1);
const FUNCTION = { values: { 0: [["custom", "ref"]] }, v: 1 };

/** Does something so many times, some at once. */
async function repeat(count: number, atOnce: number, once: () => Promise<void>): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await once();
    }),
  );
}

const COUNTS: readonly {
  readonly what: string;
  readonly count: number;
  run(attack: Attack, count: number): Promise<void>;
}[] = [
  {
    what: "row 48: handshakes that are not finished",
    count: 10_000,
    run: (attack, count) =>
      repeat(count, 200, async () => {
        const line = await attack.webSocket();
        line.write(webSocketFrame({ payload: attack.hello(true) }));
        await Promise.race([line.closed, attack.pause(1_000)]);
        attack.reset(line);
      }),
  },
  {
    what: "row 57: callbacks in one session, kept as far as there is room",
    count: 1_000_000,
    async run(attack, count) {
      const peer = await attack.peer();
      for (let id = 1; id <= count; id += 100) {
        peer.say(
          ...Array.from(
            { length: 100 },
            (_, index) =>
              ["call", id + index, "target", "keep", { json: [[0, id + index, "function"]], meta: FUNCTION }] as never,
          ),
        );
        while (peer.webSocket.bufferedAmount > 0) await attack.pause(0);
        // They are kept to be read later, which nobody wants here.
        peer.heard.frames.length = 0;
        peer.heard.log.length = 0;
      }
      attack.reset(peer);
    },
  },
  {
    what: "row 62: connections opened and closed",
    count: 100_000,
    run: (attack, count) => repeat(count, 16, async () => attack.reset(await attack.peer())),
  },
];

for (const { what, count, run } of COUNTS) {
  await using attacked = await AttackedDaemon.start();
  const attack = new Attack({ url: attacked.url, keyBytes: attacked.keys.eve.export() });
  const wanted = Math.ceil(count * share);
  const sinceMs = performance.now();
  const latencies = await measure(attacked, run(attack, wanted));
  const seconds = (performance.now() - sinceMs) / 1000;
  await attacked.canary.forget();
  await attacked.isUnharmed();
  const grownMiB = ((await attacked.facts()).memoryBytes - attacked.before.memoryBytes) / 2 ** 20;
  process.stdout.write(
    `${what}: ${wanted} in ${seconds.toFixed(1)} s, memory +${grownMiB.toFixed(1)} MiB\n  canary: ${describe(latencies)}\n`,
  );
}
