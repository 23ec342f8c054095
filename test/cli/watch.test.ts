import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expose, serve } from "hearthwire/node";
import { type CliDepot, cliDepot } from "./support/cli-depot.js";
import { runLine } from "./support/fake-io.js";

/** A schema without a type that a reader could be told. */
const anyNumber = {
  "~standard": { version: 1 as const, vendor: "test", validate: (value: unknown) => ({ value: value as number }) },
};

let depot: CliDepot;
beforeAll(async () => (depot = await cliDepot()));
afterAll(() => depot[Symbol.asyncDispose]());

describe("hearthwire watch", () => {
  test("prints the items of a stream, a line each", async () => {
    expect(await depot.run(["watch", depot.url, "countdown", "2"])).toEqual({
      code: 0,
      out: "{ left: 2, note: 'a\\nb' }\n{ left: 1, note: 'a\\nb' }\n",
      err: "",
    });
  });

  test("prints them as JSON for programs", async () => {
    const { out } = await depot.run(["watch", depot.url, "countdown", "2", "--json"]);
    expect(out).toBe('{"left":2,"note":"a\\nb"}\n{"left":1,"note":"a\\nb"}\n');
  });

  test("takes what gives a stream without being a generator, and a long item is a line all the same", async () => {
    const { code, out } = await depot.run(["watch", depot.url, "loose"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\{ first: 'x{60}', second: 'y{60}' \}\n$/);
  });

  test("ends by Ctrl-C, and its producer with it", async () => {
    const io = depot.world();
    const ended = runLine(["watch", depot.url, "ticks"], io);
    await io.written(/^2$/m);
    io.interrupt();
    expect(await ended).toMatchObject({ code: 130, err: "" });
    await depot.shelf.ended;
  });

  test.each([["add"], ["label"], ["note"]])("refuses %s, which gives no stream", async (member) => {
    const { code, err } = await depot.run(["watch", depot.url, member]);
    expect(code).toBe(2);
    expect(err).toBe(`error: "member": "${member}" gives no stream: use hearthwire call (HW_OPTION_INVALID)\n`);
  });
});

describe("hearthwire describe", () => {
  test("says what an object has", async () => {
    const { out } = await depot.run(["describe", depot.url]);
    expect(out).toContain("MEMBER     KIND\nadd        method, idempotent\ncountdown  stream\n");
    expect(out).toContain("label      accessor\n");
    expect(out).toContain("note       method, one-way\n");
  });

  test("says what members take once a schema says it", async () => {
    class Till {
      add(amount: number): number {
        return amount;
      }
      total(): number {
        return 0;
      }
    }
    expose(Till, { only: ["add", "total"], members: { add: { input: [anyNumber] } } });
    await using daemon = await serve({ till: new Till() }, { keys: depot.daemon.keys });
    const { out } = await depot.run(["describe", daemon.url("till")]);
    expect(out).toBe("MEMBER  KIND    ARGUMENTS\nadd     method  (test)\ntotal   method\n");
  });

  test("says it to programs as one document", async () => {
    const { out } = await depot.run(["describe", depot.daemon.url("double"), "--json"]);
    expect(JSON.parse(out)).toEqual({
      object: "double",
      members: [{ name: "", kind: "method", isWritable: false, isOneway: false, isIdempotent: false }],
    });
  });

  test("says of a daemon that it does not list its objects", async () => {
    const { code, out } = await depot.run(["describe", depot.daemon.url()]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^ws:\S+: hearthwire 0\.1\.0, wire format \d+, up since \S+Z\nIt does not list its objects: hearthwire serve --list-objects would, /,
    );
  });

  test("lists the objects of a daemon that does", async () => {
    await using open = await cliDepot({ listObjects: true });
    const { out } = await open.run(["describe", open.daemon.url()]);
    expect(out).toContain("OBJECT  MEMBER     KIND\nshelf   add        method, idempotent\n");
    const document = JSON.parse((await open.run(["describe", open.daemon.url(), "--json"])).out) as {
      objects: object[];
    };
    expect(document.objects).toMatchObject([{ object: "shelf" }, { object: "double" }]);
  });
});

describe("hearthwire ping", () => {
  test.each(["an object", "a daemon"])("measures round trips to the daemon of %s", async (kind) => {
    const url = kind === "a daemon" ? depot.daemon.url() : depot.url;
    const { code, out } = await depot.run(["ping", url, "-n", "3", "--json"]);
    expect(code).toBe(0);
    const { count, minMs, medianMs, maxMs, connectMs } = JSON.parse(out) as Record<string, number>;
    expect(count).toBe(3);
    expect([0 < minMs!, minMs! <= medianMs!, medianMs! <= maxMs!, connectMs! > 0]).toEqual([true, true, true, true]);
  });

  test("says it to people in one line", async () => {
    const { out } = await depot.run(["ping", depot.url, "-n", "1"]);
    expect(out).toMatch(
      /^ws:\S+: connected in [\d.]+ ms; 1 round trips, min\/median\/max [\d.]+\/[\d.]+\/[\d.]+ ms\n$/,
    );
  });

  test.each(["0", "1.5", "1000000", "many"])("refuses the count %s", async (count) => {
    const { code, err } = await depot.run(["ping", depot.url, "-n", count]);
    expect(code).toBe(2);
    expect(err).toContain("it must be an integer 1..999999.");
  });
});
