import { type FileHandle, open, readdir, realpath, stat } from "node:fs/promises";
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
  /** It is no UTF-8 text; `text` is empty then. */
  readonly isBinary: boolean;
}

const CHUNK_BYTES = 64 * 1024;
const PREVIEW_BYTES = 16 * 1024;

/** What a page may not have or that is not there; `code` says which. */
export class FolderError extends Error {
  override readonly name = "FolderError";
  readonly code: "OUTSIDE_FOLDER" | "NOT_FOUND" | "NOT_READABLE" | "WRONG_KIND";

  constructor(code: FolderError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The files below one folder, and nothing else of the machine. Messages name what was asked for, never a whole path. */
export class Folder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = path.resolve(root);
  }

  /** The folder's own name. */
  get name(): string {
    return path.basename(this.#root) || this.#root;
  }

  /** Folders first, then files, by name. Entries that lead out of the folder are left out. */
  async list(folder: string): Promise<FolderEntry[]> {
    const real = await this.#resolve(folder, "folder");
    const names = await readdir(real).catch(() => {
      throw unreadable(folder);
    });
    const entries = await Promise.all(names.map((name) => this.#entry(path.join(folder, name), name)));
    return entries
      .filter((entry) => entry !== undefined)
      .sort((a, b) => (a.kind === b.kind ? a.name.localeCompare(b.name) : a.kind === "folder" ? -1 : 1));
  }

  /** The beginning of a text file. */
  async preview(file: string): Promise<Preview> {
    const handle = await this.#open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(PREVIEW_BYTES + 1), 0, PREVIEW_BYTES + 1, 0);
      const isCut = bytesRead > PREVIEW_BYTES;
      const text = textOf(buffer.subarray(0, Math.min(bytesRead, PREVIEW_BYTES)), isCut);
      return { text: text ?? "", isCut, isBinary: text === undefined };
    } finally {
      await handle.close();
    }
  }

  /** The bytes of a file, in pieces; the reader's pace holds the disk back. */
  async *download(file: string): AsyncGenerator<Uint8Array, void, void> {
    const handle = await this.#open(file);
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

  async #entry(wanted: string, name: string): Promise<FolderEntry | undefined> {
    try {
      const facts = await stat(await this.#resolve(wanted));
      if (!facts.isFile() && !facts.isDirectory()) return undefined;
      return { name, kind: facts.isFile() ? "file" : "folder", sizeBytes: facts.size, changedAt: facts.mtime };
    } catch {
      // A link that leads out of the folder or nowhere, or a file that has just gone.
      return undefined;
    }
  }

  async #open(wanted: string): Promise<FileHandle> {
    return open(await this.#resolve(wanted, "file")).catch(() => {
      throw unreadable(wanted);
    });
  }

  /** The real path of something inside the folder: `..`, absolute paths and links that lead out are refused. */
  async #resolve(wanted: string, kind?: "folder" | "file"): Promise<string> {
    if (typeof wanted !== "string" || wanted.includes("\0"))
      throw new FolderError("NOT_FOUND", "that is no file's name");
    // A drive of Windows is refused everywhere, so that no answer depends on where the demo runs.
    const isAbsolute = path.parse(wanted).root !== "" || path.win32.isAbsolute(wanted);
    if (isAbsolute || wanted.split(/[\\/]/).includes("..")) throw outside(wanted);
    const root = await realpath(this.#root).catch(() => {
      throw new FolderError("NOT_FOUND", "the shared folder itself is not there");
    });
    const real = await realpath(path.join(root, wanted)).catch(() => {
      throw new FolderError("NOT_FOUND", `${JSON.stringify(wanted)} is not in the shared folder`);
    });
    const fromRoot = path.relative(root, real);
    if (fromRoot === ".." || fromRoot.startsWith(`..${path.sep}`) || path.isAbsolute(fromRoot)) throw outside(wanted);
    if (kind === undefined) return real;
    const facts = await stat(real);
    if (kind === "file" ? facts.isFile() : facts.isDirectory()) return real;
    throw new FolderError("WRONG_KIND", `${JSON.stringify(wanted)} is no ${kind}`);
  }
}
expose(Folder, ["name", "list", "preview", "download"]);

/** UTF-8 text, or undefined; of a text that is cut, the character at the cut is left out. */
function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

function outside(wanted: string): FolderError {
  return new FolderError("OUTSIDE_FOLDER", `${JSON.stringify(wanted)} leads out of the shared folder`);
}

function unreadable(wanted: string): FolderError {
  return new FolderError("NOT_READABLE", `${JSON.stringify(wanted)} can't be read`);
}
