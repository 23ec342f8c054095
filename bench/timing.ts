// npm run timing [-- samples]: does the time of a refusal tell which key ids there are, or the time of a comparison where two
// tags differ? Welch's t test over at least 10 000 samples a class, taken in turns; 4.5 and more is a difference that shows.
// The controls are leaks made on purpose: a test that doesn't find them proves nothing.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { ClientHandshake } from "../src/auth/client-handshake.js";
import { equalBytes } from "../src/auth/equal-bytes.js";
import { Key } from "../src/auth/key.js";
import { KeyRing } from "../src/auth/key-ring.js";
import { ServerHandshake } from "../src/auth/server-handshake.js";
import { mintTicket } from "../src/auth/ticket.js";
import { SUBPROTOCOL } from "../src/wire/constants.js";
import { compare, interleaved, MAX_ABSOLUTE_T } from "./welch.js";

const perClass = Number(process.argv[2] ?? 10_000);
const AUDIENCE = "ws://127.0.0.1:1";

/** What is measured: two things that must take the same time, or in a control must not. */
interface Subject {
  readonly title: string;
  readonly isControl?: boolean;
  /** Takes one sample of a class, in any unit. */
  readonly sample: (which: 0 | 1) => number | Promise<number>;
}

const alice = Key.generate({ id: "alice" });
const root = Key.generate({ id: "roots", use: "mint" });

/** HELLOs of two strangers: one names an id that nobody has, the other a key's with other bytes. The same length. */
const helloOf = (id: string, audience: string): Uint8Array =>
  new ClientHandshake({
    credential: { method: 1, key: Key.generate({ id }) },
    audience,
    serializers: [1],
    maxFrameBytes: 65_536,
  }).hello;
const ticketHelloOf = (id: string): Uint8Array => {
  const ticket = mintTicket(Key.generate({ id, use: "mint" }), { subject: "stranger" });
  return new ClientHandshake({
    credential: { method: 2, ticket },
    audience: AUDIENCE,
    serializers: [1],
    maxFrameBytes: 65_536,
  }).hello;
};

function serverWith(keys: KeyRing): ServerHandshake {
  return new ServerHandshake({
    keys,
    audiences: [AUDIENCE],
    serializers: [1],
    maxFrameBytes: 65_536,
    heartbeatMs: 20_000,
    windowMs: 0,
    nowMs: () => Date.now(),
  });
}

function elapsed(task: () => void): number {
  const start = process.hrtime.bigint();
  task();
  return Number(process.hrtime.bigint() - start);
}

/** Of many runs in a row: one comparison takes less than a clock can tell. */
function comparing(title: string, equal: (a: Uint8Array, b: Uint8Array) => boolean, isControl = false): Subject {
  const tag = crypto.getRandomValues(new Uint8Array(32));
  const others = [0, 31].map((index) => tag.map((byte, at) => (at === index ? byte ^ 1 : byte)));
  let equals = 0;
  const sample = (which: 0 | 1): number => {
    const other = others[which]!;
    return elapsed(() => {
      for (let run = 0; run < 500; run++) if (equal(tag, other)) equals++;
    });
  };
  return { title, isControl, sample };
}

function refusing(title: string, keys: KeyRing, hellos: readonly [Uint8Array, Uint8Array], isControl = false): Subject {
  const sample = (which: 0 | 1): number => {
    const server = serverWith(keys);
    // A copy each time: where a buffer happens to lie in memory makes some nanoseconds, which are nothing of its content.
    const hello = hellos[which].slice();
    return elapsed(() => {
      try {
        if (isControl && which === 0) throw new Error("no key of that id");
        void server.hello(hello);
      } catch {
        // Refused, as it has to be.
      }
    });
  };
  return { title, isControl, sample };
}

function refusingLater(title: string, keys: KeyRing, hellos: readonly [Uint8Array, Uint8Array]): Subject {
  const sample = async (which: 0 | 1): Promise<number> => {
    const server = serverWith(keys);
    const hello = hellos[which].slice();
    const start = process.hrtime.bigint();
    await Promise.resolve(server.hello(hello)).catch(() => undefined);
    return Number(process.hrtime.bigint() - start);
  };
  return { title, sample };
}

/** From HELLO to the close on a real socket, of a daemon in a process of its own. */
async function overSocket(title: string, hasProvider: boolean): Promise<Subject & AsyncDisposable> {
  const program = fileURLToPath(new URL("./timing-daemon.ts", import.meta.url));
  const daemon = fork(program, [hasProvider ? "provider" : "ring"], { execArgv: ["--import", "tsx"] });
  const [url] = (await once(daemon, "message")) as [string];
  const hellos = ["nobdy", "alice"].map((id) => helloOf(id, new URL(url).origin));
  const sample = (which: 0 | 1): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, [SUBPROTOCOL], { perMessageDeflate: false });
      let start = 0n;
      socket.on("open", () => {
        start = process.hrtime.bigint();
        socket.send(hellos[which]!);
      });
      socket.on("close", (code) => {
        if (code === 4401) resolve(Number(process.hrtime.bigint() - start));
        else reject(new Error(`closed with ${code}`));
      });
      socket.on("error", reject);
    });
  const gone = once(daemon, "exit");
  return { title, sample, [Symbol.asyncDispose]: async () => void (daemon.disconnect(), await gone) };
}

function firstDifference(a: Uint8Array, b: Uint8Array): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Whether the test came out as it must. */
async function measure({ title, sample, isControl = false }: Subject): Promise<boolean> {
  const samples: [number[], number[]] = [[], []];
  // Thrown away: compilers still work on it.
  for (const which of interleaved(Math.min(2_000, perClass))) await sample(which);
  for (const which of interleaved(perClass)) samples[which].push(await sample(which));
  const { t, croppedT, medians } = compare(...samples);
  const isSeen = Math.max(Math.abs(t), Math.abs(croppedT)) >= MAX_ABSOLUTE_T;
  const isRight = isSeen === isControl;
  const figures = `t ${t.toFixed(2)}, cropped ${croppedT.toFixed(2)}, medians ${medians.map((ns) => `${(ns / 1000).toFixed(1)} us`).join(" and ")}`;
  process.stdout.write(`${isRight ? "ok  " : "FAIL"} ${title}: ${figures}\n`);
  return isRight;
}

const strangers = [helloOf("nobdy", AUDIENCE), helloOf("alice", AUDIENCE)] as const;
const ticketStrangers = [ticketHelloOf("nobdy"), ticketHelloOf("roots")] as const;
const ring = new KeyRing([alice, root]);
const asked = new KeyRing([], { find: async (id) => (id === "alice" ? alice : undefined) });
process.stdout.write(`${perClass} samples of each class; |t| < ${MAX_ABSOLUTE_T} where nothing may show\n`);
await using fromRing = await overSocket("socket: unknown id, known id with a wrong key", false);
await using fromProvider = await overSocket(
  "socket, keys from a provider: unknown id, known id with a wrong key",
  true,
);
const subjects = [
  comparing("row 39: tags that differ in the first byte, in the last", equalBytes),
  comparing("control: a comparison that stops where they differ", firstDifference, true),
  refusing("row 23: unknown id, known id with a wrong key", ring, strangers),
  refusing("row 23: ticket of an unknown root, of a known one with a wrong key", ring, ticketStrangers),
  refusingLater("row 23: the same with a provider", asked, strangers),
  refusing("control: unknown ids are refused at once", ring, strangers, true),
  fromRing,
  fromProvider,
];
let isRight = true;
for (const subject of subjects) isRight = (await measure(subject)) && isRight;
process.exitCode = isRight ? 0 : 1;
