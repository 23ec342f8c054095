import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunningProgram } from "../support/running-program.js";
import { runDemo } from "./support/run-demo.js";

/** Two Node processes compile this repository's sources one after the other. */
const LIMIT_MS = 60_000;

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "node-demo-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const run = (file: string, args: readonly string[] = []): RunningProgram => runDemo(file, { home, args });

/** Whether anyone listens at this address. */
async function isServed(address: string): Promise<boolean> {
  const socket = connect(Number(new URL(address).port), "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe("npm run demo:node", () => {
  test(
    "prints progress and a table over this repository's files, and leaves no process behind",
    async () => {
      await using demo = run("main.ts");
      expect(await demo.exitCode()).toBe(0);
      const lines = demo.printed;
      const total = /(\d+)\/\1$/.exec(lines[4]!)?.[1];
      expect(lines.slice(0, 5)).toEqual([
        expect.stringMatching(/^Serving ws:\/\/127\.0\.0\.1:\d+\/counter$/),
        expect.stringMatching(/^Sending source files \[#{8}-{22}\] \d+\/\d+$/),
        expect.stringMatching(/^Sending source files \[#{15}-{15}\] \d+\/\d+$/),
        expect.stringMatching(/^Sending source files \[#{23}-{7}\] \d+\/\d+$/),
        `Sending source files [${"#".repeat(30)}] ${total}/${total}`,
      ]);
      expect(lines[5]).toMatch(/^language +files +lines +words$/);
      expect(lines[6]).toMatch(/^-+ {2}-+ {2}-+ {2}-+$/);
      const rows = lines.slice(7).map((line) => line.split(/ {2,}/));
      expect(rows.map(([language]) => language)).toEqual(
        expect.arrayContaining(["TypeScript", "JavaScript", "Markdown"]),
      );
      const files = rows.map(([, count]) => Number(count!.replaceAll(",", "")));
      expect(files.reduce((sum, count) => sum + count, 0)).toBe(Number(total));
      expect(await isServed(lines[0]!.replace("Serving ", ""))).toBe(false);
    },
    LIMIT_MS,
  );

  test(
    "ends both processes when it is stopped",
    async () => {
      await using demo = run("main.ts");
      const [, address] = await demo.line(/^Serving (\S+)$/);
      expect(await isServed(address!)).toBe(true);
      await demo[Symbol.asyncDispose]();
      expect(await demo.exitCode()).toBe(1);
      expect(await isServed(address!)).toBe(false);
    },
    LIMIT_MS,
  );
});

describe("server and client by hand", () => {
  test(
    "meet at the address that the server prints, as often as the client is run",
    async () => {
      await using server = run("server.ts", ["0"]);
      const [, address] = await server.line(/^Serving (\S+)$/);
      for (const _run of [1, 2]) {
        await using client = run("client.ts", [address!]);
        expect(await client.exitCode()).toBe(0);
        expect(client.output).toMatch(/^TypeScript +[\d,]+ +[\d,]+ +[\d,]+$/m);
      }
    },
    LIMIT_MS,
  );

  test(
    "the client says that there is no server, and fails",
    async () => {
      await using closed = createServer().listen(0, "127.0.0.1");
      await once(closed, "listening");
      const { port } = closed.address() as { port: number };
      closed.close();
      await using client = run("client.ts", [`ws://127.0.0.1:${port}/counter`]);
      expect(await client.exitCode()).toBe(1);
      expect(client.output.trim()).toMatch(
        /^could not connect to .*ECONNREFUSED.*Is a hearthwire daemon listening there\?$/,
      );
    },
    LIMIT_MS,
  );

  test(
    "the server says that its port is taken, and fails",
    async () => {
      await using other = createServer().listen(0, "127.0.0.1");
      await once(other, "listening");
      const { port } = other.address() as { port: number };
      await using server = run("server.ts", [String(port)]);
      expect(await server.exitCode()).toBe(1);
      expect(server.output.trim()).toMatch(new RegExp(`^"port".*${port}`));
    },
    LIMIT_MS,
  );
});
