import { type Connection, type ConnectOptions, openConnection } from "hearthwire";
import { reachDaemon } from "../../browser-page/support/reach-daemon.js";
import type { Apps } from "../apps.js";

/** A daemon that serves the apps: in Node the test's own, in a page the one of all pages. */
export interface AppsDaemon extends AsyncDisposable {
  readonly url: string;
  readonly options: ConnectOptions;
}

/** Loaded in Node alone, by a name that Vite does not follow when it serves pages. */
const inNode = "./serve-apps.js";

export async function reachApps(): Promise<AppsDaemon> {
  if (typeof document !== "undefined") return { ...(await reachDaemon()), [Symbol.asyncDispose]: async () => {} };
  const { serveApps } = (await import(/* @vite-ignore */ inNode)) as { serveApps(): Promise<AppsDaemon> };
  return serveApps();
}

/** A client with a session of its own. */
export async function clientOf({ url, options }: AppsDaemon): Promise<Connection<Apps>> {
  const connection = openConnection<Apps>(url, { ...options, isolated: true });
  await connection.ready;
  return connection;
}
