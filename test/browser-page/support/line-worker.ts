import { fetchTicket, openConnection } from "hearthwire/browser";
import type { PageObjects } from "./page-objects.js";

/** What the worker is asked for: a call over a line of its own. */
export interface WorkerErrand {
  readonly url: string;
  readonly ticketUrl: string;
}

globalThis.addEventListener("message", ({ data }: MessageEvent<WorkerErrand>) => {
  const connection = openConnection<PageObjects>(data.url, { ticket: fetchTicket(data.ticketUrl), isolated: true });
  void (async () => {
    const answer = await connection.object("workshop").echo(`without a ${typeof document} document`);
    globalThis.dispatchEvent(new Event("online"));
    const again = await connection.object("workshop").echo("awake");
    await connection.close();
    globalThis.postMessage([answer, again]);
  })();
});
