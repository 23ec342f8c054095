import { afterEach, describe, expect, it, vi } from "vitest";
import fc from "fast-check";
import { Key } from "../../src/auth/key.js";
import { Mac, usePlatformHmac } from "../../src/auth/mac.js";
import { config, connect, serve } from "../../src/node.js";
import { nodeHmac } from "../../src/node/platform-hmac.js";
import wycheproof from "../vectors/wycheproof-hmac-sha256.json" with { type: "json" };
import { fromHex, toHex } from "../wire/hex.js";

function signed(mac: Mac, message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(message.length + 32);
  frame.set(message);
  mac.sign(frame);
  return frame;
}

afterEach(() => {
  config.reset({ environment: false });
  usePlatformHmac(undefined);
});

describe("HMAC of the platform", () => {
  it.each(wycheproof.tests)("agrees with Wycheproof HMAC $tcId: $comment", ({ key, msg, tag, result }) => {
    const own = toHex(nodeHmac(fromHex(key))(fromHex(msg)));
    expect(own.slice(0, tag.length) === tag).toBe(result === "valid");
  });

  it("gives the bytes that @noble/hashes gives, for frames of every size", () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 3_000 });
    const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(keys, bytes, (key, message) => {
        usePlatformHmac(undefined);
        const byNoble = signed(new Mac(key), message);
        usePlatformHmac(nodeHmac);
        const mac = new Mac(key);
        expect(toHex(signed(mac, message))).toBe(toHex(byNoble));
        expect(mac.verify(byNoble)).toBe(true);
        byNoble[message.length >> 1]! ^= 4;
        expect(mac.verify(byNoble)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it("signs from 256 bytes on, and nothing once it is turned off", () => {
    const hmacOf = vi.fn(nodeHmac);
    usePlatformHmac(hmacOf);
    const mac = new Mac(new Uint8Array(32).fill(1));
    signed(mac, new Uint8Array(223));
    expect(hmacOf).not.toHaveBeenCalled();
    signed(mac, new Uint8Array(224));
    signed(mac, new Uint8Array(5_000));
    expect(hmacOf).toHaveBeenCalledOnce();
    usePlatformHmac(undefined);
    signed(new Mac(new Uint8Array(32).fill(2)), new Uint8Array(5_000));
    expect(hmacOf).toHaveBeenCalledOnce();
  });

  it.each([true, false])(
    "is the configuration's to choose (%s), and either side may do without",
    async (platformHmac) => {
      const key = Key.generate();
      config.set({ platformHmac: true });
      await using daemon = await serve({ echo: { echo: (text: string) => text } }, { keys: key });
      config.set({ platformHmac });
      using echo = await connect<{ echo(text: string): string }>(daemon.url("echo"), { key, isolated: true });
      expect(await echo.echo("a".repeat(5_000))).toHaveLength(5_000);
    },
  );
});
