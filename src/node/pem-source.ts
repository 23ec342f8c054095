import { readFile, stat } from "node:fs/promises";
import { ConfigError } from "../errors/hearthwire-error.js";

/**
 * Certificates or a private key: PEM as text or bytes, or the file that holds it, by path or `file:` URL. A text is
 * never taken for a path.
 */
export type PemSource = string | Uint8Array | { readonly file: string | URL };

/** What a block of PEM holds. A private key has more names than one: `EC PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`. */
export type PemLabel = "CERTIFICATE" | "PRIVATE KEY" | "X509 CRL";

/** Far above any chain of certificates; a wrong path may lead to anything. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Reads the PEM text of an option.
 *
 * @param expected `option` is its name, such as `tls.cert`; `label` that of a block that must be in it
 * @throws ConfigError `HW_OPTION_INVALID` when the file can't be read, or there is no such block; never with a word of it
 */
export async function readPem(
  source: PemSource,
  expected: { readonly option: string; readonly label: PemLabel },
): Promise<string> {
  const { option, label } = expected;
  const { text, from } = await textOf(source, option);
  const blocks = pemBlocks(text, label);
  // A file that is just being written may end within its second block, which is one that is left out.
  const begun = text.match(new RegExp(`-----BEGIN ${labelled(label)}-----`, "g")) ?? [];
  if (blocks.length > 0 && begun.length > blocks.length)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"${option}" must hold whole blocks of PEM, got ${from} with a "-----BEGIN ${label}-----" that has no end: is it still being written?`,
    );
  if (blocks.length > 0) return text;
  throw new ConfigError(
    "HW_OPTION_INVALID",
    `"${option}" must hold PEM with "-----BEGIN ${label}-----" and its end, got ${from} without; a file is named by { file: "path" }`,
  );
}

/** The blocks of a label, each with its first and last line. */
export function pemBlocks(text: string, label: PemLabel): readonly string[] {
  return text.match(new RegExp(`-----BEGIN (${labelled(label)})-----\\s[\\s\\S]*?-----END \\1-----`, "g")) ?? [];
}

function labelled(label: PemLabel): string {
  return label === "PRIVATE KEY" ? `(?:[A-Z0-9]+ )*${label}` : label;
}

async function textOf(source: PemSource, option: string): Promise<{ readonly text: string; readonly from: string }> {
  if (typeof source === "string") return { text: source, from: `a text of ${source.length} characters` };
  if (source instanceof Uint8Array) return { text: asText(source), from: `${source.length} bytes` };
  const { file } = source;
  try {
    const found = await stat(file);
    // Opening a FIFO would wait for its writer.
    if (!found.isFile()) throw new Error("it is no regular file");
    const { size } = found;
    if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes, the limit is ${MAX_FILE_BYTES}`);
    return { text: asText(await readFile(file)), from: `the file ${String(file)}` };
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new ConfigError("HW_OPTION_INVALID", `"${option}" can't be read from the file ${String(file)}: ${why}`, {
      cause,
    });
  }
}

/** PEM is ASCII; what stands around its blocks may be anything. */
function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
