import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import type { Connection, ConnectionState } from "../../src/client/connection.js";
import { connectionOf, sameRemote } from "../../src/client/proxy-functions.js";
import { nameResolver } from "../../src/naming/name-resolver.js";
import type { NameServer } from "../../src/naming/name-server.js";
import { config, connect, type Daemon, openConnection, serve, serveNames } from "../../src/node.js";
import type { NodeConnectOptions } from "../../src/node/node-connect-options.js";
import { expose } from "../../src/objects/expose.js";
import { Directory } from "./support/directory.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

class Tool {
  name(): string {
    return "tool";
  }
}
expose(Tool, ["name"]);

class Chat {
  readonly #where: string;
  constructor(where: string) {
    this.#where = where;
  }
  where(): string {
    return this.#where;
  }
  tool(): Tool {
    return new Tool();
  }
}
expose(Chat, ["where", "tool"]);

const key = Key.generate({ id: "client" });
const keys = new KeyRing([key]);

/** A daemon that a test can take away as a crash or a network does, and give back. */
async function host(objects: Readonly<Record<string, object>>) {
  const server = createServer();
  const sockets = new Set<Socket>();
  let isAway = false;
  server.on("connection", (socket: Socket) => {
    if (isAway) return socket.destroy();
    return sockets.add(socket.on("close", () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const daemon = (await serve(objects, { keys, path: "/", server })) as Daemon;
  const crash = (): void => {
    isAway = true;
    for (const socket of sockets) socket.destroy();
  };
  closing.push(async () => {
    await daemon.close({ graceMs: 0 });
    crash();
    server.close();
  });
  return { daemon, port, crash, restore: () => (isAway = false), url: daemon.url() };
}

async function names() {
  const directory = new Directory();
  const served = await host({ names: directory });
  return { ...served, directory, address: served.daemon.url("names") };
}

/** Serves a chat under an id of its own. */
async function chats(where: string, objectId = `chat-${where}`) {
  const served = await host({ [objectId]: new Chat(where) });
  return { ...served, address: served.daemon.url(objectId) };
}

/** A daemon that was served with names, beside a name server that has one. */
async function knowing(address: string, ring: KeyRing = keys) {
  const server = await serveNames({ keys, port: 0 });
  closing.push(() => server.close({ graceMs: 0 }));
  using registrar = await connect<NameServer>(server.url("names"), { key, isolated: true });
  await registrar.register("chat", address, { leaseMs: 60_000 });
  const daemon = await serve({}, { keys: ring, port: 0, names: { server: server.url("names"), connect: { key } } });
  closing.push(() => daemon.close({ graceMs: 0 }));
  return { url: daemon.url(), mintTicket: () => daemon.mintTicket({ subject: "ann" }) };
}

function open(address: string, options: NodeConnectOptions = {}): Connection {
  const connection = openConnection(address, { key, lingerMs: 0, ...options } as NodeConnectOptions);
  closing.push(() => connection.close());
  return connection as Connection;
}

async function reach(address: string, options: NodeConnectOptions = {}) {
  const chat = await connect<Chat>(address, { key, lingerMs: 0, isolated: true, ...options } as NodeConnectOptions);
  closing.push(() => connectionOf(chat).close());
  return chat;
}

function until(connection: Connection, isSo: (state: ConnectionState) => boolean): Promise<ConnectionState> {
  if (isSo(connection.state)) return Promise.resolve(connection.state);
  return new Promise((resolve) => {
    const stop = connection.on("state", (state) => {
      if (!isSo(state)) return;
      stop();
      resolve(state);
    });
  });
}

describe("connect, given a name", () => {
  it("reaches the object under the id that its daemon knows it by, and says where", async () => {
    const [{ directory, port, daemon }, a] = await Promise.all([names(), chats("a")]);
    directory.add("chat", a.address);
    const chat = await reach(`hearthwire:chat@127.0.0.1:${port}`);
    expect(await chat.where()).toBe("a");
    const connection = connectionOf(chat);
    expect(connection.url).toBe(`hearthwire:chat@127.0.0.1:${port}`);
    expect(connection.state).toMatchObject({ status: "connected", url: a.url });
    expect(String(chat)).toBe(`[remote object "${connection.url}" of ${connection.url}]`);
    // The line to the name server is let go.
    await expect.poll(() => daemon.sessions.size).toBe(0);
  });

  it("asks the configured name server, the one of the options, and that of a daemon", async () => {
    const [one, a] = await Promise.all([names(), chats("a")]);
    one.directory.add("chat", a.address);
    const { url } = await knowing(a.address);
    expect(await (await reach("hearthwire:chat", { names: one.address })).where()).toBe("a");
    expect(await (await reach("hearthwire:chat", { names: nameResolver(url) })).where()).toBe("a");
    config.set({ names: one.address });
    closing.push(() => config.set({ names: undefined }));
    expect(await (await reach("hearthwire:chat")).where()).toBe("a");
    expect(one.directory.counts.lookup).toBe(2);
  });

  it("shows a resolver's own credentials to the name server, and the program's to nobody but the daemon", async () => {
    const mine = Key.generate({ id: "names-only" });
    const a = await chats("a");
    const { url } = await knowing(a.address, new KeyRing([mine]));
    const chat = await reach("hearthwire:chat", { names: nameResolver(url, { key: mine }) });
    expect(await chat.where()).toBe("a");
    await expect(reach("hearthwire:chat", { names: nameResolver(url) })).rejects.toMatchObject({
      code: "HW_REFUSED",
      message: expect.stringContaining(url),
    });
  });

  it("shows a resolver's ticket to the name server and the program's key to the daemon", async () => {
    const a = await chats("a");
    const { url, mintTicket } = await knowing(a.address, new KeyRing([Key.generate({ use: "mint" })]));
    const chat = await reach("hearthwire:chat", { names: nameResolver(url, { ticket: mintTicket() }) });
    expect(await chat.where()).toBe("a");
  });

  it("finds any name that has all the tags, and waits for one", async () => {
    const [{ directory, address }, a, b] = await Promise.all([names(), chats("a"), chats("b")]);
    directory.add("one", a.address, { tags: ["gpu"] });
    const reaching = reach("hearthwire:?tags=gpu,eu", { names: address });
    await expect.poll(() => directory.counts.watching).toBe(1);
    directory.add("two", b.address, { tags: ["eu", "gpu", "big"] });
    expect(await (await reaching).where()).toBe("b");
    expect(await (await reach("hearthwire:one?tags=gpu", { names: address })).where()).toBe("a");
    await expect.poll(() => directory.counts.watching).toBe(0);
  });

  it("waits for a name that is registered later", async () => {
    const [{ directory, address }, a] = await Promise.all([names(), chats("a")]);
    const reaching = reach("hearthwire:chat", { names: address });
    await expect.poll(() => directory.counts.lookup).toBe(1);
    directory.add("chat", a.address);
    expect(await (await reaching).where()).toBe("a");
  });

  it.each(["hearthwire:chat", "hearthwire:?tags=none"])("says when %s is registered by nobody", async (address) => {
    const server = await names();
    await expect(reach(address, { names: server.address, connectTimeoutMs: 1_000 })).rejects.toMatchObject({
      name: "NamingError",
      code: "HW_NAME_UNKNOWN",
      message: expect.stringContaining(`nothing is registered for ${address} at ${server.url}`),
    });
    await expect.poll(() => server.daemon.sessions.size).toBe(0);
  });

  it("names the name server that is away", async () => {
    const { address, url, crash } = await names();
    crash();
    await expect(reach("hearthwire:chat", { names: address })).rejects.toMatchObject({
      name: "ConnectionError",
      code: "HW_CONNECT_FAILED",
      message: expect.stringMatching(
        `^the name server at ${url} could not be asked for hearthwire:chat: could not connect`,
      ),
    });
  });

  it("says when there is no name server where it asks", async () => {
    const a = await chats("a");
    await expect(reach("hearthwire:chat", { names: `${a.url}names` })).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      message: `hearthwire:chat could not be looked up: ${a.url} has no name server for this client: there is no object "names"`,
    });
  });

  it.each([
    ["hearthwire:ch at", {}, "HW_ADDRESS_INVALID"],
    ["hearthwire:chat", { pick: "first" as never }, "HW_OPTION_INVALID"],
    ["hearthwire:chat", { names: "ws://127.0.0.1:1/" }, "HW_ADDRESS_INVALID"],
    ["hearthwire:chat", { names: 7 as never }, "HW_OPTION_INVALID"],
    ["hearthwire:chat@192.0.2.1", { names: "ws://127.0.0.1:1/n", tls: { ca: 1 as never } }, "HW_OPTION_INVALID"],
  ])("refuses %s with %j", async (address, options, code) => {
    await expect(reach(address, options)).rejects.toMatchObject({ name: "ConfigError", code });
  });

  it("does not dial in the open beyond this machine what a name stands for, unless that is allowed", async () => {
    const { directory, address } = await names();
    directory.add("chat", "ws://192.0.2.1:7/chat");
    await expect(reach("hearthwire:chat", { names: address })).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"allowPlaintext" must be true to connect to ws:\/\/192\.0\.2\.1:7/),
    });
    const a = await chats("a");
    directory.add("chat", a.address);
    for (let count = 0; count < 5; count += 1) {
      expect(await (await reach("hearthwire:chat", { names: address })).where()).toBe("a");
    }
  });

  it("has no key file of this user for a daemon beyond this machine that a name stands for", async () => {
    const { url } = await knowing("wss://192.0.2.1:7/chat");
    // The name server has the key of the tests, so that the lookup itself is done with that.
    const chat = connect<Chat>("hearthwire:chat", { names: nameResolver(url, { key }), isolated: true });
    await expect(Promise.resolve(chat)).rejects.toMatchObject({ code: "HW_CREDENTIALS_MISSING" });
  });

  it("goes by addresses of objects alone", async () => {
    const { directory, address } = await names();
    directory.add("chat", "https:nonsense?");
    directory.add("chat", "ws://127.0.0.1:1/");
    await expect(reach("hearthwire:chat", { names: address })).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      message: expect.stringContaining("is no address of an object"),
    });
  });

  it("tries the others when one can't be reached, and says why when none can", async () => {
    const { directory, address } = await names();
    const [a, gone, away] = await Promise.all([chats("a"), chats("gone"), chats("away")]);
    gone.crash();
    away.crash();
    directory.add("chat", gone.address);
    directory.add("chat", a.address);
    directory.add("chat", away.address);
    for (let count = 0; count < 10; count += 1) {
      expect(await (await reach("hearthwire:chat", { names: address })).where()).toBe("a");
    }
    directory.remove("chat", a.address);
    const error = await reach("hearthwire:chat", { names: address }).then(undefined, (failure: Error) => failure);
    expect(error).toMatchObject({ code: "HW_CONNECT_FAILED", retryable: true });
    const { message } = error as Error;
    expect(message).toMatch(/^hearthwire:chat could not be reached: none of ws:/);
    for (const one of [gone, away])
      expect(message.split(`${one.address} (could not connect to ${one.url}`)).toHaveLength(2);
    directory.remove("chat", gone.address);
    await expect(reach("hearthwire:chat", { names: address })).rejects.toMatchObject({
      message: expect.stringMatching(`^hearthwire:chat could not be reached: ${away.address} \\(could not connect`),
    });
  });

  it("tells of few of them when there are many", async () => {
    const { directory, address } = await names();
    for (let port = 1; port <= 10; port++) directory.add("chat", `ws://127.0.0.1:${port}/chat`);
    const { message } = await reach("hearthwire:chat", { names: address }).then(
      () => expect.unreachable(),
      (failure: Error) => failure,
    );
    expect(message.split("(could not connect to ")).toHaveLength(9);
    expect(message).toMatch(/ and 2 more$/);
  });
});

