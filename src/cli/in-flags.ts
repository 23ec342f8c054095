import type { Command } from "commander";

/** Options of programs, and the flags that stand for them; each counts for commands that have that flag. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ["connectTimeoutMs", "--timeout"],
  ["timeoutMs", "--timeout"],
  ["keys", "--key-file"],
  ["tls.ca", "--ca"],
  ["tls.cert", "--tls-cert"],
  ["tls.key", "--tls-key"],
  ["host", "--host"],
  ["port", "--port"],
  ["path", "--path"],
  ["publicUrl", "--public-url"],
  ["socketPath", "--socket"],
  ["storage", "--storage"],
  ["names", "--register"],
  ["prefix", "--prefix"],
  ["names.prefix", "--prefix"],
  ["tags", "--tag"],
  ["names.tags", "--tag"],
  ["replica: true", "--replica"],
  ["replace: true", "--replace"],
  ["scope.objects", "--object"],
  ["scope.members", "--member"],
  ["notBefore", "--not-before"],
  ["notAfter", "--not-after"],
]);
const OPTION = /"([\w.]+(?:: true)?)"/g;

/** A part of a sentence that says what to write in a program, and what is typed in its place. */
interface Phrase {
  readonly words: RegExp;
  readonly says: string;
  /** It counts for commands that have this flag. @default all */
  readonly flag?: string | undefined;
}

const PHRASES: readonly Phrase[] = [
  {
    words: /"key" or "ticket": (\S+) needs credentials.*$/s,
    says: '"--key-file" must name keys that $1 has too: this user\'s key file is for this machine only',
  },
  { words: /; give "ticket" or "key" as a function/, says: '; give another key by "--key-file"' },
  { words: /: give credentials as "key" or "ticket"/, says: ': keys come from "--key-file"' },
  { words: /: pass such things in the option "handshake"/, says: "" },
  { words: /, or hearthwire: beside "names"/, says: ", or be a name, hearthwire:NAME" },
  { words: /; add one, such as Key\.generate\(\)/, says: "; make one by: hearthwire keys new" },
  { words: /, or "tls\.certificateSubject"/, says: "" },
  // This command shows no certificate of its own.
  { words: /: give "tls\.cert" and "tls\.key"/, says: ", which a program has, and this command has not" },
  { words: /, or say (?:by "tls\.servername" which one to expect|the older one as "tls\.minVersion")/, says: "" },
  { words: /or the daemon be given "tls"/, says: 'or the daemon be given "--tls-cert" and "--tls-key"' },
  {
    words: /"tls\.passphrase" must be given: "tls\.key" is encrypted; it may be a function that asks for it/,
    says:
      '"--tls-key" must not be encrypted; name one that is by HEARTHWIRE_TLS_CERT_FILE, HEARTHWIRE_TLS_KEY_FILE and ' +
      "HEARTHWIRE_TLS_PASSPHRASE_FILE",
  },
  { words: /add it to the ring given as "keys"/, says: 'name a file that has it by "--key-file"' },
  {
    words: /The daemon's "refused" event says which/,
    says: 'The daemon says which: hearthwire on its standard error output, a program by its event "refused"',
  },
  { words: /; give "tls", /, says: '; give "--tls-cert" and "--tls-key", ', flag: "--tls-cert" },
  { words: /, or say "allowPlaintext: true" in code/, says: "" },
  // Of certificates of clients, which a module alone asks for.
  {
    words: /"tls\.ca" must name the authorities of your clients/,
    says: "tls.ca must name the authorities of your clients",
  },
  { words: /is it served with "names", and there\?/, says: "is it served by hearthwire serve --register, and there?" },
  { words: /\bnpx hearthwire\b/g, says: "hearthwire" },
  { words: /; a file is named by \{ file: "path" \}/, says: "" },
  { words: /; openConnection takes a daemon's$/, says: "" },
  { words: /\{ waitMs: [\d_]+ \}/, says: "--wait 5s", flag: "--wait" },
  { words: /, or in its place by "replace: true"/, says: "", flag: "--register" },
];

/** The long flags that a command takes, the program's own among them. */
export function flagsOf(command: Command): ReadonlySet<string> {
  const own = command.options.flatMap(({ long }) => long ?? []);
  return new Set([...own, ...(command.parent === null ? [] : flagsOf(command.parent))]);
}

/**
 * A sentence of the package, which speaks of the options of a program, for people who typed flags.
 *
 * @param flags of the command that they used
 * @example
 * inFlags('"connectTimeoutMs": ws://127.0.0.1:1/ was not connected to within 10 ms', flagsOf(command));
 * // "--timeout": ws://127.0.0.1:1/ was not connected to within 10 ms
 */
export function inFlags(sentence: string, flags: ReadonlySet<string>): string {
  return PHRASES.filter(({ flag }) => flag === undefined || flags.has(flag))
    .reduce((text, { words, says }) => text.replace(words, says), sentence)
    .replace(OPTION, (quoted, option: string) => {
      const flag = FLAGS.get(option);
      return flag === undefined || !flags.has(flag) ? quoted : `"${flag}"`;
    });
}
