import { execFileSync, spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runLine } from "./support/fake-io.js";

/** The words that a shell is told for a line; its last word is unfinished. */
async function suggested(...words: readonly string[]): Promise<readonly string[]> {
  const { code, out } = await runLine(["complete", "--", ...words]);
  expect(code).toBe(0);
  return out
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t", 1)[0]!);
}

describe("completion", () => {
  test.each([
    [["wat"], ["watch"]],
    [["--json", "wat"], ["watch"]],
    [["--key-file", "echo", "wat"], ["watch"]],
    [["--key-f"], ["--key-file"]],
    [["ping", "--co"], ["--count"]],
    [["ping", "--key-f"], ["--key-file"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["completion", "z"], ["zsh"]],
    [["nonsense"], []],
    [["serve", "./"], []],
    [["--key-file", ""], []],
    [["serve", "--tls-cert", ""], []],
  ])("suggests for %j %j", async (words, found) => {
    expect(await suggested(...words)).toEqual(found);
  });

  test("suggests all commands, and not what shells alone use", async () => {
    const words = await suggested("");
    expect(words).toEqual(expect.arrayContaining(["call", "serve", "help"]));
    expect(words).not.toContain("complete");
  });

  test("refuses a shell that it does not know", async () => {
    const { code, err } = await runLine(["completion", "tcsh"]);
    expect(code).toBe(2);
    expect(err).toContain("Allowed choices are bash, zsh, fish.");
  });
});

const hasBash = spawnSync("bash", ["--version"]).status === 0;

describe.runIf(hasBash)("completion in a real bash", () => {
  /** Asks bash to complete a line, by a program of the command's name that suggests what it is asked with. */
  async function completed(line: readonly string[], program: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "hearthwire-bash-"));
    try {
      await writeFile(join(folder, "hearthwire"), `#!/bin/sh\n${program}\n`);
      await chmod(join(folder, "hearthwire"), 0o755);
      const { out } = await runLine(["completion", "bash"]);
      const words = ["hearthwire", ...line].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
      const script = `${out}\nCOMP_WORDS=(${words})\nCOMP_CWORD=${line.length}\n_hearthwire\nprintf '%s\\n' "\${COMPREPLY[@]}"\ncomplete -p hearthwire`;
      return execFileSync("bash", ["--norc", "-c", script], {
        cwd: folder,
        encoding: "utf8",
        env: { PATH: `${folder}:${process.env["PATH"]}` },
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test("takes the words without what they mean", async () => {
    const out = await completed(["ke"], "printf 'keys\\tmake and list keys\\nkernel\\t\\n'");
    expect(out).toBe("keys\nkernel\ncomplete -o default -F _hearthwire hearthwire\n");
  });

  test("passes the words of the line on, the unfinished one too, and runs nothing of them", async () => {
    const out = await completed(["call", "$(touch harmed)", "`touch harmed`", ""], 'printf "%s|" "$@"; ls');
    expect(out).toContain("complete|--|call|$(touch harmed)|`touch harmed`||hearthwire\n");
  });
});
