import { type ConnectionState, fetchTicket, openConnection } from "hearthwire/browser";
import type { App } from "../server/daemon.js";
import { showChat } from "./chat-panel.js";
import { element, sentence } from "./element.js";
import { showFiles } from "./files-panel.js";
import { showMachine } from "./machine-panel.js";

const again = element("again", HTMLButtonElement);

function start(): void {
  again.hidden = true;
  const connection = openConnection<App>("/hearthwire", { ticket: fetchTicket("/hearthwire/ticket") });
  let wasConnected = false;
  const show = (state: ConnectionState): void => {
    wasConnected ||= state.status === "connected";
    showStatus(state, wasConnected);
    again.hidden = state.status !== "closed";
  };
  connection.on("state", show);
  show(connection.state);
  connection.ready.then(
    () => {
      // It ends with the connection; the status line says why.
      showMachine(connection.object("machine")).catch(() => undefined);
      showChat(connection.object("chat"));
      void showFiles(connection.object("folder"));
    },
    () => undefined,
  );
}

function showStatus(state: ConnectionState, wasConnected: boolean): void {
  const status = element("status", HTMLElement);
  const { kind, text } = describe(state, wasConnected);
  status.dataset["status"] = kind;
  status.textContent = text;
}

function describe(state: ConnectionState, wasConnected: boolean): { readonly kind: string; readonly text: string } {
  switch (state.status) {
    case "connecting":
      return { kind: "connecting", text: "Connecting…" };
    case "connected":
      return { kind: "connected", text: "Connected: every frame is signed" };
    case "reconnecting":
      return { kind: "lost", text: "Connection lost, trying again…" };
    case "closed": {
      const why = state.reason === undefined ? "" : `: ${sentence(state.reason)}`;
      return wasConnected ? { kind: "lost", text: `Connection lost${why}` } : { kind: "refused", text: `Refused${why}` };
    }
  }
}

again.addEventListener("click", start);
start();
