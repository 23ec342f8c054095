import { Command, InvalidArgumentError } from "commander";
import type { DaemonObject } from "../daemon/daemon-object.js";
import type { CommandIo } from "./command-io.js";
import { DAEMON_OBJECT, daemonConnection } from "./daemon-connection.js";
import { withExamples } from "./examples.js";
import { print } from "./output.js";

/** `hearthwire ping`: how long a round trip takes. */
export function pingCommand(io: CommandIo): Command {
  const command = new Command("ping")
    .summary("measure round trips to a daemon")
    .description("measure signed round trips to a daemon, one after another")
    .argument("<address>", "a daemon's or an object's: ws://host:port, hearthwire:name")
    .option("-n, --count <n>", "how many", parseCount, 10)
    .action((address: string, { count }: { readonly count: number }) => ping(io, { address, count }));
  return withExamples(command, [
    ["hearthwire ping ws://127.0.0.1:7766", "ten round trips"],
    ["hearthwire ping hearthwire:warehouse -n 1000 --json", "a thousand, for programs"],
  ]);
}

async function ping(
  io: CommandIo,
  { address, count }: { readonly address: string; readonly count: number },
): Promise<void> {
  const begun = performance.now();
  await using connection = await daemonConnection(io, address);
  await connection.ready;
  const connectMs = performance.now() - begun;
  const daemon = connection.object<DaemonObject>(DAEMON_OBJECT);
  const times: number[] = [];
  while (times.length < count && !io.signal.aborted) {
    const sent = performance.now();
    await daemon.ping();
    times.push(performance.now() - sent);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const [minMs, medianMs, maxMs] = [sorted[0]!, medianOf(sorted), sorted.at(-1)!];
  const document = { url: connection.url, count: times.length, connectMs, minMs, medianMs, maxMs };
  const shown = [minMs, medianMs, maxMs].map((ms) => ms.toFixed(2)).join("/");
  const text = `${connection.url}: connected in ${connectMs.toFixed(1)} ms; ${times.length} round trips, min/median/max ${shown} ms`;
  print(io, { document, text });
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("it must be an integer 1..999999.");
}
