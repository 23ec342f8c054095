import { describe, expect, test } from "vitest";
import { runLine } from "./support/fake-io.js";

describe("the command line", () => {
  test("says its version and its help, and is done", async () => {
    expect(await runLine(["--version"])).toEqual({ code: 0, out: "0.1.0\n", err: "" });
    const { code, out } = await runLine(["--help"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: hearthwire \[options\]/);
    expect(out).toContain("Examples:\n");
  });

  test.each([
    [["--nonsense"], "unknown option '--nonsense'"],
    [["--timeout", "soon"], "it must be a number of milliseconds, 0..2147483647."],
    [["--timeout", "2147483648"], "it must be a number of milliseconds, 0..2147483647."],
  ])("refuses %j as wrong usage", async (args, sentence) => {
    const { code, out, err } = await runLine(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(sentence);
  });

  test("refuses a malformed variable of the environment, without its value", async () => {
    const { code, err } = await runLine([], { env: { HEARTHWIRE_PORT: "hunter2" } });
    expect(code).toBe(2);
    expect(err).toBe(
      'error: the environment variable "HEARTHWIRE_PORT" must be an integer 0..65535 (HW_OPTION_INVALID)\n',
    );
  });
});
