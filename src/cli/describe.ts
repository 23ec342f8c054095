import { Command } from "commander";
import { describe } from "../client/describe.js";
import type { MemberDescription, ObjectDescription, ParameterDescription } from "../client/object-description.js";
import type { DaemonObject } from "../daemon/daemon-object.js";
import { CallError } from "../errors/hearthwire-error.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions, openFromOptions } from "./connect-from-options.js";
import { isDaemonAddress } from "./daemon-address.js";
import { withExamples } from "./examples.js";
import { type Column, print, printTable } from "./output.js";
import { DAEMON_OBJECT } from "./daemon-connection.js";

/** `hearthwire describe`: what there is to use. */
export function describeCommand(io: CommandIo): Command {
  const command = new Command("describe")
    .summary("say what you may use of an object or a daemon")
    .description("say what you may use of an object, or of all objects of a daemon that lists them")
    .argument("<address>", "an object's: ws://host:port/object, hearthwire:name; or a daemon's: ws://host:port")
    .action((address: string) =>
      isDaemonAddress(address) ? describeDaemon(io, address) : describeObject(io, address),
    );
  return withExamples(command, [
    ["hearthwire describe ws://127.0.0.1:7766/warehouse", "its members and what they take"],
    ["hearthwire describe ws://127.0.0.1:7766", "the daemon, and its objects if it was served with --list-objects"],
  ]);
}

const COLUMNS: readonly Column<MemberDescription>[] = [
  { title: "MEMBER", text: ({ name }) => (name === "" ? '""' : name) },
  { title: "KIND", text: kindOf },
];
const ARGUMENTS: Column<MemberDescription> = {
  title: "ARGUMENTS",
  text: ({ input }) => (input === undefined ? "" : `(${input.map(parameterText).join(", ")})`),
};

async function describeObject(io: CommandIo, address: string): Promise<void> {
  await using remote = await connectFromOptions(io, address);
  const description = await describe(remote);
  if (io.isJson) return print(io, { document: description, text: "" });
  const { members } = description;
  // Without schemas nothing is known of arguments, and an empty column would say that there are none.
  const isKnown = members.some(({ input }) => input !== undefined);
  await printTable(io, { rows: members, columns: isKnown ? [...COLUMNS, ARGUMENTS] : COLUMNS });
}

async function describeDaemon(io: CommandIo, address: string): Promise<void> {
  await using connection = await openFromOptions(io, address);
  const daemon = connection.object<DaemonObject>(DAEMON_OBJECT);
  const { version, protocol, startedAt } = await daemon.info();
  const about = { version, protocol, startedAt };
  if (!io.isJson)
    io.out(`${connection.url}: hearthwire ${version}, wire format ${protocol}, up since ${startedAt.toISOString()}`);
  const objects: ObjectDescription[] = [];
  try {
    for await (const object of daemon.objects()) if (object.object !== DAEMON_OBJECT) objects.push(object);
  } catch (error) {
    if (!(error instanceof CallError && error.code === "HW_NO_SUCH_MEMBER")) throw error;
    if (io.isJson) return print(io, { document: about, text: "" });
    return io.out(
      "It does not list its objects: hearthwire serve --list-objects would, or serve(objects, { listObjects: true }).",
    );
  }
  if (io.isJson) return print(io, { document: { ...about, objects }, text: "" });
  const rows = objects.flatMap(({ object, members }) => members.map((member) => ({ object, member })));
  await printTable(io, {
    rows,
    columns: [
      { title: "OBJECT", text: ({ object }) => object },
      ...COLUMNS.map(({ title, text }) => ({
        title,
        text: (row: (typeof rows)[number]) => text(row.member),
      })),
    ],
  });
}

function kindOf({ kind, isWritable, isOneway, isIdempotent }: MemberDescription): string {
  const traits = [isWritable && "writable", isOneway && "one-way", isIdempotent && "idempotent"].filter(Boolean);
  return [kind, ...traits].join(", ");
}

/** A short word for a parameter: the type that its schema names, else whose schema it is. */
function parameterText({ vendor, jsonSchema }: ParameterDescription): string {
  const type = jsonSchema?.["type"];
  if (typeof type === "string") return type;
  const choices = jsonSchema?.["enum"];
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(" | ");
  return vendor === "" ? "checked" : vendor;
}
