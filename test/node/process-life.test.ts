import { describe, expect, test } from "vitest";
import { serve } from "../../src/node.js";
import { programKey } from "./support/signalled-program.js";
import { startIdleClient } from "./support/start-signalled-program.js";

const work = { hang: () => new Promise(() => undefined) };

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
});
