import { describe, expect, test } from "vitest";
import { clientOf, reachApps } from "./support/reach-apps.js";

describe("a chain of dependent calls", () => {
  test("goes through methods and accessors of objects that aren't there yet", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const directory = connection.object("directory");
    expect(await directory.login("token of Ann").account.profile().name).toBe("Ann");
    expect(await directory.login("token of Ann").account.name).toBe("account of Ann");
  });

  test("goes through arguments", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const directory = connection.object("directory");
    expect(await directory.greet(directory.profile(directory.login("token of Ann")))).toBe("hello Ann");
    expect(await directory.greet(directory.login("token of Bob").account.profile())).toBe("hello Bob");
  });

  test("fails with what its first call failed with, and nothing after that runs", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const directory = connection.object("directory");
    const before = await directory.greeted;
    const user = directory.login("somebody's");
    const greeting = directory.greet(user.account.profile());
    const failure = { name: "RangeError", code: "E_TOKEN", message: "nobody has this token" };
    await expect(greeting).rejects.toMatchObject(failure);
    await expect(user.account.name).rejects.toMatchObject(failure);
    expect(await directory.greeted).toBe(before);
  });

  test("says what was null where it went on", async () => {
    await using daemon = await reachApps();
    await using connection = await clientOf(daemon);
    const user = connection.object("directory").login("token of Ann");
    const { guardian } = user as unknown as { guardian: typeof user };
    await expect(guardian.account.name).rejects.toMatchObject({
      code: "HW_NOT_REMOTE",
      message: expect.stringContaining('the result of "guardian" is null') as string,
    });
  });
});
