import { describe, expect, it } from "vitest";
import { closestName } from "../../src/objects/closest-name.js";

describe("closestName", () => {
  it.each([
    ["stor", "store"],
    ["sotre", "store"],
    ["Store", "store"],
    ["lst", "list"],
    ["watchAl", "watchAll"],
    ["remove", undefined],
    ["x", undefined],
    ["", undefined],
  ])("finds for %j the name %j", (name, expected) => {
    expect(closestName(name, ["store", "list", "watch", "watchAll"])).toBe(expected);
  });

  it("takes the nearest of several", () => {
    expect(closestName("watchA", ["watch", "watchAll", "watchAB"])).toBe("watch");
  });

  it("finds nothing where there is nothing", () => {
    expect(closestName("store", [])).toBeUndefined();
  });
});
