import { describe, expect, it } from "vitest";
import { requirePrivateLine } from "../../src/client/plaintext-policy.js";

describe("requirePrivateLine", () => {
  it.each([
    "wss://shop.example/",
    "wss://192.0.2.1:7766/rpc",
    "ws://localhost:7766/",
    "ws://127.0.0.1/",
    "ws://127.8.9.10:1/",
    "ws://127.1:1/",
    "ws://0x7f000001:1/",
    "ws://[::1]:7766/",
    "ws://[0:0:0:0:0:0:0:1]/",
    "ws+unix:///run/shop.sock:/",
  ])("accepts %s", (url) => {
    expect(requirePrivateLine(new URL(url).href, {})).toBeUndefined();
  });

  it.each([
    "ws://shop.example/",
    "ws://192.168.1.7:7766/",
    "ws://10.0.0.1/",
    "ws://0.0.0.0:1/",
    "ws://[::]:1/",
    "ws://[fe80::1]/",
    "ws://[::ffff:192.0.2.1]/",
    "ws://128.0.0.1/",
    "ws://127.0.0.1.example.com/",
    "ws://localhost.example.com/",
    "ws://my-localhost/",
    "ws://localhost./",
  ])("S17: refuses %s unless it is allowed", (url) => {
    const { href, host } = new URL(url);
    for (const options of [{}, { allowPlaintext: false }, { allowPlaintext: undefined }]) {
      expect(() => requirePrivateLine(href, options)).toThrow(
        expect.objectContaining({
          name: "ConfigError",
          code: "HW_OPTION_INVALID",
          message: expect.stringContaining(`Use wss://${host} `),
        }),
      );
    }
    expect(requirePrivateLine(href, { allowPlaintext: true })).toBeUndefined();
  });
});
