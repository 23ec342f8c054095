import type { Remote } from "hearthwire/browser";
import type { Folder, FolderEntry } from "../server/folder.js";
import { download } from "./download.js";
import { attempt, element, showText, textElement } from "./element.js";
import { formatBytes } from "./format.js";

const preview = element("preview", HTMLPreElement);

/** Lets the user walk the shared folder; called anew for each connection. */
export async function showFiles(folder: Remote<Folder>): Promise<void> {
  const enter = async (path: string): Promise<void> => {
    const entries = await folder.list(path);
    showTrail(path);
    element("entries", HTMLTableSectionElement).replaceChildren(...entries.map((entry) => row(path, entry)));
    element("listing", HTMLElement).scrollTop = 0;
  };

  const showTrail = (path: string): void => {
    const parts = path.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
    const steps = parts.map((part, index) => step(part, parts.slice(0, index + 1).join("/")));
    element("trail", HTMLElement).replaceChildren(step(name, ""), ...steps);
  };

  const step = (label: string, path: string): HTMLElement => button(label, () => enter(path));

  const row = (path: string, entry: FolderEntry): HTMLElement => {
    const whole = path === "" ? entry.name : `${path}/${entry.name}`;
    const isFile = entry.kind === "file";
    const made = document.createElement("tr");
    made.append(
      cell(button(isFile ? entry.name : `${entry.name}/`, () => (isFile ? showPreview(whole) : enter(whole)))),
      textElement("td", isFile ? formatBytes(entry.sizeBytes) : ""),
      textElement("td", entry.changedAt.toLocaleDateString()),
      isFile ? cell(button("Download", () => download(folder, whole, entry))) : textElement("td", ""),
    );
    return made;
  };

  const showPreview = async (path: string): Promise<void> => {
    const { text, isCut, isBinary } = await folder.preview(path);
    showText("preview-title", isBinary ? `${path} is no text` : path);
    preview.textContent = text + (isCut ? "\n…" : "");
    preview.hidden = isBinary;
    preview.scrollTop = 0;
    element("preview-title", HTMLElement).scrollIntoView({ block: "nearest" });
  };

  element("go", HTMLFormElement).onsubmit = (submitted) => {
    submitted.preventDefault();
    void attempt("files-error", () => enter(element("path", HTMLInputElement).value));
  };

  let name = "";
  await attempt("files-error", async () => {
    name = await folder.name;
    await enter("");
  });
}

function button(label: string, task: () => Promise<void>): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", () => void attempt("files-error", task));
  return made;
}

function cell(content: HTMLElement): HTMLElement {
  const made = document.createElement("td");
  made.append(content);
  return made;
}
