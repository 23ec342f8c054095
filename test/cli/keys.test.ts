import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyFile } from "../../src/node/key-file.js";
import { connect } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { type Ended, runLine } from "./support/fake-io.js";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-cli-keys-"));
  file = join(folder, "keys.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** `hearthwire keys ...` on this test's file. */
const keys = (...args: readonly string[]): Promise<Ended> => runLine(["keys", ...args, "--key-file", file]);
const documents = ({ out }: Ended): readonly Readonly<Record<string, unknown>>[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const kept = async (path = file): Promise<readonly string[]> => [...(await keyFile(path))].map(({ id }) => id);
/** What no output may hold. */
const secrets = async (): Promise<readonly string[]> =>
  JSON.parse(await readFile(file, "utf8")).keys.flatMap(({ key }: { readonly key: string }) => [
    key,
    Buffer.from(key, "base64url").toString("hex"),
    Buffer.from(key, "base64url").toString("base64"),
  ]);

describe("keys new", () => {
  test("makes the first two keys of a file as the first use of it does, and shows neither", async () => {
    const ended = await keys("new");
    expect(ended).toMatchObject({ code: 0, err: "" });
    const made = [...(await keyFile(file))];
    expect(made.map(({ use }) => use)).toEqual(["connect", "mint"]);
    for (const { id, fingerprint, use } of made)
      expect(ended.out).toContain(`Made ${id}, to ${use}, fingerprint ${fingerprint}, in ${file}.\n`);
    for (const secret of await secrets()) expect(ended.out).not.toContain(secret);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("adds one key to a file that is there, and one alone to a new file when told of it", async () => {
    await keys("new", "--id", "ann");
    expect(await kept()).toEqual(["ann"]);
    await keys("new");
    const [ann, other] = [...(await keyFile(file))];
    expect([ann?.id, other?.use, other?.id]).toEqual(["ann", "connect", `key-${other?.fingerprint}`]);
  });

  test("takes all that a key can say", async () => {
    const ended = await keys(
      ...[
        "new",
        "--json",
        "--id",
        "ann-1",
        "--use",
        "mint",
        "--subject",
        "ann",
        "--object",
        "shop",
        "--object",
        "clock",
      ],
      ...["--not-before", "2026-01-31T23:00:00Z", "--not-after", "30d", "--require-tls", "--require-channel-binding"],
    );
    const [key] = [...(await keyFile(file))];
    const notAfter = key?.notAfter?.toISOString() ?? "";
    expect(documents(ended)).toEqual([
      {
        id: "ann-1",
        use: "mint",
        subject: "ann",
        fingerprint: key?.fingerprint,
        notBefore: "2026-01-31T23:00:00.000Z",
        notAfter,
        objects: ["shop", "clock"],
        requireTls: true,
        requireChannelBinding: true,
        files: [file],
      },
    ]);
    expect(key).toMatchObject({ objects: ["shop", "clock"], requireTls: true, requireChannelBinding: true });
    expect(Math.abs(Date.parse(notAfter) - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000);
  });

  test("shows the key by --show-secret alone", async () => {
    const shown = await keys("new", "--id", "ann", "--show-secret");
    const [key = ""] = await secrets();
    expect(shown.out).toMatch(new RegExp(`\n${key}\n$`));
    const [document] = documents(await keys("new", "--id", "bob", "--show-secret", "--json"));
    expect(document).toMatchObject({ id: "bob", secret: (await secrets())[3] });
  });

  test("puts a copy into a file for another machine, whose holder then gets in", async () => {
    const copy = join(folder, "ann", "ann.json");
    await keys("new");
    expect((await keys("new", "--id", "ann", "--copy-to", copy)).out).toContain(`in ${file} and ${copy}.`);
    expect(await kept(copy)).toEqual(["ann"]);
    await using daemon = await serve({ clock: { now: () => 7 } }, { keys: await keyFile(file) });
    using clock = await connect<{ now(): number }>(daemon.url("clock"), { key: (await keyFile(copy)).primary });
    expect(await clock.now()).toBe(7);
  });

  test("leaves the key nowhere when the copy can't be made", async () => {
    await keys("new", "--id", "ann");
    await writeFile(join(folder, "broken.json"), "{}", { mode: 0o600 });
    const ended = await keys("new", "--id", "bob", "--copy-to", join(folder, "broken.json"));
    expect(ended).toMatchObject({ code: 2, out: "", err: expect.stringContaining("(HW_KEY_INVALID)") });
    expect(await kept()).toEqual(["ann"]);
  });

  test.each([
    [["--id", "a b"], "option '--id <id>' argument 'a b' is invalid. it must be 1..64"],
    [["--subject", "a/b"], "'--subject <subject>' argument 'a/b' is invalid. it must not contain"],
    [["--object", ""], "'--object <id>' argument '' is invalid. it must be 1..256 characters"],
    [["--use", "all"], "Allowed choices are connect, mint"],
    [["--not-after", "soon"], "it must be a duration such as 30d"],
    [["--not-before", "2d", "--not-after", "1d"], '"--not-after" of a key must not be before'],
  ])("refuses %j as wrong usage, and makes no file", async (args, sentence) => {
    expect(await keys("new", ...args)).toEqual({ code: 2, out: "", err: expect.stringContaining(sentence) });
    expect(await readdir(folder)).toEqual([]);
  });

  test("refuses an id that is there", async () => {
    await keys("new", "--id", "ann");
    expect((await keys("new", "--id", "ann")).err).toContain('already has a key with the id "ann"');
    expect(await kept()).toEqual(["ann"]);
  });

  test("works on this user's file, by HEARTHWIRE_KEY_FILE or where it is by default", async () => {
    await runLine(["keys", "new"], { env: { HEARTHWIRE_KEY_FILE: file } });
    await runLine(["keys", "new", "--id", "ann"], { env: { XDG_CONFIG_HOME: folder } });
    expect(await kept(join(folder, "hearthwire", "keys.json"))).toEqual(["ann"]);
    expect(await kept()).toHaveLength(2);
  });
});

describe("keys list", () => {
  test("is a table for people and a document a line for programs, without a key", async () => {
    await keys("new", "--id", "ann", "--object", "shop", "--not-after", "2030-01-31T23:00:00Z", "--require-tls");
    await keys("new", "--id", "root", "--use", "mint");
    const fingerprint = [...(await keyFile(file))].map((key) => key.fingerprint);
    const table = await keys("list");
    expect(table.out.split("\n")).toEqual([
      "ID    USE      SUBJECT  FINGERPRINT  FROM  UNTIL                 OBJECTS  REQUIRES",
      `ann   connect  ann      ${fingerprint[0]}           2030-01-31T23:00:00Z  shop     tls`,
      `root  mint     root     ${fingerprint[1]}                                 all`,
      "",
    ]);
    const lines = await keys("list", "--json");
    expect(documents(lines).map(({ id, use }) => [id, use])).toEqual([
      ["ann", "connect"],
      ["root", "mint"],
    ]);
    for (const secret of await secrets()) expect(table.out + lines.out).not.toContain(secret);
  });

  test("says when there is no file, and makes none", async () => {
    const ended = await keys("list");
    expect(ended).toMatchObject({ code: 2, out: "", err: expect.stringContaining("(HW_CREDENTIALS_MISSING)") });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("keys remove", () => {
  test("takes one key out", async () => {
    await keys("new", "--id", "ann");
    await keys("new", "--id", "bob");
    expect((await keys("remove", "ann")).out).toMatch(/^Removed ann from .*keys\.json\. Daemons that run go on/);
    expect(await kept()).toEqual(["bob"]);
    expect(await keys("remove", "ann")).toMatchObject({ code: 2, err: expect.stringContaining("there are bob") });
  });

  test("keeps the last key, unless it is forced: then the file goes too", async () => {
    await keys("new", "--id", "ann");
    expect(await keys("remove", "ann")).toMatchObject({ code: 2, err: expect.stringContaining("is the last key of") });
    expect(await kept()).toEqual(["ann"]);
    const [document] = documents(await keys("remove", "ann", "--force", "--json"));
    expect(document).toEqual({ removed: "ann", file, isLast: true });
    expect(await readdir(folder)).toEqual([]);
  });

  test("makes no file, nor a folder for one", async () => {
    file = join(folder, "nowhere", "keys.json");
    expect(await keys("remove", "ann")).toMatchObject({ code: 2, err: expect.stringContaining("there is none") });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("keys fingerprint", () => {
  test("gives what the holders of a key can compare", async () => {
    const copy = join(folder, "ann.json");
    await keys("new", "--id", "ann", "--copy-to", copy);
    await keys("new", "--id", "bob");
    const all = await keys("fingerprint");
    expect(all.out).toMatch(/^[0-9a-f]{8} {2}ann\n[0-9a-f]{8} {2}bob\n$/);
    const theirs = await runLine(["keys", "fingerprint", "ann", "--key-file", copy]);
    expect(`${theirs.out}`).toBe(`${all.out.split("\n")[0]}\n`);
    expect(documents(await keys("fingerprint", "bob", "--json"))).toEqual([
      { id: "bob", fingerprint: all.out.split("\n")[1]?.slice(0, 8) },
    ]);
    expect(await keys("fingerprint", "eve")).toMatchObject({ code: 2, err: expect.stringContaining("ann, bob") });
  });
});

test.each([[["keys"]], [["keys", "new"]], [["keys", "list"]], [["keys", "remove"]], [["keys", "fingerprint"]]])(
  "%j has help with examples",
  async (args) => {
    const { code, out } = await runLine([...args, "--help"]);
    expect([code, out]).toEqual([0, expect.stringContaining("\nExamples:\n")]);
  },
);
