import type { Remote } from "hearthwire/browser";
import type { Folder, FolderEntry } from "../server/folder.js";
import { element, formatBytes, sentence, textElement } from "./element.js";

const preview = element("preview", HTMLPreElement);
const progress = element("progress", HTMLProgressElement);
const problem = element("files-error", HTMLElement);

/** Lets the user walk the shared folder; called anew for each connection. */
export async function showFiles(folder: Remote<Folder>): Promise<void> {
  const attempt = async (task: () => Promise<void>): Promise<void> => {
    problem.textContent = "";
    try {
      await task();
    } catch (error) {
      problem.textContent = sentence(error);
    }
  };

  const enter = async (path: string): Promise<void> => {
    const entries = await folder.list(path);
    preview.hidden = true;
    showTrail(path);
    element("entries", HTMLTableSectionElement).replaceChildren(...entries.map((entry) => row(path, entry)));
  };

  const showTrail = (path: string): void => {
    const parts = path === "" ? [] : path.split("/");
    const steps = parts.map((part, index) => step(part, parts.slice(0, index + 1).join("/")));
    element("trail", HTMLElement).replaceChildren(step("shared folder", ""), ...steps);
  };

  const step = (label: string, path: string): HTMLElement => button(label, () => attempt(() => enter(path)));

  const row = (path: string, entry: FolderEntry): HTMLElement => {
    const whole = path === "" ? entry.name : `${path}/${entry.name}`;
    const isFile = entry.kind === "file";
    const name = button(isFile ? entry.name : `${entry.name}/`, () =>
      attempt(() => (isFile ? showPreview(whole) : enter(whole))),
    );
    const made = document.createElement("tr");
    made.append(
      cell(name),
      textElement("td", isFile ? formatBytes(entry.sizeBytes) : ""),
      textElement("td", entry.changedAt.toLocaleDateString()),
      isFile ? cell(button("Download", () => attempt(() => download(whole, entry)))) : textElement("td", ""),
    );
    return made;
  };

  const showPreview = async (path: string): Promise<void> => {
    const { text, isCut, isBinary } = await folder.preview(path);
    preview.textContent = isBinary ? "This file is not text." : text + (isCut ? "\n…" : "");
    preview.hidden = false;
    preview.scrollIntoView({ block: "nearest" });
  };

  const download = async (path: string, entry: FolderEntry): Promise<void> => {
    progress.hidden = false;
    progress.value = 0;
    try {
      const chunks: BlobPart[] = [];
      let received = 0;
      for await (const chunk of folder.download(path)) {
        chunks.push(chunk as BlobPart);
        received += chunk.length;
        progress.value = entry.sizeBytes === 0 ? 1 : received / entry.sizeBytes;
      }
      save(new Blob(chunks), entry.name);
    } finally {
      progress.hidden = true;
    }
  };

  await attempt(() => enter(""));
}

function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function button(label: string, onClick: () => Promise<void>): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", () => void onClick());
  return made;
}

function cell(content: HTMLElement): HTMLElement {
  const made = document.createElement("td");
  made.append(content);
  return made;
}
