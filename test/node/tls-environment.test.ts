import { expect, it } from "vitest";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import { requireCertificateChecks } from "../../src/node/tls-environment.js";

it("refuses an environment in which TLS checks no certificates, and says what to do", () => {
  const check = (): void => requireCertificateChecks({ NODE_TLS_REJECT_UNAUTHORIZED: "0" });
  expect(check).toThrow(ConfigError);
  expect(check).toThrow(/^"NODE_TLS_REJECT_UNAUTHORIZED" must not be 0 in the environment.*unset it.*"tls.ca"/);
});

it.each([undefined, "1", "", "false", "00"])("accepts %j, which Node takes for no such order", (value) => {
  expect(() => requireCertificateChecks({ NODE_TLS_REJECT_UNAUTHORIZED: value })).not.toThrow();
});
