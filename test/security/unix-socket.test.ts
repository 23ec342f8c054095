import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile, utimes } from "node:fs/promises";
import { createServer, connect as connectSocket, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { callContext } from "../../src/objects/call-context.js";
import { connect, openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import type { DaemonOptions } from "../../src/node/serve-options.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { rawAnswer, UPGRADE_LINES } from "../node/raw-http.js";

const key = Key.generate({ id: "ann" });
const isRoot = process.getuid?.() === 0;
/** Of no one: `nobody` on every Linux. */
const STRANGER = 65_534;

let folder: string;
const daemons: Daemon[] = [];
const others: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hw-"));
});
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.close({ graceMs: 0 });
  for (const other of others.splice(0)) other.close();
  await rm(folder, { recursive: true, force: true });
});

const objects = { clock: { now: () => 42, from: () => callContext().remoteAddress ?? "nowhere" } };
type Clock = (typeof objects)["clock"];

async function served(socketPath: string, options: DaemonOptions & { readonly path?: string } = {}): Promise<Daemon> {
  const daemon = (await serve(objects, { keys: key, socketPath, ...options })) as unknown as Daemon;
  daemons.push(daemon);
  return daemon;
}

const permissions = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

/** The file of a process that was killed: nothing listens on it any more. */
async function leaveStaleSocket(socketPath: string): Promise<void> {
  await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 });
  const script = `require("net").createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, "SIGKILL"))`;
  await promisify(execFile)(process.execPath, ["-e", script]).catch(() => {});
  expect((await lstat(socketPath)).isSocket()).toBe(true);
}

