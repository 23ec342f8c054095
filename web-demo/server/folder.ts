import { open, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { expose } from "hearthwire";

export interface FolderEntry {
  readonly name: string;
  readonly kind: "folder" | "file";
  readonly sizeBytes: number;
  readonly changedAt: Date;
}

export interface Preview {
  readonly text: string;
  /** The file goes on. */
  readonly isCut: boolean;
  /** It holds bytes that are no text; `text` is empty then. */
  readonly isBinary: boolean;
}

const CHUNK_BYTES = 64 * 1024;
const PREVIEW_BYTES = 16 * 1024;

/** What a page may not have or that is not there; `code` says which. */
export class FolderError extends Error {
  override readonly name = "FolderError";
  readonly code: "OUTSIDE_FOLDER" | "NOT_FOUND" | "WRONG_KIND";

  constructor(code: FolderError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The files below one folder, and nothing else of the machine. */
export class Folder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = path.resolve(root);
  }

  /** Folders first, then files, by name. Entries that lead out of the folder are left out. */
  async list(folder: string): Promise<FolderEntry[]> {
    const real = await this.#resolve(folder, "folder");
    const names = await readdir(real);
    const entries = await Promise.all(names.map((name) => this.#entry(folder, name)));
    return entries
      .filter((entry) => entry !== undefined)
      .sort((a, b) => (a.kind === b.kind ? a.name.localeCompare(b.name) : a.kind === "folder" ? -1 : 1));
  }

  /** The beginning of a text file. */
  async preview(file: string): Promise<Preview> {
    const handle = await open(await this.#resolve(file, "file"));
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(PREVIEW_BYTES + 1), 0, PREVIEW_BYTES + 1, 0);
      const bytes = buffer.subarray(0, Math.min(bytesRead, PREVIEW_BYTES));
      const isBinary = bytes.includes(0);
      return { text: isBinary ? "" : bytes.toString("utf8"), isCut: bytesRead > PREVIEW_BYTES, isBinary };
    } finally {
      await handle.close();
    }
  }

  /** The bytes of a file, in pieces; the reader's pace holds the disk back. */
  async *download(file: string): AsyncGenerator<Uint8Array, void, void> {
    const handle = await open(await this.#resolve(file, "file"));
    try {
      for (;;) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES);
        if (bytesRead === 0) return;
        yield new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  async #entry(folder: string, name: string): Promise<FolderEntry | undefined> {
    try {
      const real = await this.#resolve(path.join(folder, name));
      const facts = await stat(real);
      if (!facts.isFile() && !facts.isDirectory()) return undefined;
      return { name, kind: facts.isFile() ? "file" : "folder", sizeBytes: facts.size, changedAt: facts.mtime };
    } catch {
      // A link that leads out of the folder, or a file that has just gone.
      return undefined;
    }
  }

  /** The real path of something inside the folder: `..`, absolute paths and links that lead out are refused. */
  async #resolve(wanted: string, kind?: "folder" | "file"): Promise<string> {
    if (typeof wanted !== "string" || wanted.includes("\0")) throw new FolderError("NOT_FOUND", "no such file");
    const isOutside = path.isAbsolute(wanted) || path.win32.isAbsolute(wanted) || wanted.split(/[\\/]/).includes("..");
    if (isOutside) throw outside(wanted);
    const root = await realpath(this.#root);
    const real = await realpath(path.join(root, wanted)).catch(() => {
      throw new FolderError("NOT_FOUND", `no such file: ${JSON.stringify(wanted)}`);
    });
    if (real !== root && !real.startsWith(root + path.sep)) throw outside(wanted);
    if (kind === undefined) return real;
    const facts = await stat(real);
    if (kind === "file" ? facts.isFile() : facts.isDirectory()) return real;
    throw new FolderError("WRONG_KIND", `${JSON.stringify(wanted)} is no ${kind}`);
  }
}
expose(Folder, ["list", "preview", "download"]);

function outside(wanted: string): FolderError {
  return new FolderError("OUTSIDE_FOLDER", `${JSON.stringify(wanted)} is outside of the shared folder`);
}
