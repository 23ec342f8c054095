import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTicketPayload, type Ticket } from "../../src/auth/ticket.js";
import { CallError, ConnectionError } from "../../src/errors/hearthwire-error.js";
import { connect } from "../../src/node/connect.js";
import { keyFile } from "../../src/node/key-file.js";
import { serve } from "../../src/node/serve.js";
import { callContext } from "../../src/objects/call-context.js";
import { type Ended, runLine } from "./support/fake-io.js";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-cli-ticket-"));
  file = join(folder, "keys.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ticket = (...args: readonly string[]): Promise<Ended> => runLine(["ticket", ...args, "--key-file", file]);
const minted = ({ out }: Ended) => {
  const made = JSON.parse(out) as Ticket;
  return { ...readTicketPayload(made).payload, ticket: made };
};

describe("ticket", () => {
  test("prints a ticket alone, for ten minutes and everything, and says to people what it is", async () => {
    await keyFile(file);
    const ended = await ticket("--subject", "user-17");
    const { subject, scope, audience, issuedAtMs, expiresAtMs, ticket: made } = minted(ended);
    expect({ subject, scope, audience, forMs: expiresAtMs - issuedAtMs }).toEqual({
      subject: "user-17",
      scope: "*",
      audience: "",
      forMs: 600_000,
    });
    expect(Object.keys(made)).toEqual(["payload", "key", "expiresAtMs"]);
    expect(ended.err).toBe(`Whoever has this is "user-17" until ${new Date(expiresAtMs).toISOString()}.\n`);
    expect(await ticket("--subject", "user-17", "--json")).toMatchObject({ code: 0, err: "" });
  });

  test("is good for what it is for, and for nothing else", async () => {
    const keys = await keyFile(file);
    const who = { name: () => callContext().principal.id };
    await using daemon = await serve({ who, other: { name: () => "other" } }, { keys });
    await using elsewhere = await serve({ who }, { keys });
    const { ticket: made, ...says } = minted(
      await ticket("--subject", "ann", "--for", daemon.url("who"), "--expires", "90s"),
    );
    expect(says).toMatchObject({ scope: "who", audience: new URL(daemon.url()).origin });
    using object = await connect<typeof who>(daemon.url("who"), { ticket: made });
    expect(await object.name()).toMatch(/^ticket:user-[0-9a-f]{8}-mint\/ann$/);
    await expect(connect<typeof who>(daemon.url("other"), { ticket: made }).name()).rejects.toBeInstanceOf(CallError);
    await expect(connect<typeof who>(elsewhere.url("who"), { ticket: made }).name()).rejects.toBeInstanceOf(
      ConnectionError,
    );
  });

  test.each([
    [["--for", "wss://shop.example/rpc/cart", "--object", "clock"], "cart\nclock", "wss://shop.example"],
    [["--for", "wss://shop.example/"], "*", "wss://shop.example"],
    [["--object", "clock", "--member", "cart/size"], "clock\ncart/size", ""],
    [["--member", "cart/size", "--member", "cart/add"], "cart/size\ncart/add", ""],
  ])("%j is the scope %j", async (args, scope, audience) => {
    await keyFile(file);
    expect(minted(await ticket("--subject", "ann", ...args))).toMatchObject({ scope, audience });
  });

  test("is minted by the key that is named", async () => {
    for (const id of ["one", "two"]) await runLine(["keys", "new", "--id", id, "--use", "mint", "--key-file", file]);
    expect(minted(await ticket("--subject", "ann"))).toMatchObject({ keyId: "one" });
    expect(minted(await ticket("--subject", "ann", "--key", "two"))).toMatchObject({ keyId: "two" });
  });

  test.each([
    [[], "required option '--subject <subject>' not specified"],
    [["--subject", ""], "it must be a string of 1..255 bytes of UTF-8"],
    [["--subject", "ann", "--expires", "61m"], "a ticket lives for at most 1h"],
    [["--subject", "ann", "--expires", "10"], "it must be a number with its unit"],
    [
      ["--subject", "ann", "--for", "shop"],
      "'--for <address>' argument 'shop' is invalid. it must be the URL of a daemon",
    ],
    [
      ["--subject", "ann", "--object", "a/b"],
      "'--object <id>' argument 'a/b' is invalid. it must be 1..256 characters",
    ],
    [["--subject", "ann", "--member", "cart"], '"--member" must hold entries of the form "object/member", got "cart"'],
    [
      ["--subject", "ann", "--key", "eve"],
      '"--key" must be the id of a key in the file, got "eve"; there are ann, root',
    ],
    [["--subject", "ann", "--key", "ann"], '"--key" must be one that mints tickets, got "ann"'],
  ])("refuses %j as wrong usage, with nothing on the standard output", async (args, sentence) => {
    await runLine(["keys", "new", "--id", "ann", "--key-file", file]);
    await runLine(["keys", "new", "--id", "root", "--use", "mint", "--key-file", file]);
    expect(await ticket(...args)).toEqual({ code: 2, out: "", err: expect.stringContaining(sentence) });
  });

  test("needs a key file, and a key in it that mints", async () => {
    expect(await ticket("--subject", "ann")).toMatchObject({ code: 2, err: expect.stringContaining("there is none") });
    await runLine(["keys", "new", "--id", "ann", "--key-file", file]);
    expect((await ticket("--subject", "ann")).err).toBe(
      `error: "--key-file" ${file} has no key that mints tickets and is valid now; make one by: hearthwire keys new ` +
        "--use mint, and give it to the daemon (HW_KEY_INVALID)\n",
    );
  });

  test("has help with examples", async () => {
    expect((await runLine(["ticket", "--help"])).out).toContain("\nExamples:\n");
  });
});
