import { type ConnectionState, fetchTicket, openConnection } from "hearthwire/browser";
import type { App } from "../server/daemon.js";
import { showChat } from "./chat-panel.js";
import { describeState } from "./describe-state.js";
import { element, showText } from "./element.js";
import { showFiles } from "./files-panel.js";
import { showMachine } from "./machine-panel.js";
import { showNames } from "./names-panel.js";
import { showPlug } from "./plug-panel.js";

let wasConnected = false;

function start(): void {
  const connection = openConnection<App>("/hearthwire", {
    ticket: fetchTicket("/hearthwire/ticket"),
    // Somebody sits before this page and watches it come back.
    reconnect: { maxDelayMs: 3_000 },
  });
  connection.on("state", showState);
  const showSession = (): void => {
    void showMachine(connection.object("machine"));
    showChat(connection.object("chat"));
  };
  // What belonged to the old one, such as the seat in the chat, went with it.
  connection.on("session", showSession);
  showState(connection.state);
  connection.ready.then(
    () => {
      showSession();
      void showFiles(connection.object("folder"));
      showNames(connection.object("hearthwire.names"), connection.object("byName"));
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
  // What is asked for while the page waits for its line is done when that is back.
  document.querySelector("main")!.inert = kind !== "connected" && kind !== "waiting";
}

element("again", HTMLButtonElement).addEventListener("click", start);
showPlug();
start();
