import { lstat, mkdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ConfigError } from "../errors/hearthwire-error.js";
import { requireOwn, unsafePath } from "../node/require-own.js";
import { writeWhole } from "../node/write-whole.js";
import type { CertificatePair } from "./certificates.js";

/** Where a certificate and its key are. */
export interface PairFiles {
  readonly cert: string;
  readonly key: string;
}

/** What errors of it begin with. */
const CERTIFICATES = "certificates";
/** Of an authority, which signs the others. */
const AUTHORITY = "ca";

/** A folder of certificates for development: `ca.pem` and `ca.key`, and a pair of files for each certificate. */
export class CertificateFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  /** Where the pair of a name is or would be. */
  files(name: string): PairFiles {
    return { cert: join(this.#folder, `${name}.pem`), key: join(this.#folder, `${name}.key`) };
  }

  /**
   * Refuses to replace what is there.
   * @throws ConfigError `HW_OPTION_INVALID`
   */
  async requireFree(name: string): Promise<void> {
    for (const path of Object.values(this.files(name)) as readonly string[])
      if ((await lstat(path).catch(() => undefined)) !== undefined) throw isThere(path);
  }

  /**
   * Writes a pair, the key for its owner alone (0600), in a folder that is made when there is none (0700).
   * @param options whether files of that name make way
   * @throws ConfigError `HW_OPTION_INVALID` when one is there, or they can't be written; `HW_KEY_FILE_UNSAFE` when others
   *   own the folder or can write in it
   */
  async write(name: string, pair: CertificatePair, { replaces }: { readonly replaces: boolean }): Promise<PairFiles> {
    const files = this.files(name);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw unwritable(this.#folder, cause);
    });
    await this.#requireOwn();
    // The key first: a certificate without its key would look as if all were there.
    await writeNew(files.key, { content: pair.key, mode: 0o600, replaces });
    await writeNew(files.cert, { content: pair.cert, mode: 0o644, replaces });
    return files;
  }

  /**
   * The authority that signs here.
   * @throws ConfigError `HW_OPTION_INVALID`: there is none; `HW_KEY_FILE_UNSAFE`: others can read its key, or put another
   *   in its place
   */
  async authority(): Promise<CertificatePair> {
    const files = this.files(AUTHORITY);
    const found = await lstat(files.key).catch(() => undefined);
    if (found === undefined)
      throw invalid(`"--folder" ${this.#folder} has no authority to sign with: make one by "hearthwire certs ca"`);
    await this.#requireOwn();
    const own = { what: CERTIFICATES, path: files.key, forbidden: "any" } as const;
    if (!found.isFile())
      throw unsafePath(own, { fault: "it is no regular file", remedy: "bring the file itself there" });
    requireOwn(found, own);
    return { cert: await read(files.cert), key: await read(files.key) };
  }

  /** Who can write in it can put a certificate there that programs will trust. */
  async #requireOwn(): Promise<void> {
    requireOwn(await stat(this.#folder), { what: CERTIFICATES, path: this.#folder, forbidden: "write" });
  }
}

async function read(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw invalid(`"${path}" can't be read (${cause.code}): restore it, or make all anew by --force`, cause);
  });
}

async function writeNew(path: string, whole: Parameters<typeof writeWhole>[1]): Promise<void> {
  const isWritten = await writeWhole(path, whole).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  if (!isWritten) throw isThere(path);
}

function isThere(path: string): ConfigError {
  return invalid(`"${path}" is there already: --force replaces it, or give another "--name" or "--folder"`);
}

function unwritable(path: string, cause: unknown): ConfigError {
  return invalid(
    `"${path}" can't be written (${(cause as NodeJS.ErrnoException).code}): name another "--folder"`,
    cause,
  );
}

function invalid(message: string, cause?: unknown): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", message, cause === undefined ? undefined : { cause });
}
