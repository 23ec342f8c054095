import { readFile } from "node:fs/promises";
import { config } from "./config.js";
import type { TlsOptions } from "./tls-options.js";

/**
 * TLS as the configuration of the process has it; undefined when it names no file. One file without the other is refused
 * by whoever reads them.
 */
export function configuredTls(): Partial<TlsOptions> | undefined {
  const [cert, key] = [config.get("tlsCertFile"), config.get("tlsKeyFile")];
  if (cert === undefined && key === undefined) return undefined;
  const passphraseFile = config.get("tlsPassphraseFile");
  return {
    ...(cert === undefined ? {} : { cert: { file: cert } }),
    ...(key === undefined ? {} : { key: { file: key } }),
    ...(passphraseFile === undefined ? {} : { passphrase: () => readPassphrase(passphraseFile) }),
  };
}

async function readPassphrase(file: string): Promise<string> {
  return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
}
