import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { checkSubject } from "../auth/subject.js";
import { mintTicket, TICKET_LIFETIME_MS } from "../auth/ticket.js";
import type { Key } from "../auth/key.js";
import type { KeyRing } from "../auth/key-ring.js";
import type { ScopeOptions } from "../auth/scope.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { existingKeyFile } from "../node/change-key-file.js";
import { parseAddress } from "../wire/address.js";
import { parseTicketAddress } from "./address-option-values.js";
import { collect } from "./collect.js";
import type { CommandIo } from "./command-io.js";
import { withExamples } from "./examples.js";
import { jsonText } from "./json-text.js";
import { keyFilePath } from "./key-file-path.js";
import { checkedBy, parseObjectIds } from "./option-values.js";
import { parseDuration } from "./time-text.js";

/** Options of `ticket`. */
interface TicketCommandOptions {
  readonly subject: string;
  readonly for?: string;
  readonly object?: readonly string[];
  readonly member?: readonly string[];
  readonly expires?: number;
  readonly key?: string;
}

/** `hearthwire ticket`: a short-lived credential, on the standard output. */
export function ticketCommand(io: CommandIo): Command {
  const command = new Command("ticket")
    .description("mint a ticket by the minting key of a key file; whoever has its text is its subject until it expires")
    .requiredOption("--subject <subject>", "who its holder is; can be read on plain ws", checkedBy(checkSubject))
    .option(
      "--for <address>",
      "the daemon, or one object of it, that it is good for (default: any that has the key)",
      parseTicketAddress,
    )
    .option("--object <id>", "an object that it allows; may be repeated (default: all)", parseObjectIds)
    .option("--member <object/member>", "a member that it allows; may be repeated", collect)
    .option("--expires <duration>", "until when, at most 1h (default: 10m)", parseLifetime)
    .option("--key <id>", "the key to mint with (default: the first one that mints)")
    .action(async (options: TicketCommandOptions) => {
      const file = keyFilePath(io);
      const ring = await existingKeyFile(file);
      const address = options.for === undefined ? undefined : parseAddress(options.for);
      const ticket = mintTicket(options.key === undefined ? minterOf(ring, file) : keyOf(ring, options.key), {
        subject: options.subject,
        audience: address?.daemonUrl,
        lifetimeMs: options.expires,
        scope: scopeOf(options, address?.objectId),
      });
      // The same for people and programs: it is what `connect` takes as "ticket".
      io.out(jsonText(ticket));
      if (!io.isJson)
        io.err(`Whoever has this is "${options.subject}" until ${new Date(ticket.expiresAtMs).toISOString()}.`);
    });
  return withExamples(command, [
    ["hearthwire ticket --subject user-17 --for wss://warehouse.lan:7766/warehouse", "for one object of one daemon"],
    ["hearthwire ticket --subject test --member warehouse/list --expires 1h > ticket.json", "for one member"],
  ]);
}

function parseLifetime(text: string): number {
  const lifetimeMs = parseDuration(text);
  if (lifetimeMs <= TICKET_LIFETIME_MS.most) return lifetimeMs;
  throw new InvalidArgumentError("a ticket lives for at most 1h: mint another one then.");
}

function scopeOf(
  { object = [], member = [] }: TicketCommandOptions,
  addressed: string | undefined,
): ScopeOptions | undefined {
  const objects = addressed === undefined ? object : [addressed, ...object];
  return objects.length + member.length === 0 ? undefined : { objects, members: member };
}

/** @throws ConfigError `HW_KEY_INVALID` when there is none that is valid now */
function minterOf(ring: KeyRing, file: string): Key {
  const key = ring.choose("mint", Date.now());
  if (key !== undefined) return key;
  throw new ConfigError(
    "HW_KEY_INVALID",
    `"--key-file" ${resolve(file)} has no key that mints tickets and is valid now; make one by: hearthwire keys new --use mint, and give it to the daemon`,
  );
}

function keyOf(ring: KeyRing, id: string): Key {
  const key = ring.find(id);
  if (key?.use === "mint") return key;
  if (key !== undefined)
    throw new ConfigError(
      "HW_KEY_INVALID",
      `"--key" must be one that mints tickets, got "${id}", which connects; make one by: hearthwire keys new --use mint`,
    );
  const ids = [...ring].map((one) => one.id).join(", ");
  throw new ConfigError(
    "HW_OPTION_INVALID",
    `"--key" must be the id of a key in the file, got "${id}"; there are ${ids}`,
  );
}
