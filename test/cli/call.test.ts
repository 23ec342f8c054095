import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliDepot, cliDepot } from "./support/cli-depot.js";
import { runLine } from "./support/fake-io.js";

let depot: CliDepot;
beforeAll(async () => (depot = await cliDepot()));
afterAll(() => depot[Symbol.asyncDispose]());

describe("hearthwire call", () => {
  test.each([
    ["numbers", ["add", "1", "-2.5", "1e1"], "8.5\n"],
    ["a text, which is printed as it is", ["echo", '"candle"'], "candle\n"],
    ["objects and null", ["echo", '{"a":[null,true]}'], "{ a: [ null, true ] }\n"],
    ["an accessor, which is read", ["label"], "top\n"],
    ["no result, which is nothing to print", ["echo"], ""],
  ])("takes %s", async (_what, [member = "", ...args], out) => {
    expect(await depot.run(["call", depot.url, member, ...args])).toEqual({ code: 0, out, err: "" });
  });

  test("calls a function, whose one member has no name", async () => {
    expect(await depot.run(["call", depot.daemon.url("double"), "", "21"])).toEqual({ code: 0, out: "42\n", err: "" });
  });

  test("reads one argument from the standard input", async () => {
    const args = ["call", depot.url, "add", "1", "-"];
    expect(await depot.run(args, { input: " 41\n" })).toEqual({ code: 0, out: "42\n", err: "" });
  });

  test("shows values of JavaScript to people", async () => {
    const { out } = await depot.run(["call", depot.url, "values"]);
    expect(out).toBe(
      "{\n  map: Map(1) { 'candle' => 3n },\n  set: Set(1) { 1 },\n  at: 1970-01-01T00:00:00.000Z,\n" +
        "  bytes: Uint8Array(2) [ 1, 2 ],\n  nothing: undefined\n}\n",
    );
  });

  test("shows them to programs as one line of JSON", async () => {
    const { out } = await depot.run(["call", depot.url, "values", "--json"]);
    expect(out).toBe('{"map":[["candle","3"]],"set":[1],"at":"1970-01-01T00:00:00.000Z","bytes":"AQI="}\n');
  });

  test("shows a reference as what it is", async () => {
    const { code, out } = await depot.run(["call", depot.url, "handed"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\[remote function.*\]\n$/i);
  });

  test("lets no text of the other side move the cursor", async () => {
    const { out } = await depot.run(["call", depot.url, "echo", JSON.stringify("\u001b[2Jgone\nnext")], {
      isTty: true,
    });
    expect(out).toBe("\\u001b[2Jgone\nnext\n");
  });

  test("is in colour on a terminal, unless its user wants none", async () => {
    const args = ["call", depot.url, "echo", "[1]"];
    expect((await depot.run(args, { isTty: true })).out).toBe("[ \u001b[33m1\u001b[39m ]\n");
    expect((await depot.run(args, { isTty: true, env: { NO_COLOR: "1" } })).out).toBe("[ 1 ]\n");
  });

  test("calls a one-way member, and prints nothing", async () => {
    expect(await depot.run(["call", depot.url, "note", '"once"', "--oneway"])).toEqual({ code: 0, out: "", err: "" });
    await expect.poll(() => depot.shelf.noted).toEqual(["once"]);
  });
});

describe("hearthwire call, used wrongly,", () => {
  test.each([
    [
      "a bare word",
      ["echo", "candle"],
      `"args[0]" must be JSON, got candle; a text needs quotes for the shell and for JSON: '"candle"'`,
    ],
    [
      "a word with a quote in it",
      ["echo", "1", "it's"],
      `"args[1]" must be JSON, got it's; or give - and write the JSON to the standard input`,
    ],
    [
      "an empty word",
      ["echo", ""],
      `"args[0]" must be JSON, got an empty word; a text needs quotes for the shell and for JSON: '""'`,
    ],
    ["two standard inputs", ["echo", "-", "-"], '"-" can stand for one argument alone: there is one standard input'],
    ["a stream", ["countdown", "3"], '"member": "countdown" gives a stream: use hearthwire watch'],
    ["a method that gives a stream all the same", ["loose"], '"member": "loose" gives a stream: use hearthwire watch'],
    [
      "arguments of an accessor",
      ["label", "1"],
      '"json": "label" is an accessor, which is read without arguments, got 1',
    ],
    [
      "a one-way call of what is answered",
      ["add", "--oneway"],
      '"--oneway": "add" is answered; call it without, or expose it as one-way',
    ],
  ])("refuses %s", async (_what, args, sentence) => {
    expect(await depot.run(["call", depot.url, ...args])).toEqual({
      code: 2,
      out: "",
      err: `error: ${sentence} (HW_OPTION_INVALID)\n`,
    });
  });

  test("does not repeat what came by the standard input", async () => {
    const { code, err } = await depot.run(["call", depot.url, "echo", "-"], { input: "hunter2" });
    expect(code).toBe(2);
    expect(err).toBe(
      'error: "-": the standard input must be one JSON value, got 7 other characters (HW_OPTION_INVALID)\n',
    );
  });

  test.each([
    ["ad", 'did you mean "add"?'],
    ["constructor", "it has add, countdown, echo, fail, handed, label, loose, never, note, ticks, values"],
  ])("refuses the member %s, and says which there are", async (member, remedy) => {
    const { code, err } = await depot.run(["call", depot.url, member]);
    expect(code).toBe(1);
    expect(err).toBe(`error: "shelf" has no member "${member}" that you may use: ${remedy} (HW_NO_SUCH_MEMBER)\n`);
  });

  test.each([["nonsense"], ["ws://127.0.0.1:1/"], ["ws://user:hunter2@127.0.0.1:1/shelf"]])(
    "refuses the address %s",
    async (address) => {
      const { code, err } = await depot.run(["call", address, "add"]);
      expect(code).toBe(2);
      expect(err).toMatch(/^error: "address" .*\(HW_ADDRESS_INVALID\)\n$/);
      expect(err).not.toContain("hunter2");
    },
  );
});

describe("a call that fails", () => {
  test("ends with 1 and what the other side threw, without a stack", async () => {
    const { code, err } = await depot.run(["call", depot.url, "fail", '"no room\\u001b[2J"']);
    expect(code).toBe(1);
    expect(err).toBe("error: RangeError: no room\\u001b[2J (E_SHELF)\n");
  });

  test("is told to programs as a document", async () => {
    const { err } = await depot.run(["call", depot.url, "fail", '"no room"', "--json"]);
    expect(JSON.parse(err)).toEqual({
      error: { name: "RangeError", message: "no room", code: "E_SHELF", delivery: "ran" },
    });
  });

  test("shows stacks when asked to", async () => {
    const { err } = await depot.run(["call", depot.url, "fail", '"no room"', "--debug"]);
    expect(err).toMatch(/^ {4}at /m);
  });

  test("ends with 1 at its deadline", async () => {
    const { code, err } = await depot.run(["call", depot.url, "never", "--timeout", "50"]);
    expect(code).toBe(1);
    expect(err).toMatch(/\(HW_DEADLINE\)\n$/);
  });

  test("ends with 130 by Ctrl-C, and says nothing", async () => {
    await using busy = await cliDepot();
    const io = busy.world();
    const ended = runLine(["call", busy.url, "never"], io);
    await busy.shelf.begun;
    io.interrupt();
    expect(await ended).toEqual({ code: 130, out: "", err: "" });
  });

  test("ends with 3 where nobody listens", async () => {
    await using gone = await cliDepot();
    await gone.daemon.close();
    const { code, err } = await gone.run(["call", gone.url, "add"]);
    expect(code).toBe(3);
    expect(err).toMatch(/\(HW_CONNECT_FAILED\)\n$/);
  });

  test("ends with 3 when the daemon knows another key", async () => {
    await using other = await cliDepot();
    const { code, err } = await depot.run(["call", other.url, "add"]);
    expect(code).toBe(3);
    expect(err).toMatch(/\(HW_REFUSED\)\n$/);
    expect((await depot.run(["call", other.url, "add", "--key-file", other.keyFile])).code).toBe(0);
  });

  test("ends with 2 without a key file, and makes none", async () => {
    const missing = `${depot.folder}/missing.json`;
    const { code, err } = await depot.run(["call", depot.url, "add", "--key-file", missing]);
    expect(code).toBe(2);
    expect(err).toContain(`"--key-file" ${missing}: there is no such file;`);
    expect((await depot.run(["call", depot.url, "add", "--key-file", missing])).err).toBe(err);
  });
});
