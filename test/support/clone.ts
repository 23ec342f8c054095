import { copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A clone of this repository after its `npm install`, with programs of its reader in its folder. */
export class Clone implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "hearthwire-clone-"));

  /** @param files name -> text */
  constructor(files: Readonly<Record<string, string>>) {
    for (const name of ["package.json", "tsconfig.json"]) copyFileSync(join(root, name), join(this.folder, name));
    for (const name of ["src", "dist"]) cpSync(join(root, name), join(this.folder, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"), "junction");
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
