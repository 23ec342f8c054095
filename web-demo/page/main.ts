import { type ConnectionState, fetchTicket, openConnection } from "hearthwire/browser";
import type { App } from "../server/daemon.js";
import { showChat } from "./chat-panel.js";
import { describeState } from "./describe-state.js";
import { element, showText } from "./element.js";
import { showFiles } from "./files-panel.js";
import { showMachine } from "./machine-panel.js";

let wasConnected = false;

function start(): void {
  const connection = openConnection<App>("/hearthwire", { ticket: fetchTicket("/hearthwire/ticket") });
  connection.on("state", showState);
  showState(connection.state);
  connection.ready.then(
    () => {
      void showMachine(connection.object("machine"));
      showChat(connection.object("chat"));
      void showFiles(connection.object("folder"));
    },
    // The state says why.
    () => undefined,
  );
}

function showState(state: ConnectionState): void {
  const { kind, text, advice, reason } = describeState(state, wasConnected);
  wasConnected ||= kind === "connected";
  element("status", HTMLElement).dataset["status"] = kind;
  showText("status", text);
  showText("advice", advice);
  showText("reason", reason);
  element("trouble", HTMLElement).hidden = advice === "";
  element("again", HTMLButtonElement).hidden = state.status !== "closed";
  document.querySelector("main")!.inert = kind !== "connected";
}

element("again", HTMLButtonElement).addEventListener("click", start);
start();
