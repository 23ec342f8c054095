import type { Remote } from "hearthwire/browser";
import type { ChatEvent, ChatSeat } from "../server/chat.js";
import { attempt, element, showText, textElement } from "./element.js";

const join = element("join", HTMLFormElement);
const say = element("say", HTMLFormElement);
const talk = element("talk", HTMLOListElement);

/** Wires the forms to this page's seat in the room; called anew for each connection. */
export function showChat(seat: Remote<ChatSeat>): void {
  const present = new Set<string>();
  const showPresent = (): void => {
    showText("present", present.size === 0 ? "" : `Here: ${[...present].sort().join(", ")}`);
  };

  const listener = (event: ChatEvent): void => {
    if (event.kind === "left") present.delete(event.name);
    else present.add(event.name);
    showPresent();
    const what = event.kind === "said" ? `: ${event.text}` : ` has ${event.kind}`;
    const line = textElement("li", "", event.kind);
    line.append(textElement("b", event.name), what, textElement("time", ` ${event.at.toLocaleTimeString()}`));
    talk.append(line);
    talk.scrollTop = talk.scrollHeight;
  };

  join.onsubmit = (submitted) => {
    submitted.preventDefault();
    void attempt("chat-error", async () => {
      for (const name of await seat.join(element("name", HTMLInputElement).value, listener)) present.add(name);
      showPresent();
      join.hidden = true;
      say.hidden = false;
      element("text", HTMLInputElement).focus();
    });
  };
  say.onsubmit = (submitted) => {
    submitted.preventDefault();
    const text = element("text", HTMLInputElement);
    void attempt("chat-error", async () => {
      await seat.say(text.value);
      text.value = "";
    });
  };

  // A new connection has a new seat, which has not joined yet.
  showPresent();
  join.hidden = false;
  say.hidden = true;
}
