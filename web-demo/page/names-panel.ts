import { HearthwireError, type Remote } from "hearthwire/browser";
import type { NamesForClients } from "hearthwire/node";
import type { ByName } from "../server/by-name.js";
import { attempt, element, showText } from "./element.js";
import { formatValue } from "./format-value.js";

/** How long after a name server was not there it is asked for again, in ms. */
const PAUSE_MS = 2_000;

const answer = element("answer", HTMLPreElement);
const remedy = element("remedy", HTMLElement);

/** Lets the user call what is registered by name: the daemon of this page says where it is, and calls it. */
export function showNames(names: Remote<NamesForClients>, byName: Remote<ByName>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;

  const ask = async (name: string, method: string): Promise<void> => {
    answer.hidden = true;
    remedy.hidden = true;
    showText("found", "");
    try {
      const [registration] = await names.lookup(name);
      showText("found", `${name} is at ${registration?.address}, and says:`);
      answer.textContent = formatValue(await byName.call(name, method));
      answer.hidden = false;
    } catch (error) {
      const code = error instanceof HearthwireError ? error.code : undefined;
      if (code === "HW_NAME_UNKNOWN") throw new Error(`Nobody has registered ${name}.`);
      if (code !== "HW_REFUSED") throw error;
      // The daemon has no name server; it looks for one again and again, and so does the page.
      remedy.hidden = false;
      timer = setTimeout(() => void attempt("names-error", () => ask(name, method)), PAUSE_MS);
    }
  };

  element("call", HTMLFormElement).onsubmit = (submitted) => {
    submitted.preventDefault();
    clearTimeout(timer);
    const [name, method] = ["wanted", "method"].map((id) => element(id, HTMLInputElement).value.trim());
    void attempt("names-error", () => ask(name!, method!));
  };
}
