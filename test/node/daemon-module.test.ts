import { expect, test } from "vitest";
import { daemonModule } from "../../src/node/daemon-module.js";

const cart = { add: (): number => 1 };

test.each([
  ["its own", { objects: { cart }, options: { port: 0 } }],
  ["those of a CommonJS module", { default: { objects: { cart }, options: { port: 0 } } }],
  ["its own before those", { objects: { cart }, options: { port: 0 }, default: { objects: { other: cart } } }],
])("takes the exports of a module: %s", (_whose, exports) => {
  expect(daemonModule(exports, "cart.js")).toEqual({ objects: { cart }, options: { port: 0 } });
});

test.each([[{}], [{ default: undefined }], [{ default: "objects" }], [{ default: {} }]])("refuses %j", (exports) => {
  expect(() => daemonModule(exports, "cart.js")).toThrow(
    expect.objectContaining({ code: "HW_OPTION_INVALID", message: expect.stringMatching(/must export "objects"/) }),
  );
});