describe("picking", () => {
  it("takes turns, for each name", async () => {
    const [{ directory, address }, a, b, c] = await Promise.all([names(), chats("a"), chats("b"), chats("c")]);
    for (const { address: place } of [a, b, c]) directory.add("chat", place);
    const heard: string[] = [];
    for (let count = 0; count < 6; count += 1) {
      heard.push(await (await reach("hearthwire:chat", { names: address, pick: "round-robin" })).where());
    }
    expect(new Set(heard.slice(0, 3)).size).toBe(3);
    expect(heard.slice(3)).toEqual(heard.slice(0, 3));
  });

  it("takes the least busy", async () => {
    const [{ directory, address }, a, b] = await Promise.all([names(), chats("a"), chats("b")]);
    directory.add("chat", a.address, { load: 3 });
    directory.add("chat", b.address, { load: 2 });
    for (let count = 0; count < 5; count += 1) {
      expect(await (await reach("hearthwire:chat", { names: address, pick: "least-busy" })).where()).toBe("b");
    }
    directory.add("chat", a.address, { load: 1 });
    expect(await (await reach("hearthwire:chat", { names: address, pick: "least-busy" })).where()).toBe("a");
  });
});

describe("replicas that are away for the name server", () => {
  const awayUntil = new Date(Date.now() + 60_000);

  it("are not chosen while there are others", async () => {
    const [{ directory, address }, a, b] = await Promise.all([names(), chats("a"), chats("b")]);
    directory.add("chat", a.address, { awayUntil });
    directory.add("chat", b.address, { load: 9 });
    for (const pick of ["random", "round-robin", "least-busy"] as const) {
      for (let count = 0; count < 4; count += 1) {
        expect(await (await reach("hearthwire:chat", { names: address, pick })).where()).toBe("b");
      }
    }
  });

  it("are not refused: they may be there all the same", async () => {
    const [{ directory, address }, a, b] = await Promise.all([names(), chats("a"), chats("b")]);
    directory.add("chat", a.address, { awayUntil });
    expect(await (await reach("hearthwire:chat", { names: address })).where()).toBe("a");
    directory.add("chat", b.address);
    b.crash();
    expect(await (await reach("hearthwire:chat", { names: address })).where()).toBe("a");
  });

  it("are no reason to give up a session whose line has broken", async () => {
    const [{ directory, address }, a, b] = await Promise.all([names(), chats("a"), chats("b")]);
    directory.add("chat", a.address);
    const chat = await reach("hearthwire:chat", { names: address });
    const connection = connectionOf(chat);
    directory.add("chat", b.address, { awayUntil });
    a.crash();
    await until(connection, (state) => state.status === "reconnecting" && state.attempt > 3);
    a.restore();
    expect(await until(connection, ({ status }) => status === "connected")).toMatchObject({
      resumed: true,
      url: a.url,
    });
  });
});