describe("S2: a daemon on a Unix socket", () => {
  it("S2: answers this user, under the URL that it gives", async () => {
    const socketPath = join(folder, "run", "shop.sock");
    const daemon = await served(socketPath);
    expect(daemon.url("clock")).toBe(`ws+unix://${socketPath}:/clock`);
    expect(daemon.address).toEqual({ socketPath });
    using clock = await connect<Clock>(daemon.url("clock"), { key });
    expect([await clock.now(), await clock.from()]).toEqual([42, "nowhere"]);
  });

  it("S2: is found through paths with a daemon's path, blanks, colons and percent signs", async () => {
    const daemon = await served(join(folder, "a b%20:c#?é.sock"), { path: "/rpc" });
    using clock = await connect<Clock>(daemon.url("clock"), { key });
    expect(await clock.now()).toBe(42);
    using byHand = await connect<Clock>(`ws+unix://${folder}/a b%2520%3Ac%23%3Fé.sock:/rpc/clock`, { key });
    expect(await byHand.now()).toBe(42);
  });

  it("S2: wants a proof all the same", async () => {
    const daemon = await served(join(folder, "shop.sock"));
    const stranger = openConnection(daemon.url(), { key: Key.generate({ id: "ann" }) });
    await expect(stranger.ready).rejects.toMatchObject({ code: "HW_REFUSED" });
    const refusals: string[] = [];
    daemon.on("refused", ({ reason }) => refusals.push(reason));
    const other = openConnection(daemon.url(), { key, isolated: true });
    await other.ready;
    expect([...daemon.sessions.values()].map(({ principal }) => principal.id)).toEqual(["key:ann"]);
    await other.close();
  });

  it("S2: uses this user's key file, as on loopback", async () => {
    const before = process.env["XDG_CONFIG_HOME"];
    process.env["XDG_CONFIG_HOME"] = join(folder, "config");
    try {
      const daemon = (await serve(objects, { socketPath: join(folder, "shop.sock") })) as unknown as Daemon;
      daemons.push(daemon);
      using clock = await connect<Clock>(daemon.url("clock"));
      expect(await clock.now()).toBe(42);
    } finally {
      if (before === undefined) delete process.env["XDG_CONFIG_HOME"];
      else process.env["XDG_CONFIG_HOME"] = before;
    }
  });

  it("S2: makes the folder 0700 and the socket 0600, whatever the umask, and removes the socket at its end", async () => {
    const before = process.umask(0);
    try {
      const socketPath = join(folder, "run", "user", "shop.sock");
      const daemon = await served(socketPath);
      expect(await permissions(join(folder, "run"))).toBe("700");
      expect(await permissions(dirname(socketPath))).toBe("700");
      expect(await permissions(socketPath)).toBe("600");
      await daemon.close();
      expect(await readdir(dirname(socketPath))).toEqual([]);
    } finally {
      process.umask(before);
    }
  });

  it.runIf(isRoot)("S2: can't be connected to by another user, even in a folder that all may enter", async () => {
    const socketPath = join(folder, "shop.sock");
    await chmod(folder, 0o755);
    await served(socketPath);
    const script = `
      process.setgroups([]); process.setgid(${STRANGER}); process.setuid(${STRANGER});
      require("net").connect(${JSON.stringify(socketPath)})
        .on("connect", () => { console.log("connected"); process.exit(); }).on("error", ({ code }) => console.log(code));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script]);
    expect(stdout.trim()).toBe("EACCES");
  });

  it.each([
    ["writable by the group", 0o770],
    ["writable by all", 0o707],
    ["writable by all, with a sticky bit, as /tmp", 0o1777],
  ])("S2: refuses a folder that is %s", async (_what, mode) => {
    await chmod(folder, mode);
    await expect(served(join(folder, "shop.sock"))).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(
        /^"socketPath" must be in a folder that nobody else can write in; .*name a folder that is not there yet$/,
      ),
    });
    expect(await readdir(folder)).toEqual([]);
    await chmod(folder, 0o755);
    await served(join(folder, "shop.sock"));
  });

  it.runIf(isRoot)("S2: refuses a folder of another user, behind a link too", async () => {
    await chown(folder, STRANGER, STRANGER);
    const fault = {
      code: "HW_OPTION_INVALID",
      message: expect.stringContaining(`belongs to user ${STRANGER}`),
    };
    await expect(served(join(folder, "shop.sock"))).rejects.toMatchObject(fault);
    const own = await mkdtemp(join(tmpdir(), "hw-"));
    try {
      await symlink(folder, join(own, "link"));
      await expect(served(join(own, "link", "shop.sock"))).rejects.toMatchObject(fault);
    } finally {
      await rm(own, { recursive: true });
    }
  });

  it("S2: takes the place of the socket of a process that died", async () => {
    const socketPath = join(folder, "shop.sock");
    await leaveStaleSocket(socketPath);
    const daemon = await served(socketPath);
    using clock = await connect<Clock>(daemon.url("clock"), { key });
    expect(await clock.now()).toBe(42);
    expect(await readdir(folder)).toEqual(["shop.sock"]);
  });

  it("S2: says HW_PORT_IN_USE when somebody answers there, and leaves them alone", async () => {
    const socketPath = join(folder, "shop.sock");
    const first = await served(socketPath);
    await expect(served(socketPath)).rejects.toMatchObject({
      name: "ConnectionError",
      code: "HW_PORT_IN_USE",
      message: expect.stringMatching(/^"socketPath" .*another path$/),
    });
    using clock = await connect<Clock>(first.url("clock"), { key });
    expect(await clock.now()).toBe(42);
  });

  it("S2: of several that start at once over a stale socket one gets it, and the others say so", async () => {
    const socketPath = join(folder, "shop.sock");
    await leaveStaleSocket(socketPath);
    const starts = await Promise.allSettled(Array.from({ length: 5 }, () => served(socketPath)));
    const reached = starts.filter(({ status }) => status === "fulfilled");
    expect(reached).toHaveLength(1);
    for (const start of starts) {
      if (start.status === "rejected") expect(start.reason).toMatchObject({ code: "HW_PORT_IN_USE" });
    }
    using clock = await connect<Clock>(`ws+unix://${socketPath}:/clock`, { key });
    expect(await clock.now()).toBe(42);
  });

  it("S2: waits for another daemon that is starting there, and takes the lock of one that died in it", async () => {
    const socketPath = join(folder, "shop.sock");
    await mkdir(`${socketPath}.lock`);
    await expect(served(socketPath)).rejects.toMatchObject({ code: "HW_PORT_IN_USE" });
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${socketPath}.lock`, longAgo, longAgo);
    await served(socketPath);
    expect(await readdir(folder)).toEqual(["shop.sock"]);
  });

  it("S2: never removes what is no socket, or another user's", async () => {
    const socketPath = join(folder, "shop.sock");
    await writeFile(socketPath, "important");
    const fault = { code: "HW_OPTION_INVALID", message: expect.stringMatching(/no socket of this user's/) };
    await expect(served(socketPath)).rejects.toMatchObject(fault);
    await rm(socketPath);
    await mkdir(socketPath);
    await expect(served(socketPath)).rejects.toMatchObject(fault);
    await rm(socketPath, { recursive: true });
    await symlink(join(folder, "elsewhere"), socketPath);
    await expect(served(socketPath)).rejects.toMatchObject(fault);
    expect((await lstat(socketPath)).isSymbolicLink()).toBe(true);
  });

  it.runIf(isRoot)("S2: never removes another user's socket", async () => {
    const socketPath = join(folder, "shop.sock");
    await leaveStaleSocket(socketPath);
    await chown(socketPath, STRANGER, STRANGER);
    await expect(served(socketPath)).rejects.toMatchObject({ code: "HW_OPTION_INVALID" });
    expect((await lstat(socketPath)).uid).toBe(STRANGER);
  });

  it.each([
    ["relative", "run/shop.sock"],
    ["empty", ""],
    ["a folder", "/run/shop/"],
    ["not plain", "/run/../shop.sock"],
    ["of Linux's abstract kind, which all may connect to", "\0shop"],
    ["with a line break", "/run/shop\n.sock"],
    ["no text that a URL can hold", "/run/\ud800.sock"],
  ])("S2: refuses a path that is %s", async (_what, socketPath) => {
    await expect(served(socketPath)).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(/^"socketPath" must be an absolute path/),
    });
  });

  it("S2: takes the longest path that the system has room for, and says the limit of one that is longer", async () => {
    const most = process.platform === "linux" ? 107 : 103;
    const longest = join(folder, "x".repeat(most - folder.length - 1));
    const daemon = await served(longest);
    using clock = await connect<Clock>(daemon.url("clock"), { key });
    expect(await clock.now()).toBe(42);
    await expect(served(`${longest}x`)).rejects.toMatchObject({
      code: "HW_OPTION_INVALID",
      message: `"socketPath" must have at most ${most} bytes, which is what this system takes for a socket, got ${most + 1}: choose a shorter folder`,
    });
  });

  it("S2: stands beside no port, host or server", async () => {
    for (const more of [{ port: 0 }, { host: "127.0.0.1" }, { server: createServer() }]) {
      await expect(served(join(folder, "shop.sock"), more as object)).rejects.toMatchObject({
        code: "HW_OPTION_INVALID",
        message: expect.stringMatching(/^"socketPath" can't stand beside "(port|host|server)"/),
      });
    }
  });

  it("S2: is no daemon of another socket: the audience is the path", async () => {
    const daemon = await served(join(folder, "shop.sock"));
    // A socket that passes everything on, such as one that lures clients.
    const lure = createServer((socket) => {
      const through = connectSocket(join(folder, "shop.sock"));
      socket.pipe(through).pipe(socket);
      for (const end of [socket, through]) end.on("error", () => {});
    }).listen(join(folder, "lure.sock"));
    others.push(lure);
    await once(lure, "listening");
    const reasons: string[] = [];
    daemon.on("refused", ({ reason }) => reasons.push(reason));
    const lured = openConnection(`ws+unix://${folder}/lure.sock:/`, { key });
    await expect(lured.ready).rejects.toMatchObject({ code: "HW_REFUSED" });
    expect(reasons).toEqual([expect.stringContaining("lure.sock")]);
  });

  it("S2: takes another path that leads to it when that is a publicUrl, as in a container", async () => {
    const inside = join(folder, "shop.sock");
    await mkdir(join(folder, "mount"));
    await symlink(inside, join(folder, "mount", "shop.sock"));
    const publicUrl = `ws+unix://${folder}/mount/shop.sock:/`;
    const daemon = await served(inside, { publicUrl });
    expect(daemon.url()).toBe(publicUrl);
    using clock = await connect<Clock>(`ws+unix://${folder}/mount/shop.sock:/clock`, { key });
    expect(await clock.now()).toBe(42);
  });

  it("S2, row 105: takes no Host but localhost, and no page", async () => {
    const socketPath = join(folder, "shop.sock");
    await served(socketPath);
    const status = async (...lines: string[]): Promise<number> => {
      const answer = await rawAnswer(
        connectSocket(socketPath),
        `GET / HTTP/1.1\r\n${[...lines, ...UPGRADE_LINES].join("\r\n")}\r\n\r\n`,
      );
      answer.socket.destroy();
      return answer.status;
    };
    expect(await status("Host: localhost")).toBe(101);
    for (const host of ["localhost:80", "evil.example", "127.0.0.1", ""])
      expect(await status(`Host: ${host}`)).toBe(403);
    for (const origin of ["http://localhost", "null"])
      expect(await status("Host: localhost", `Origin: ${origin}`)).toBe(403);
  });

  it("S19: behind a proxy on this machine that names its clients, knows their addresses by trustProxy alone", async () => {
    for (const [trustProxy, expected] of [
      [undefined, undefined],
      [true, "198.51.100.9"],
    ] as const) {
      const socketPath = join(folder, `shop-${String(trustProxy)}.sock`);
      const daemon = await served(socketPath, {
        keys: new KeyRing([key]),
        ...(trustProxy === undefined ? {} : { trustProxy }),
      });
      const refused = new Promise<string | undefined>((resolve) =>
        daemon.on("refused", ({ remoteAddress }) => resolve(remoteAddress)),
      );
      const lines = ["Host: evil.example", "X-Forwarded-For: 198.51.100.9", ...UPGRADE_LINES];
      await rawAnswer(connectSocket(socketPath), `GET / HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      expect(await refused).toBe(expected);
    }
  });
});
