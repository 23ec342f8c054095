import { HearthwireError } from "hearthwire/browser";

/** The element of the page with this id. @throws when the page has no such element of that kind */
export function element<E extends HTMLElement>(id: string, Class: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof Class)) throw new Error(`the page has no <${Class.name}> with id "${id}"`);
  return found;
}

/** Sets the text of an element; whatever it says, it never becomes HTML. */
export function showText(id: string, text: string): void {
  element(id, HTMLElement).textContent = text;
}

/** A new element with text in it. */
export function textElement(tag: string, text: string, className = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

/** Runs what the user asked for; when it fails, the element with that id says why. */
export async function attempt(errorId: string, task: () => Promise<void>): Promise<void> {
  showText(errorId, "");
  try {
    await task();
  } catch (error) {
    // The status line says it, for all panels.
    const isLost = error instanceof HearthwireError && error.code === "HW_CONNECTION_CLOSED";
    if (!isLost) showText(errorId, sentence(error));
  }
}

/** What went wrong, for people. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
