import { fetchTicket, HearthwireError, openConnection } from "hearthwire/browser";
import type { Feed } from "./feed.js";
import { QUESTIONS_AT_ONCE } from "./questions-at-once.js";

/** What a page has seen, for the test to read. */
export interface PageRecord {
  /** One list for each time that the stream was asked for. */
  readonly points: number[][];
  /** What the listener was called with; one list for each time that it was given. */
  readonly heard: number[][];
  readonly answers: number[];
  readonly asked: () => number;
  /** Code and delivery of what failed. */
  readonly failures: string[];
  readonly states: string[];
  /** The states of its life that the page was told of. */
  readonly life: string[];
  /** Resolves when so many more numbers of each kind have been seen. */
  readonly seesMore: (count: number) => Promise<void>;
}

let asked = 0;
const record: PageRecord = {
  points: [],
  heard: [],
  answers: [],
  asked: () => asked,
  failures: [],
  states: [],
  life: [],
  async seesMore(count) {
    const before = sizes();
    while (!sizes().every((size, at) => size >= before[at]! + count)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
};
function sizes(): number[] {
  const sizeOf = (runs: readonly (readonly number[])[]): number => runs.reduce((sum, run) => sum + run.length, 0);
  return [sizeOf(record.points), sizeOf(record.heard), record.answers.length];
}
Object.assign(globalThis, { record });

const settings = new URLSearchParams(location.search);
// As late as the jitter may be, so that it is no accident when the line is back at once.
if (settings.has("patient")) Math.random = () => 0.999;
if (settings.has("uncached")) addEventListener("unload", () => undefined);

for (const type of ["pagehide", "pageshow"] as const)
  addEventListener(type, ({ persisted }) => record.life.push(`${type} ${persisted}`));
for (const type of ["freeze", "resume", "visibilitychange"])
  document.addEventListener(type, () => record.life.push(`${type} ${document.visibilityState}`));
for (const type of ["online", "offline"]) addEventListener(type, () => record.life.push(type));

const connection = openConnection<{ feed: Feed }>("/rpc", {
  ticket: fetchTicket("/ticket"),
  timeoutMs: 0,
  ...(settings.has("patient") ? { reconnect: { minDelayMs: 60_000, maxDelayMs: 60_000 } } : {}),
});
connection.on("state", (state) => {
  record.states.push("resumed" in state ? `${state.status} ${state.resumed ? "again" : "anew"}` : state.status);
});
const feed = connection.object("feed");

/** Does it again and again, as a page does that goes on with a new session. */
async function forEver(task: () => Promise<void>): Promise<void> {
  while (connection.state.status !== "closed" && !settings.has("quiet")) {
    try {
      await task();
    } catch (error) {
      const { code, delivery } = error instanceof HearthwireError ? error : { code: String(error), delivery: "" };
      record.failures.push(`${code} ${delivery}`);
    }
  }
}

void forEver(async () => {
  const points: number[] = [];
  record.points.push(points);
  for await (const point of feed.points()) points.push(point);
});
void forEver(async () => {
  const heard: number[] = [];
  record.heard.push(heard);
  await feed.tell((point) => {
    heard.push(point);
    return point;
  });
});
for (let at = 0; at < QUESTIONS_AT_ONCE; at += 1) {
  void forEver(async () => {
    asked += 1;
    record.answers.push(await feed.answer(asked));
  });
}
