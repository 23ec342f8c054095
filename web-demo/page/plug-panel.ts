import { attempt, element, showText } from "./element.js";
import { formatTime } from "./format.js";

/** The buttons that cut the line, to see what becomes of the page. */
export function showPlug(): void {
  for (const button of element("plug", HTMLElement).querySelectorAll("button")) {
    const seconds = Number(button.dataset["seconds"]);
    button.onclick = () => {
      void attempt("plug-error", async () => {
        const { ok, status } = await fetch(`/plug?seconds=${seconds}`, { method: "POST" });
        if (!ok) throw new Error(`the plug can't be pulled (status ${status})`);
        showText("plug-note", `Pulled until ${formatTime(Date.now() + seconds * 1_000)}.`);
      });
    };
  }
}
