/** The element of the page with this id. @throws when the page has no such element of that kind */
export function element<E extends HTMLElement>(id: string, Class: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof Class)) throw new Error(`the page has no <${Class.name}> with id "${id}"`);
  return found;
}

/** A new element with text in it. */
export function textElement(tag: string, text: string, className = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

/** What went wrong, for people. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const units = ["B", "kB", "MB", "GB", "TB"];

export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
