import { assign, release, sameRemote } from "hearthwire";
import { describe, expect, test } from "vitest";
import { clientOf, reachApps } from "./support/reach-apps.js";

describe("a shopping cart", () => {
  test("gives its lines by reference, whose accessors are read and written", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const cart = connection.object("cart");
    const candles = await cart.add("candle", 2);
    expect([await candles.quantity, await candles.total, await cart.total]).toEqual([2, 500, 500]);
    await assign(candles, { quantity: 4 });
    expect([await candles.quantity, await candles.total, await cart.total]).toEqual([4, 1_000, 1_000]);
  });

  test("gives the same line each time, and takes it back as itself", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const cart = connection.object("cart");
    const candles = await cart.add("candle", 1);
    expect(sameRemote(await cart.add("candle", 1), candles)).toBe(true);
    expect((await cart.lines).map((line) => sameRemote(line, candles))).toEqual([true]);
    await cart.remove(candles);
    expect([await cart.total, await cart.lines]).toEqual([0, []]);
  });

  test("takes a line that isn't there yet, in one round trip", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const cart = connection.object("cart");
    const total = cart.add("candle", 3).total;
    await cart.remove(cart.add("candle", 1));
    expect([await total, await cart.total]).toEqual([0, 0]);
  });

  test("refuses more than is left, and stays as it was", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const lamps = await connection.object("cart").add("lamp", 1);
    await expect(assign(lamps, { quantity: 1_000 })).rejects.toMatchObject({ code: "E_SOLD_OUT" });
    expect(await lamps.quantity).toBe(1);
  });

  test("refuses a line of another client's cart, which can't even be sent", async () => {
    await using daemon = await reachApps();
    await using one = await clientOf(daemon);
    await using other = await clientOf(daemon);
    const line = await one.object("cart").add("candle", 1);
    await expect(other.object("cart").remove(line)).rejects.toMatchObject({ code: "HW_CANNOT_SEND" });
  });

  test("says by name that a line was released, which stays in the cart", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const cart = connection.object("cart");
    const candles = await cart.add("candle", 1);
    release(candles);
    await expect(candles.total).rejects.toMatchObject({ code: "HW_RELEASED" });
    expect(await cart.total).toBe(250);
  });

  test("is put away when its client has gone, and what was in it is in stock again", async () => {
    await using daemon = await reachApps();
    await using watcher = await clientOf(daemon);
    const stock = watcher.object("stock");
    const before = await stock.left("lamp");
    const shopper = await clientOf(daemon);
    await shopper.object("cart").add("lamp", 2);
    expect(await stock.left("lamp")).toBe(before - 2);
    await shopper.close();
    await expect.poll(() => stock.left("lamp")).toBe(before);
  });
});
