import { expect, it } from "vitest";
import { requireSafeBind } from "../../src/node/bind-policy.js";

const nothingSaid = { isSecure: false, allowPlaintext: false, hasKeys: false, hasPublicUrl: false };

function verdict(address: string, said: Partial<typeof nothingSaid> = {}): string {
  try {
    requireSafeBind(address, { ...nothingSaid, ...said });
    return "allowed";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

it.each(["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])("allows loopback: %s", (address) => {
  expect(verdict(address)).toBe("allowed");
});

it.each(["0.0.0.0", "::", "10.0.0.5", "::ffff:10.0.0.5", "fe80::1", "128.0.0.1", ""])(
  "refuses %s when nothing was said",
  (address) => {
    expect(verdict(address)).toBe("HW_INSECURE_BIND");
    expect(verdict(address, { hasKeys: true, hasPublicUrl: true })).toBe("HW_INSECURE_BIND");
  },
);

it.each([{ allowPlaintext: true }, { isSecure: true }])(
  "asks for keys of the program's own beyond loopback: %o",
  (said) => {
    expect(verdict("10.0.0.5", said)).toBe("HW_CREDENTIALS_MISSING");
    expect(verdict("10.0.0.5", { ...said, hasKeys: true })).toBe("allowed");
  },
);

it("asks for a public URL on a wildcard", () => {
  const said = { allowPlaintext: true, hasKeys: true };
  expect(verdict("0.0.0.0", said)).toBe("HW_OPTION_INVALID");
  expect(verdict("0.0.0.0", { ...said, hasPublicUrl: true })).toBe("allowed");
});
