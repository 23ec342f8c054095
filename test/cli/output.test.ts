import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyFile, serveNames } from "hearthwire/node";
import { type CliDepot, cliDepot } from "./support/cli-depot.js";

/** What a terminal takes for more than text. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

let depot: CliDepot;
let names: Awaited<ReturnType<typeof serveNames>>;
let commands: readonly (readonly string[])[];
beforeAll(async () => {
  depot = await cliDepot({ listObjects: true });
  names = await serveNames({ port: 0, keys: await keyFile(depot.keyFile) });
  const server = names.url("names");
  await depot.run(["names", "register", "shop/cart", depot.url, "--lease", "1h", "--names", server]);
  commands = [
    ["call", depot.url, "values"],
    ["call", depot.url, "add", "1", "2"],
    ["watch", depot.url, "countdown", "3"],
    ["describe", depot.url],
    ["describe", depot.daemon.url()],
    ["ping", depot.url, "-n", "2"],
    ["names", "list", "--names", server],
    ["names", "list", "--count", "--names", server],
    ["names", "lookup", "shop/cart", "--names", server],
    ["names", "tag", "shop/cart", "eu", "--names", server],
    ["names", "register", "shop/other", depot.url, "--lease", "1h", "--names", server],
    ["names", "remove", "shop/other", "--names", server],
    ["keys", "list"],
    ["keys", "fingerprint"],
    ["ticket", "--subject", "ann"],
    ["config"],
    ["doctor"],
  ];
});
afterAll(async () => {
  await names.close({ graceMs: 0 });
  await depot[Symbol.asyncDispose]();
});

describe("the output of each command", () => {
  test("with --json is a document a line, and nothing else", async () => {
    for (const args of commands) {
      const { code, out } = await depot.run([...args, "--json"], { isTty: true });
      expect([args, code]).toEqual([args, 0]);
      const lines = out.split("\n");
      expect([args, lines.pop(), lines.length > 0]).toEqual([args, "", true]);
      for (const line of lines) expect(() => JSON.parse(line), `${args.join(" ")}: ${line}`).not.toThrow();
    }
  });

  test("is in colour on a terminal alone, and not there when NO_COLOR is set", async () => {
    for (const args of commands) {
      const shown = async (isTty: boolean, env = {}) => {
        const { out, err } = await depot.run(args, { isTty, env });
        return out + err;
      };
      expect([args, CONTROL.test(await shown(false))]).toEqual([args, false]);
      expect([args, CONTROL.test(await shown(true, { NO_COLOR: "1" }))]).toEqual([args, false]);
    }
    expect((await depot.run(["names", "list", "--names", names.url("names")], { isTty: true })).out).toContain(
      "\u001b[1m",
    );
    expect((await depot.run(["call", depot.url, "nothing"], { isTty: true })).err).toContain("\u001b[31m");
  });

  test("has results on the standard output and errors on the other, by people's words or a document", async () => {
    expect(await depot.run(["call", depot.url, "fail", '"shut"'])).toEqual({
      code: 1,
      out: "",
      err: "error: RangeError: shut (E_SHELF)\n",
    });
    const { out, err } = await depot.run(["call", depot.url, "fail", '"shut"', "--json"]);
    expect([out, JSON.parse(err)]).toEqual([
      "",
      { error: expect.objectContaining({ message: "shut", code: "E_SHELF" }) },
    ]);
  });

  test("leaves the words of who was called as they are, though they resemble an option", async () => {
    const { err } = await depot.run(["call", depot.url, "fail", '"\\"timeoutMs\\" and \\"keys\\""']);
    expect(err).toBe('error: RangeError: "timeoutMs" and "keys" (E_SHELF)\n');
  });

  test.each([
    ["a value", ["call", "URL", "echo", '"\\u001b[2J\\u202ea"']],
    ["an item of an object", ["call", "URL", "echo", '{"\\u001b[2J":"\\u0007"}']],
    ["an error", ["call", "URL", "fail", '"\\u001b]0;title\\u0007"']],
    ["a document", ["call", "URL", "echo", '"\\u009b2J"', "--json"]],
    ["a member that was asked for", ["call", "URL", "\u001b[2J"]],
    ["an argument that is no JSON", ["call", "URL", "echo", "\u001b[2J"]],
    ["an option that there isn't", ["call", "--\u001b[2J"]],
  ])("shows control characters of %s and does not send them to the terminal", async (_what, args) => {
    const { out, err } = await depot.run(args.map((word) => (word === "URL" ? depot.url : word)));
    expect(out + err).not.toMatch(CONTROL);
    expect(out + err).toMatch(/\\u00|\\x/);
  });
});
