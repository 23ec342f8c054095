import type { Remote } from "hearthwire/browser";
import type { Folder, FolderEntry } from "../server/folder.js";
import { element, textElement } from "./element.js";
import { formatBytes, formatShare } from "./format.js";

/** Long enough for every browser to have begun with what the link names. */
const KEEP_URL_MS = 60_000;

/** Fetches a file piece by piece, shows how far it is, and gives it to the browser to save. */
export async function download(folder: Remote<Folder>, path: string, entry: FolderEntry): Promise<void> {
  const line = document.createElement("li");
  const label = textElement("span", "");
  const progress = document.createElement("progress");
  line.append(label, progress);
  element("downloads", HTMLUListElement).append(line);
  try {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let receivedBytes = 0;
    for await (const chunk of folder.download(path)) {
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
      receivedBytes += chunk.length;
      // A file may have grown since it was listed.
      progress.value = Math.min(1, receivedBytes / entry.sizeBytes);
      label.textContent = `${entry.name}: ${formatBytes(receivedBytes)}, ${formatShare(progress.value)}`;
    }
    save(new Blob(chunks), entry.name);
    label.textContent = `${entry.name}: ${formatBytes(receivedBytes)} downloaded`;
    progress.remove();
  } catch (error) {
    line.remove();
    throw error;
  }
}

function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_URL_MS);
}
