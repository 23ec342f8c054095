import { readdir } from "node:fs/promises";
import path from "node:path";

const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(["node_modules", "dist", "coverage"]);

/** The files below a folder, by name; what is hidden, built, installed or a link is left out. */
export async function sourceFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const whole = path.join(folder, entry.name);
    if (entry.name.startsWith(".") || SKIPPED_FOLDERS.has(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await sourceFiles(whole)));
    else if (entry.isFile()) found.push(whole);
  }
  return found;
}
