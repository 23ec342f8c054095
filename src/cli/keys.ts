import { resolve } from "node:path";
import { Command, Option } from "commander";
import { Key, type KeyUse } from "../auth/key.js";
import { checkEntrySubject, checkKeyId } from "../auth/key-options.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { changeKeyFile, existingKeyFile } from "../node/change-key-file.js";
import { newKeys } from "../node/key-file-format.js";
import type { CommandIo } from "./command-io.js";
import { withExamples } from "./examples.js";
import { keyFilePath } from "./key-file-path.js";
import { checkedBy, parseObjectIds } from "./option-values.js";
import { print, printTable } from "./output.js";
import { parseMoment } from "./time-text.js";

/** Options of `keys new`. */
interface NewOptions {
  readonly id?: string;
  readonly use?: KeyUse;
  readonly subject?: string;
  readonly object?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly requireTls?: true;
  readonly requireChannelBinding?: true;
  readonly copyTo?: string;
  readonly showSecret?: true;
}

const FINGERPRINT = "A fingerprint is 8 hex digits that a key's holders all get and nobody can tell the key from.";

/** `hearthwire keys`: what is in a key file. */
export function keysCommand(io: CommandIo): Command {
  const keys = new Command("keys").description("make, list and remove the keys of a key file");
  keys.addCommand(newCommand(io)).addCommand(listCommand(io));
  keys.addCommand(removeCommand(io)).addCommand(fingerprintCommand(io));
  return withExamples(keys, [
    ["hearthwire keys new", "the first keys of this user: one to connect with, one to mint tickets"],
    ["hearthwire keys new --id ann --copy-to ann.json", "a key for ann, and a file to bring to her machine"],
    ["hearthwire keys list --key-file team.json", "what is in another file"],
  ]);
}

function newCommand(io: CommandIo): Command {
  const command = new Command("new")
    .description("make a key, and the file where there is none; the key itself is not shown")
    .option("--id <id>", "its name on the wire (default: from its fingerprint)", checkedBy(checkKeyId))
    .addOption(new Option("--use <use>", "what it is good for (default: connect)").choices(["connect", "mint"]))
    .option("--subject <subject>", "whose key it is (default: its id)", checkedBy(checkEntrySubject))
    .option("--object <id>", "an object that its holder may use; may be repeated (default: all)", parseObjectIds)
    .option("--not-before <when>", "30d from now, or a time such as 2026-12-31T23:00:00Z", parseMoment)
    .option("--not-after <when>", "likewise", parseMoment)
    .option("--require-tls", "beyond this machine only over TLS")
    .option("--require-channel-binding", "only over TLS that both ends see alike")
    .option("--copy-to <file>", "put the key into this file too, for another machine")
    .option("--show-secret", "print the key itself: whoever sees it can be its holder")
    .action((options: NewOptions) => makeKeys(io, options));
  return withExamples(command, [
    ["hearthwire keys new --id ann --object warehouse --not-after 90d", "a key that may do little, and ends"],
    ["hearthwire keys new --use mint", "a key that mints tickets"],
  ]);
}

async function makeKeys(io: CommandIo, options: NewOptions): Promise<void> {
  const { copyTo, showSecret, object: objects, ...named } = options;
  const isPlain = objects === undefined && copyTo === undefined && Object.keys(named).length === 0;
  const file = keyFilePath(io);
  let made: readonly Key[] = [];
  await changeKeyFile(file, (there) => {
    made = there === undefined && isPlain ? newKeys() : [Key.generate({ ...named, objects })];
    return [...(there ?? []), ...made];
  });
  if (copyTo !== undefined) await copyKeys(made, { from: file, to: copyTo });
  for (const key of made) {
    const secret = showSecret === true ? Buffer.from(key.export()).toString("base64url") : undefined;
    const files = [resolve(file), ...(copyTo === undefined ? [] : [resolve(copyTo)])];
    const shown = secret === undefined ? "" : `\n${secret}`;
    print(io, {
      document: { ...documentOf(key), files, ...(secret !== undefined && { secret }) },
      text: `Made ${key.id}, to ${key.use}, fingerprint ${key.fingerprint}, in ${files.join(" and ")}.${shown}`,
    });
  }
}

