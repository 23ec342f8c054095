import { Command } from "commander";
import { serve } from "../node/serve.js";
import type { ServeOptions } from "../node/serve-options.js";
import type { CommandIo } from "./command-io.js";
import { echoObject } from "./echo-object.js";
import { withExamples } from "./examples.js";
import { type ListenOptions, serveOptionsOf, withListenOptions } from "./listen-options.js";
import { runDaemon } from "./run-daemon.js";

/** `hearthwire echo`: something to try clients out with. */
export function echoCommand(io: CommandIo): Command {
  const command = withListenOptions(new Command("echo"))
    .summary("serve an object to try clients out with")
    .description(
      "serve an object to try clients out with: echo, error, slow, generator, oneway, callback, numbers, count",
    )
    .action((options: ListenOptions) => serveEcho(io, options));
  return withExamples(command, [
    ["hearthwire echo --port 7799", "serve it"],
    ["hearthwire call ws://127.0.0.1:7799/echo echo '{\"a\":[1,2]}'", "and try it, in another terminal"],
    ["hearthwire watch ws://127.0.0.1:7799/echo generator 3", "its stream"],
  ]);
}

async function serveEcho(io: CommandIo, options: ListenOptions): Promise<void> {
  const given = await serveOptionsOf(io, options);
  const daemon = await serve({ echo: echoObject() }, { listObjects: true, ...given } as ServeOptions);
  await runDaemon(io, { daemon, objectIds: ["echo"], graceMs: options.grace });
}