describe("connections to a name", () => {
  it("share a line when address, name server and way of picking are the same", async () => {
    const [{ directory, address }, a] = await Promise.all([names(), chats("a")]);
    directory.add("chat", a.address);
    const shared = { names: address, isolated: false, lingerMs: 1_000 };
    const one = await reach("hearthwire:chat", shared);
    const same = await reach("hearthwire:chat", shared);
    const other = await reach("hearthwire:chat", { ...shared, pick: "least-busy" });
    expect(sameRemote(one, same)).toBe(true);
    expect(sameRemote(one, other)).toBe(false);
    expect(directory.counts.lookup).toBe(2);
  });

  it("reach other objects there by their ids, and the name's own by the address", async () => {
    const [{ directory, address }, a] = await Promise.all([names(), chats("a")]);
    directory.add("chat", a.address);
    const connection = open("hearthwire:chat", { names: address });
    expect(await connection.object<Chat>("chat-a").where()).toBe("a");
    expect(await connection.object<Chat>("hearthwire:chat").where()).toBe("a");
    await expect(Promise.resolve(connection.object<Chat>("chat").where())).rejects.toMatchObject({
      code: "HW_NO_SUCH_OBJECT",
    });
  });
});

describe("a service that moves", () => {
  it("is followed: named proxies work, references are gone", async () => {
    const [{ directory, address, daemon }, a] = await Promise.all([names(), chats("a")]);
    directory.add("chat", a.address);
    const chat = await reach("hearthwire:chat", { names: address });
    const tool = await chat.tool();
    expect(await tool.name()).toBe("tool");
    directory.remove("chat", a.address);
    await a.daemon.close({ graceMs: 0 });
    const where = Promise.resolve(chat.where());
    const b = await chats("b", "another");
    directory.add("chat", b.address);
    expect(await where).toBe("b");
    expect(connectionOf(chat).state).toMatchObject({ status: "connected", url: b.url });
    await expect(Promise.resolve(tool.name())).rejects.toMatchObject({ code: "HW_REFERENCE_GONE" });
    expect(await (await chat.tool()).name()).toBe("tool");
    await expect.poll(() => daemon.sessions.size).toBe(0);
  });

  it("is found by a session that could not go on, as soon as it is registered elsewhere", async () => {
    const [{ directory, address, daemon }, a] = await Promise.all([names(), chats("a")]);
    directory.add("chat", a.address);
    const chat = await reach("hearthwire:chat", { names: address });
    const connection = connectionOf(chat);
    // Nobody says goodbye, and the registration stays.
    a.crash();
    const reconnecting = await until(connection, ({ status }) => status !== "connected");
    expect(reconnecting.status).toBe("reconnecting");
    const where = Promise.resolve(chat.where());
    await expect.poll(() => directory.counts.watching).toBe(1);
    const b = await chats("b");
    directory.add("chat", b.address);
    expect(await where).toBe("b");
    await expect.poll(() => directory.counts.watching).toBe(0);
    await expect.poll(() => daemon.sessions.size).toBe(0);
  });

  it("is left for another replica when it drains, though it is registered still", async () => {
    const [{ directory, address }, a, b] = await Promise.all([names(), chats("a"), chats("b")]);
    directory.add("chat", a.address);
    const chat = await reach("hearthwire:chat", { names: address });
    directory.add("chat", b.address);
    await a.daemon.close({ graceMs: 0 });
    expect(await chat.where()).toBe("b");
  });

  it("is waited for, when it was this side that was off the network", async () => {
    const [server, a, b] = await Promise.all([names(), chats("a"), chats("b")]);
    server.directory.add("chat", a.address);
    const chat = await reach("hearthwire:chat", { names: server.address });
    const connection = connectionOf(chat);
    server.directory.add("chat", b.address);
    server.crash();
    a.crash();
    await until(connection, (state) => state.status === "reconnecting" && state.attempt > 2);
    server.restore();
    a.restore();
    const state = await until(connection, ({ status }) => status === "connected");
    expect(state).toMatchObject({ resumed: true, url: a.url });
    expect(await chat.where()).toBe("a");
  });
});

describe("a connection that is closed", () => {
  it("leaves nothing behind while its name is looked up", async () => {
    const { directory, address, daemon } = await names();
    const connection = open("hearthwire:chat", { names: address });
    await expect.poll(() => directory.counts.lookup).toBe(1);
    await connection.close();
    await expect.poll(() => daemon.sessions.size).toBe(0);
    const byTags = open("hearthwire:?tags=gpu", { names: address });
    await expect.poll(() => directory.counts.watching).toBe(1);
    await byTags.close();
    await expect.poll(() => directory.counts.watching).toBe(0);
    await expect.poll(() => daemon.sessions.size).toBe(0);
  });

  it("leaves nothing behind while it looks for another place", async () => {
    const [{ directory, address, daemon }, a] = await Promise.all([names(), chats("a")]);
    directory.add("chat", a.address);
    const connection = open("hearthwire:chat", { names: address });
    await connection.ready;
    a.crash();
    await expect.poll(() => directory.counts.watching).toBe(1);
    await connection.close();
    await expect.poll(() => directory.counts.watching).toBe(0);
    await expect.poll(() => daemon.sessions.size).toBe(0);
  });
});
