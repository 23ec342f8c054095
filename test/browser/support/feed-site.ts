import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Daemon, instancesOf, Key, KeyRing, serve, type ServeOptions } from "hearthwire/node";
import { Feed } from "./feed.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A website whose one page follows a feed, and the daemon that has it. */
export class FeedSite implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #script: string;
  #daemon: Daemon | undefined;
  #isDown = false;
  /** One for each session that used it, in order. */
  readonly feeds: Feed[] = [];
  /** What became of sessions, in order. */
  readonly events: string[] = [];

  private constructor(script: string) {
    this.#script = script;
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://site");
      if (pathname === "/ticket" && request.method === "POST") {
        response.end(JSON.stringify(this.#daemon!.mintTicket({ subject: "page", lifetimeMs: 600_000 })));
      } else if (pathname === "/page.js") {
        response.setHeader("content-type", "text/javascript").end(this.#script);
      } else {
        const content = pathname === "/" ? '<script type="module" src="/page.js"></script>' : "elsewhere";
        response.setHeader("content-type", "text/html").end(`<!doctype html><title>${pathname}</title>${content}`);
      }
    });
    this.#server.on("connection", (socket) => {
      if (this.#isDown) socket.destroy();
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(sessions: ServeOptions["sessions"]): Promise<FeedSite> {
    const { outputFiles } = await build({
      entryPoints: [here("./feed-page.ts")],
      alias: { "hearthwire/browser": here("../../../src/browser.ts") },
      bundle: true,
      format: "esm",
      write: false,
    });
    const site = new FeedSite(outputFiles[0]!.text);
    await site.#listen(sessions);
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  get daemon(): Daemon {
    return this.#daemon!;
  }

  /** Every socket is torn down, and any new one, until `comeBack`. */
  goDown(): void {
    this.#isDown = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  comeBack(): void {
    this.#isDown = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.close({ graceMs: 0 });
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #listen(sessions: ServeOptions["sessions"]): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const create = (): Feed => {
      const feed = new Feed();
      this.feeds.push(feed);
      return feed;
    };
    const daemon = (this.#daemon = await serve(
      { feed: instancesOf(Feed, { mode: "session", create }) },
      {
        server: this.#server,
        path: "/rpc",
        keys: new KeyRing([Key.generate({ use: "mint" })]),
        origins: [new URL(this.url).origin],
        sessions,
      },
    ));
    for (const event of ["accepted", "detached", "resumed", "closed"] as const)
      daemon.on(event, () => this.events.push(event));
  }
}
