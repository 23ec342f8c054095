import { expect, it } from "vitest";
import { isExposedLine } from "../../src/node/exposed-line.js";

it.each<[string, object, boolean]>([
  ["plain beyond loopback", { localAddress: "192.0.2.2" }, true],
  ["plain beyond loopback, IPv6", { localAddress: "2001:db8::1" }, true],
  ["TLS beyond loopback", { localAddress: "192.0.2.2", encrypted: true }, false],
  ["plain on loopback", { localAddress: "127.0.0.1" }, false],
  ["plain on loopback, IPv6", { localAddress: "::1" }, false],
  ["plain on loopback, written as IPv6", { localAddress: "::ffff:127.0.0.1" }, false],
  ["a Unix socket", { localAddress: undefined }, false],
])("%s: others can read along is %3$s", (_, socket, expected) => {
  expect(isExposedLine(socket)).toBe(expected);
});
