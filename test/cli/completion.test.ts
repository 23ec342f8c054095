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

  test("suggests itself", async () => {
    expect(await suggested("comp")).toEqual(["completion"]);
    expect((await runLine(["--help"])).out).toContain("$ hearthwire completion bash >> ~/.bashrc");
  });

  test("says that it needs the installed command, to who runs it by npx too", async () => {
    const help = (await runLine(["completion", "--help"])).out.replace(/\s+/g, " ");
    expect(help).toContain("npm install --global hearthwire");
    const byName = await runLine(["completion", "bash"]);
    expect(byName.err).toBe("");
    expect(await runLine(["completion", "bash"], { env: { npm_command: "exec" } })).toEqual({
      ...byName,
      err: "Shells complete hearthwire, and not npx hearthwire: npm install --global hearthwire\n",
    });
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

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Has a shell run a script after the completion of this command, by a program of its name that suggests what it is asked. */
async function inShell(shell: (typeof SHELLS)[number], script: string, program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `hearthwire-${shell}-`));
  try {
    await writeFile(join(folder, "hearthwire"), `#!/bin/sh\n${program}\n`);
    await chmod(join(folder, "hearthwire"), 0o755);
    const { out } = await runLine(["completion", shell]);
    await writeFile(join(folder, "script"), `${PRELUDES[shell]}\n${out}\n${script}\n`);
    return execFileSync(shell, [...QUIET[shell], "script"], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: `${folder}:${process.env["PATH"]}`, HOME: folder },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Without what this user has set up. */
const QUIET = { bash: ["--norc"], zsh: ["-f"], fish: ["--no-config"] } as const;
/** Builtins of zsh that work while a line is edited alone; what they are given is printed instead. */
const PRELUDES = {
  bash: "",
  zsh: `compdef() { print -r -- "compdef $*" }
compadd() { print -rl -- "\${(@P)2}" }
_files() { print files }`,
  fish: "",
} as const;

/** A script that completes a line, whose last word is unfinished. */
function completing(shell: (typeof SHELLS)[number], line: readonly string[]): string {
  const words = ["hearthwire", ...line].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  if (shell === "bash")
    return `COMP_WORDS=(${words})\nCOMP_CWORD=${line.length}\n_hearthwire\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  if (shell === "zsh") return `words=(${words})\nCURRENT=${line.length + 1}\n_hearthwire`;
  return `complete -C 'hearthwire ${line.join(" ")}'`;
}

for (const shell of SHELLS) {
  const isThere = spawnSync(shell, ["--version"]).status === 0;
  describe.runIf(isThere)(`completion in a real ${shell}`, () => {
    const completed = (line: readonly string[], program: string): Promise<string> =>
      inShell(shell, completing(shell, line), program);

    test("takes the words, and what they mean where the shell shows that", async () => {
      const out = await completed(["ke"], "printf 'keys\\tmake and list keys\\nkernel\\t\\n'");
      const lines = out.split("\n").filter((one) => one !== "" && !one.startsWith("compdef"));
      const meaning = shell === "fish" ? "\tmake and list keys" : "";
      expect(lines.toSorted()).toEqual(["kernel", `keys${meaning}`]);
    });

    test("passes the words of the line on, the unfinished one too, and runs nothing of them", async () => {
      const out = await completed(
        ["call", "$(touch harmed)", "`touch harmed`", "x"],
        'printf "x|"; printf "%s|" "$@"; echo; ls',
      );
      expect(out).toContain("complete|--|call|");
      expect(out).toMatch(/\|x\|/);
      expect(out).not.toMatch(/^harmed$/m);
    });

    test("is there for the command's name", async () => {
      const asked = { bash: "complete -p hearthwire", zsh: "true", fish: "complete | string match '*hearthwire*'" };
      const out = await inShell(shell, asked[shell], "true");
      const there = {
        bash: /^complete -o default -F _hearthwire hearthwire$/m,
        zsh: /^compdef _hearthwire hearthwire$/m,
        fish: /^complete .*hearthwire/m,
      };
      expect(out).toMatch(there[shell]);
    });
  });
}

describe.runIf(spawnSync("zsh", ["--version"]).status === 0)("completion in a real zsh", () => {
  test("offers files where nothing is suggested", async () => {
    expect(await inShell("zsh", completing("zsh", ["serve", "./"]), "true")).toMatch(/^files$/m);
  });

  test("completes when it is loaded from a file of fpath, as the help says", async () => {
    const script = `mkdir f; hearthwire_script=$(sed '1,/^#compdef/{/^#compdef/!d}' script | sed '/^mkdir f/,$d')
unfunction _hearthwire; print -r -- "$hearthwire_script" > f/_hearthwire; fpath=($PWD/f $fpath); autoload -Uz _hearthwire
${completing("zsh", ["ke"])}`;
    expect(await inShell("zsh", script, "printf 'keys\\t\\n'")).toMatch(/^keys$/m);
  });
});
