import { randomBytes } from "node:crypto";
import { link, open, rename, rm } from "node:fs/promises";

/** How a file comes into its place. */
export interface WholeFile {
  readonly content: string;
  /** Rights, less what the umask takes. */
  readonly mode: number;
  /** Whether what is at the path makes way for it; else that stays as it is. */
  readonly replaces: boolean;
}

/**
 * Writes a file under another name, and puts it into its place when all of it is on the disk: whoever reads the path finds
 * all of it or what was there before, also after a crash. A symbolic link at the path is replaced, not followed.
 *
 * @returns whether the file is in its place; false when it replaces nothing and something is there
 * @throws the file system's error; then the path is as it was
 */
export async function writeWhole(path: string, { content, mode, replaces }: WholeFile): Promise<boolean> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  const handle = await open(draft, "wx", mode);
  try {
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Of several that replace nothing only one can make the link.
    if (replaces) await rename(draft, path);
    else await link(draft, path);
    return true;
  } catch (error) {
    if (!replaces && (error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
