import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConnectionError } from "../../src/errors/hearthwire-error.js";
import { openConnection } from "../../src/node.js";
import { programKey } from "./support/signalled-program.js";
import { freePort } from "../support/free-port.js";
import { startSignalledProgram } from "./support/start-signalled-program.js";

interface Work {
  note(what: number, ms: number): number;
  count(to: number): AsyncIterable<number>;
  pid(): number;
}

/** Where two programs listen one after the other, and the URL. */
async function place(kind: string, folder: string): Promise<[{ port: number } | { socketPath: string }, string]> {
  if (kind === "TCP") {
    const port = await freePort();
    return [{ port }, `ws://127.0.0.1:${port}`];
  }
  const socketPath = join(folder, "work.sock");
  return [{ socketPath }, `ws+unix://${socketPath}:/`];
}

describe("a daemon that takes the place of another", () => {
  test.each(["TCP", "a Unix socket"])("loses no call and runs none twice, on %s", async (kind) => {
    const folder = mkdtempSync(join(tmpdir(), "hearthwire-"));
    try {
      const [target, url] = await place(kind, folder);
      await using first = startSignalledProgram({ ...target, closeOnSignal: { graceMs: 10_000 } });
      await first.line(/^ready /);
      await using connection = openConnection(url, { key: programKey });
      const work = connection.object<Work>("work");
      await connection.ready;
      await using second = startSignalledProgram({ ...target, waits: true });

      const answers: number[] = [];
      let made = 0;
      let refused = 0;
      /** Makes a call again as long as it is certain that it did not run. */
      const note = async (what: number): Promise<void> => {
        for (;;) {
          try {
            answers.push(await work.note(what, what % 7));
            return;
          } catch (error) {
            if (!(error instanceof ConnectionError) || error.delivery !== "not-sent" || !error.retryable) throw error;
            refused += 1;
          }
        }
      };
      let isOver = false;
      const caller = async (): Promise<void> => {
        while (!isOver) await note(made++);
      };
      const callers = Array.from({ length: 20 }, caller);
      const counted: number[] = [];
      const reader = (async () => {
        for await (const item of await work.count(60)) counted.push(item);
      })();
      await first.line(/^counting$/);
      const one = await work.pid();
      first.signal("SIGTERM");
      await second.line(/^ready /);
      await expect.poll(() => work.pid().then((pid) => pid !== one)).toBe(true);
      await reader;
      expect(await first.status()).toBe("SIGTERM");
      const whenItEnded = made;
      await expect.poll(() => made).toBeGreaterThan(whenItEnded + 50);
      isOver = true;
      await Promise.all(callers);

      const all = Array.from({ length: made }, (_, what) => what);
      expect(answers.toSorted((a, b) => a - b)).toEqual(all);
      expect(counted).toEqual(Array.from({ length: 60 }, (_, item) => item));
      const ran = [...first.printed, ...second.printed]
        .flatMap((line) => /^ran (\d+)$/.exec(line)?.[1] ?? [])
        .map(Number);
      expect(ran.toSorted((a, b) => a - b)).toEqual(all);
      expect(refused).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
