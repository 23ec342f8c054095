import { describe, expect, test } from "vitest";
import { serve } from "../../src/node.js";
import { programKey } from "./support/signalled-program.js";
import { startIdleClient, startSignalledProgram } from "./support/start-signalled-program.js";

const work = { take: () => new Promise(() => undefined) };

describe("a process with an idle connection", () => {
  test.each([false, true])(
    "lives as long as the connection has a socket, and ends by itself without (a call pending: %s)",
    async (calls) => {
      await using daemon = await serve({ work }, { keys: programKey });
      await using client = startIdleClient(daemon.url(), { calls });
      await client.line(/^connected$/);
      await daemon.close({ graceMs: 0 });
      expect(await client.exitCode()).toBe(0);
      // It lived when its socket went, and looked for another daemon.
      expect(client.printed).toContain("connecting");
    },
  );

  test("lives without a socket while a call waits, and ends when it has failed", async () => {
    await using program = startSignalledProgram();
    const [, url] = await program.line(/^ready (.*)$/);
    await using client = startIdleClient(url!, { calls: true });
    await client.line(/^connected$/);
    program.signal("SIGKILL");
    await client.line(/^reconnecting$/);
    expect((await client.line(/^failed: (.*)$/))[1]).toBe("HW_DEADLINE unknown");
    expect(await client.exitCode()).toBe(0);
  });
});