/** When it fails the keys are nowhere. */
async function copyKeys(made: readonly Key[], { from, to }: { readonly from: string; readonly to: string }) {
  try {
    await changeKeyFile(to, (there) => [...(there ?? []), ...made]);
  } catch (error) {
    const ids = new Set(made.map(({ id }) => id));
    await changeKeyFile(from, (there) => (there ?? []).filter(({ id }) => !ids.has(id)));
    throw error;
  }
}

function listCommand(io: CommandIo): Command {
  const command = new Command("list").description(`list the keys of a file. ${FINGERPRINT}`).action(async () => {
    await printTable<Key>(io, {
      rows: await existingKeyFile(keyFilePath(io)),
      document: documentOf,
      columns: [
        { title: "ID", text: ({ id }) => id },
        { title: "USE", text: ({ use }) => use },
        { title: "SUBJECT", text: ({ subject }) => subject },
        { title: "FINGERPRINT", text: ({ fingerprint }) => fingerprint },
        { title: "FROM", text: ({ notBefore }) => timeText(notBefore) },
        { title: "UNTIL", text: ({ notAfter }) => timeText(notAfter) },
        { title: "OBJECTS", text: ({ objects }) => objects?.join(", ") ?? "all" },
        { title: "REQUIRES", text: requirements },
      ],
    });
  });
  return withExamples(command, [
    ["hearthwire keys list", "this user's keys"],
    ["hearthwire keys list --json | jq -r .id", "their ids alone"],
  ]);
}

function removeCommand(io: CommandIo): Command {
  const command = new Command("remove")
    .description("remove a key from a file; daemons that run go on with the keys that they read")
    .argument("<id>", "of the key")
    .option("--force", "also the last key, and the file with it")
    .action(async (id: string, { force }: { readonly force?: true }) => {
      const file = keyFilePath(io);
      let isLast = false;
      await existingKeyFile(file);
      await changeKeyFile(file, (there = []) => {
        const left = there.filter((key) => key.id !== id);
        if (left.length === there.length) throw unknownKey(there, id);
        isLast = left.length === 0;
        if (isLast && force !== true)
          throw invalid(`"${id}" is the last key of ${resolve(file)}: --force removes it, and the file with it`);
        return left;
      });
      const what = isLast ? `${id}, and with it ${resolve(file)}` : `${id} from ${resolve(file)}`;
      print(io, {
        document: { removed: id, file: resolve(file), isLast },
        text: `Removed ${what}. Daemons that run go on with the keys that they read.`,
      });
    });
  return withExamples(command, [["hearthwire keys remove ann", "ann's key, out of this user's file"]]);
}

function fingerprintCommand(io: CommandIo): Command {
  const command = new Command("fingerprint")
    .description(`show what keys can be compared by. ${FINGERPRINT}`)
    .argument("[id]", "of one key (default: all)")
    .action(async (id: string | undefined) => {
      const keys = [...(await existingKeyFile(keyFilePath(io)))];
      const chosen = id === undefined ? keys : keys.filter((key) => key.id === id);
      if (id !== undefined && chosen.length === 0) throw unknownKey(keys, id);
      for (const key of chosen) {
        const { fingerprint } = key;
        print(io, { document: { id: key.id, fingerprint }, text: `${fingerprint}  ${key.id}` });
      }
    });
  return withExamples(command, [["hearthwire keys fingerprint ann", "run on both machines, it must give the same"]]);
}

/** What a program is told of a key: all but the key. */
function documentOf(key: Key): object {
  const { id, use, subject, fingerprint, notBefore, notAfter, objects, requireTls, requireChannelBinding } = key;
  return { id, use, subject, fingerprint, notBefore, notAfter, objects, requireTls, requireChannelBinding };
}

function timeText(time: Date | undefined): string {
  return time === undefined ? "" : time.toISOString().replace(".000Z", "Z");
}

function requirements({ requireTls, requireChannelBinding }: Key): string {
  return [requireTls ? ["tls"] : [], requireChannelBinding ? ["channel binding"] : []].flat().join(", ");
}

function unknownKey(keys: readonly Key[], id: string): ConfigError {
  return invalid(
    `"id" must be that of a key in the file, got "${id}"; there are ${keys.map((key) => key.id).join(", ")}`,
  );
}

function invalid(message: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", message);
}
