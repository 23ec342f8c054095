import { describe, expect, test } from "vitest";
import { runLine } from "./support/fake-io.js";

const settings = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { code, out } = await runLine(["config", "--json", ...args], { env });
  expect(code).toBe(0);
  const lines = out
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { name: string; value: unknown; source: string });
  return new Map(lines.map(({ name, value, source }) => [name, { value, source }]));
};

describe("hearthwire config", () => {
  test("says each setting and where it comes from", async () => {
    const found = await settings(["--ca", "ca.pem", "--key-file", "mine.json"], { HEARTHWIRE_TIMEOUT_MS: "5000" });
    expect(found.get("host")).toEqual({ value: "127.0.0.1", source: "default" });
    expect(found.get("timeoutMs")).toEqual({ value: 5_000, source: "HEARTHWIRE_TIMEOUT_MS" });
    expect(found.get("keyFile")).toEqual({ value: "mine.json", source: "--key-file" });
    expect(found.get("ca")).toEqual({ value: "ca.pem", source: "--ca" });
    expect(found.get("tlsCertFile")).toEqual({ value: null, source: "default" });
  });

  test("lets an option go before the environment", async () => {
    const found = await settings(["--timeout", "7"], { HEARTHWIRE_TIMEOUT_MS: "5000" });
    expect(found.get("timeoutMs")).toEqual({ value: 7, source: "--timeout" });
    expect(found.get("connectTimeoutMs")).toEqual({ value: 7, source: "--timeout" });
  });

  test.runIf(process.platform === "linux")("says this user's key file where none was named", async () => {
    const found = await settings([], { XDG_CONFIG_HOME: "/home/ann/.config" });
    expect(found.get("keyFile")?.value).toBe("/home/ann/.config/hearthwire/keys.json");
  });

  test.each([
    [[], {}, "ws://127.0.0.1:7765/names", "default"],
    [[], { HEARTHWIRE_NAMES: "ws://[::1]:1/names" }, "ws://[::1]:1/names", "HEARTHWIRE_NAMES"],
    [["--names", "wss://a.example/names"], {}, "wss://a.example/names", "--names"],
  ])("says the name server: %j %j", async (args, env, value, source) => {
    expect((await settings(args, env)).get("names")).toEqual({ value, source });
  });

  test.each([
    [["--names", "wss://ann:hunter2@a.example/names"], {}],
    [[], { HEARTHWIRE_NAMES: "wss://a.example/names?key=hunter2" }],
  ])("refuses a name server's address with a secret, and does not show it: %j %j", async (args, env) => {
    const { code, out, err } = await runLine(["config", ...args], { env });
    expect(code).toBe(2);
    expect(out + err).not.toContain("hunter2");
  });

  test("shows of a variable that it doesn't know the name alone", async () => {
    const { out } = await runLine(["config"], { env: { HEARTHWIRE_SECRET: "hunter2" } });
    expect(out).toMatch(/^HEARTHWIRE_SECRET +\(not shown\) +no variable of this package, and without effect$/m);
    expect(out).not.toContain("hunter2");
  });

  test("is a table for people", async () => {
    const { out } = await runLine(["config"]);
    expect(out).toMatch(/^SETTING +VALUE +FROM\nhost +127\.0\.0\.1 +default\n/);
  });
});
