import { Key, KeyRing, serve } from "hearthwire/node";
import { apps } from "../apps.js";
import type { AppsDaemon } from "./reach-apps.js";

/** A daemon of its own on loopback, for one test in Node. */
export async function serveApps(): Promise<AppsDaemon> {
  const daemon = await serve(apps(), { keys: new KeyRing([Key.generate({ use: "mint" })]) });
  return {
    url: daemon.url(),
    options: { ticket: () => daemon.mintTicket({ subject: "tester" }) },
    [Symbol.asyncDispose]: () => daemon.close({ graceMs: 0 }),
  };
}
