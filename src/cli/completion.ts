import { Argument, Command } from "commander";
import type { CommandIo } from "./command-io.js";
import { COMPLETION_SCRIPTS, type Shell, SHELLS } from "./completion-script.js";
import { withExamples } from "./examples.js";
import { suggest } from "./suggest.js";

/** `hearthwire completion`: what a shell runs, to complete the command. */
export function completionCommand(io: CommandIo): Command {
  const command = new Command("completion")
    .summary("print what makes a shell complete this command")
    .description(
      "print what makes a shell complete this command. The shell asks the command itself, by its name: install it for all folders by npm install --global hearthwire. What is typed after npx is not completed.",
    )
    .addArgument(new Argument("<shell>", "which one").choices(SHELLS))
    .action((shell: Shell) => {
      io.out(COMPLETION_SCRIPTS[shell]);
      // npm says so to what npx runs.
      if (io.env["npm_command"] === "exec")
        io.err("Shells complete hearthwire, and not npx hearthwire: npm install --global hearthwire");
    });
  return withExamples(command, [
    ["hearthwire completion bash >> ~/.bashrc", "for every new bash"],
    ['hearthwire completion zsh > "${fpath[1]}/_hearthwire"', "for every new zsh"],
    ["hearthwire completion fish > ~/.config/fish/completions/hearthwire.fish", "for fish"],
  ]);
}

/** `hearthwire complete`: what a shell asks for. Each line is a word, a tab, and what it means. */
export function completeCommand(io: CommandIo): Command {
  const command = new Command("complete")
    .description("print what may follow on a command line, for shells")
    .usage("-- [words...]")
    .argument("[words...]", "the words after the program's name; the last one is unfinished")
    .action((words: readonly string[]) => {
      for (const { word, description } of suggest(command.parent!, words)) io.out(`${word}\t${description}`);
    });
  return command;
}
