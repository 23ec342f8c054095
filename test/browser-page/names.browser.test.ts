import { connect, connectionOf, nameResolver, openConnection } from "hearthwire/browser";
import { describe, expect, it } from "vitest";
import type { Workshop } from "./support/page-objects.js";
import { reachDaemon } from "./support/reach-daemon.js";

/** What this page's daemon registers its objects as. */
const NAME = `${location.port}/workshop`;

describe("a page", () => {
  it("connects by name through the daemon that serves it", async () => {
    const { url, options } = await reachDaemon();
    const names = nameResolver(url);
    using workshop = await connect<Workshop>(`hearthwire:${NAME}`, { ...options, names, isolated: true });
    expect(await workshop.echo("by name")).toBe("by name");
    const connection = connectionOf(workshop);
    expect(connection.url).toBe(`hearthwire:${NAME}`);
    expect(connection.state).toMatchObject({ status: "connected", url });
  });

  it("is told that a name is registered by nobody", async () => {
    const { url, options } = await reachDaemon();
    const unknown = connect("hearthwire:nobody", { ...options, names: nameResolver(url), connectTimeoutMs: 1_000 });
    await expect(Promise.resolve(unknown)).rejects.toMatchObject({ name: "NamingError", code: "HW_NAME_UNKNOWN" });
  });

  it("may look names up, and not change them", async () => {
    const { url, options } = await reachDaemon();
    await using connection = openConnection(url, { ...options, isolated: true });
    const names = connection.object<{ register(name: string, address: string): Promise<void> }>("hearthwire.names");
    await expect(Promise.resolve(names.register("mine", `${url}workshop`))).rejects.toMatchObject({
      code: "HW_NO_SUCH_MEMBER",
    });
  });

  it("is told what to give when nobody can be asked", async () => {
    await expect(Promise.resolve(connect("hearthwire:chat"))).rejects.toMatchObject({
      code: "HW_ADDRESS_INVALID",
      message: expect.stringContaining('hearthwire: beside "names"') as string,
    });
  });
});
