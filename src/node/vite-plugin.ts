import { randomBytes } from "node:crypto";
import type { Plugin, ViteDevServer } from "vite";
import { ConfigError, InsecureBindError } from "../errors/hearthwire-error.js";
import { isLoopbackHost } from "../wire/loopback-host.js";
import { daemonPath } from "./reachability.js";
import { refuse } from "./refuse.js";
import { isOwnPath } from "./upgrade-checks.js";
import { ViteDaemon } from "./vite-daemon.js";
import { ticketRoutes, type TicketPolicy } from "./vite-tickets.js";

/** Options of the Vite plugin. */
export interface HearthwirePluginOptions {
  /** The module whose exports `objects` and optional `options` are served: its path in Vite's root, such as `/src/daemon.ts`. */
  module: string;
  /** The daemon's path; tickets are at `${path}/ticket`. @default "/hearthwire" */
  path?: string;
  /** Who the page's user is, in `callContext().principal`. @default "developer" */
  subject?: string;
  /**
   * `false`: no code in the printed URL, every user of this machine may connect.
   * @default a new one each run
   */
  code?: false;
  /**
   * Who a request for a ticket comes from, `null` when nobody is logged in; in place of the code, and needed when
   * `server.host` is beyond loopback. The module's `options` then say `allowPlaintext` or `publicUrl`, as in production.
   */
  login?: (request: Request) => string | null | Promise<string | null>;
}

const DEFAULT_PATH = "/hearthwire";

/** Survives a restart of the dev server on a change of its configuration, so that open pages go on. */
let codeOfThisRun: string | undefined;

/**
 * Runs the app's daemon on the dev server's own port, and hands tickets to its pages. Does nothing in `vite build`.
 *
 * Open the app by the URL that the dev server prints for hearthwire: it has this run's code, which other users of the
 * machine don't have.
 *
 * @throws ConfigError, and when the server starts `InsecureBindError` for a `server.host` beyond loopback without `login`
 *
 * @example
 * // vite.config.ts
 * export default defineConfig({ plugins: [hearthwire({ module: "/src/daemon.ts" })] });
 * // in the page
 * const clock = connect<Clock>("/hearthwire/clock", { ticket: fetchTicket("/hearthwire/ticket") });
 */
export function hearthwire(options: HearthwirePluginOptions): Plugin {
  const { module, subject = "developer", login } = options;
  const path = daemonPath(options.path ?? DEFAULT_PATH);
  if (typeof module !== "string" || module === "")
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"module" must be the path of a module such as "/src/daemon.ts", got ${JSON.stringify(module)}`,
    );
  if (path === "/")
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"path" must not be "/", where Vite's own WebSocket is; leave it out for "${DEFAULT_PATH}"`,
    );

  let daemon: ViteDaemon | undefined;
  return {
    name: "hearthwire",
    apply: "serve",
    configureServer(server) {
      const { logger, base, server: serverConfig } = server.config;
      const { httpServer } = server;
      if (httpServer === null) {
        logger.warn(
          "hearthwire: in middleware mode there is no server to attach to: call serve(objects, { server, path }) yourself",
        );
        return;
      }
      requireLoopback(serverConfig.host, login !== undefined);

      const running = (daemon = new ViteDaemon(server, { module, path }));
      const needsCode = options.code !== false && login === undefined;
      const code = needsCode ? (codeOfThisRun ??= randomBytes(16).toString("base64url")) : undefined;
      const policy: TicketPolicy = { code, login, subject };
      server.middlewares.use(path, ticketRoutes({ policy, path, base, daemon: () => running.loaded() }));
      if (code !== undefined) printWithCode(server, `${path}/open#code=${code}`);
      httpServer.on("upgrade", (request, socket) => {
        // Before the module is loaded; later the daemon answers.
        if (running.current === undefined && isOwnPath(request.url ?? "", path)) {
          socket.on("error", () => socket.destroy());
          refuse(socket, 503);
        }
      });
      httpServer.once("listening", () => void running.start());
      closeFirst(server, () => running.close());
    },
    async hotUpdate({ file }) {
      if (this.environment.name === "ssr") await daemon?.fileChanged(file);
    },
  };
}

function requireLoopback(host: string | boolean | undefined, hasLogin: boolean): void {
  if (hasLogin || host === undefined || host === false || (typeof host === "string" && isLoopbackHost(host))) return;
  throw new InsecureBindError(
    `"server.host" must be loopback for the hearthwire plugin, got ${JSON.stringify(host)}: everyone who reaches it could open the page ` +
      `and call the daemon; leave it out, or give the plugin "login"`,
  );
}

/** Vite destroys all sockets when it closes: by then pages shall have heard that the daemon goes. */
function closeFirst(server: ViteDevServer, closeDaemon: () => Promise<void>): void {
  const close = server.close.bind(server);
  server.close = async () => {
    await closeDaemon();
    await close();
  };
}

/** Adds our line to those that `vite` prints when it is ready. */
function printWithCode(server: ViteDevServer, target: string): void {
  const printUrls = server.printUrls.bind(server);
  server.printUrls = () => {
    printUrls();
    const [local] = server.resolvedUrls?.local ?? [];
    if (local !== undefined) server.config.logger.info(`  \u279c  hearthwire: ${new URL(target, local).href}`);
  };
}
