import { type ConnectOptions, fetchTicket } from "hearthwire/browser";
import { inject } from "vitest";

/** The daemon's address with its last slash, and what connects this page to it. */
export async function reachDaemon(): Promise<{ readonly url: string; readonly options: ConnectOptions }> {
  const front = inject("pageDaemon");
  const answer = await fetch(`${front}/daemon`, { method: "POST" });
  const { url } = (await answer.json()) as { url: string };
  return { url, options: { ticket: fetchTicket(`${front}/ticket`) } };
}
