import { CallError, ConnectionError, HearthwireError } from "../errors/hearthwire-error.js";
import { nameServerPlace } from "../naming/name-server-place.js";
import type { CommandIo } from "./command-io.js";
import { namesAddress } from "./connect-from-options.js";
import { inFlags } from "./in-flags.js";
import { shownKey } from "./shown-key.js";

/** What says that the credentials were at fault, and not a limit or a hook. */
const NOT_ACCEPTED = /did not accept the credentials|key or ticket was revoked/;
const NAMES_STARTED = "A name server is started by: hearthwire names serve";

/**
 * What an error means for who used the command: its options are flags, and where it helps, the key that was shown and how a
 * name server is started.
 *
 * @param flags of the command that was used
 */
export async function commandSentence(io: CommandIo, error: Error, flags: ReadonlySet<string>): Promise<string> {
  if (!isOwn(error)) return error.message;
  const sentence = inFlags(error.message, flags);
  const advice = await adviceOn(io, error);
  if (advice === undefined || sentence.includes(advice)) return sentence;
  return `${sentence}${/[.?]$/.test(sentence) ? "" : "."} ${advice}`;
}

/** What a called object said is its own words, whatever they resemble. */
function isOwn(error: Error): boolean {
  return error instanceof HearthwireError && error.code.startsWith("HW_") && !(error instanceof CallError);
}

async function adviceOn(io: CommandIo, error: Error): Promise<string | undefined> {
  if (!(error instanceof ConnectionError)) return undefined;
  if (error.code === "HW_CONNECT_FAILED") return isOfNameServer(error) ? NAMES_STARTED : undefined;
  if (error.code !== "HW_REFUSED" || !NOT_ACCEPTED.test(error.message)) return undefined;
  const key = await shownKey(io);
  if (key === undefined) return undefined;
  return (
    `The key that was shown is "${key.id}" of ${key.file}: name another file by --key-file, or see by ` +
    `"hearthwire keys fingerprint ${key.id}" on both sides whether they have the same`
  );
}

function isOfNameServer({ peer }: ConnectionError): boolean {
  return peer === nameServerPlace(namesAddress()).serverUrl;
}
