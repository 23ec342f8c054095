import { resolve } from "node:path";
import { createServerModuleRunner, type Logger, normalizePath, type ViteDevServer } from "vite";
import { ConnectionError } from "../errors/hearthwire-error.js";
import { escaped } from "../observe/safe-text.js";
import { daemonModule } from "./daemon-module.js";
import type { ServedDaemon } from "./served-daemon.js";
import { startDaemon } from "./start-daemon.js";

/**
 * Vite's own parser refuses what is no code with another error: a SyntaxError comes of what it passes on to Node as it
 * is, which has decorators for its usual case.
 */
const DECORATOR_REMEDY =
  "Vite leaves decorators such as @expose as they are, and Node does not know them: if that is it, write " +
  'expose(Class, ["member", ...]) after the class, or add a Vite plugin that lowers standard decorators';

/** The daemon of a dev server: loads the app's module by Vite, and starts anew when one of its files changes. */
export class ViteDaemon {
  readonly #server: ViteDevServer;
  /** As the program named it. */
  readonly #module: string;
  readonly #file: string;
  readonly #path: string;
  readonly #runner: ReturnType<typeof createServerModuleRunner>;
  #current: ServedDaemon<unknown> | undefined;
  #lastLoadFailed = false;
  #queue: Promise<void> = Promise.resolve();

  constructor(server: ViteDevServer, place: { readonly module: string; readonly path: string }) {
    this.#server = server;
    this.#module = place.module;
    // The file itself: Vite remembers what a name was resolved to even when there was nothing yet.
    this.#file = normalizePath(resolve(server.config.root, place.module.replace(/^\/+/, "")));
    this.#path = place.path;
    // Its own runner without HMR: a daemon is restarted whole, never patched under its sessions.
    this.#runner = createServerModuleRunner(server.environments.ssr, { hmr: false });
  }

  /** The running daemon; undefined before the first load, and while there is none to take the place of a closed one. */
  get current(): ServedDaemon<unknown> | undefined {
    return this.#current;
  }

  /** The daemon, when what was asked of it before is done: loading, replacing. */
  async loaded(): Promise<ServedDaemon<unknown> | undefined> {
    await this.#queue;
    return this.#current;
  }

  /**
   * Loads the module and serves it; a daemon that runs is replaced, or stays when the module doesn't load. Never rejects:
   * what is wrong stands in Vite's log, and the next change of a file tries again.
   */
  start(): Promise<void> {
    return (this.#queue = this.#queue.then(() => this.#start()));
  }

  /** A file has changed: if the daemon is made of it, starts anew and has the open pages load anew. */
  async fileChanged(file: string): Promise<void> {
    const isOurs = (this.#runner.evaluatedModules.getModulesByFile(file)?.size ?? 0) > 0;
    if (!isOurs && !this.#lastLoadFailed) return;
    await this.start();
    // What pages hold belongs to a daemon that is gone, or to none: callbacks, streams, references.
    if (!this.#lastLoadFailed) this.#server.environments.client.hot.send({ type: "full-reload" });
  }

  /** Ends the daemon; the dev server closes. */
  close(): Promise<void> {
    return (this.#queue = this.#queue.then(async () => {
      await this.#current?.close({ graceMs: 0 });
      await this.#runner.close();
    }));
  }

  async #start(): Promise<void> {
    const { logger } = this.#server.config;
    const isRestart = this.#current !== undefined;
    try {
      this.#runner.clearCache();
      const { objects, options } = daemonModule(await this.#runner.import(this.#file), this.#module);
      const {
        server: _server,
        host: _host,
        port: _port,
        socketPath: _socketPath,
        path: _path,
        closeOnSignal: _closeOnSignal,
        ...daemonOptions
      } = options ?? {};
      // Streams of a demo never end by themselves: who saves a file shall not wait for them.
      await this.#current?.close({ graceMs: 0 });
      // Until the next one is attached the plugin answers upgrades: a closed daemon leaves them hanging.
      this.#current = undefined;
      const { httpServer } = this.#server;
      if (httpServer === null) return;
      this.#current = await startDaemon(objects, {
        ...daemonOptions,
        server: httpServer,
        path: this.#path,
        // The dev server ends by its own.
        closeOnSignal: false,
      });
      sayNaming(this.#current, logger);
      this.#lastLoadFailed = false;
      if (isRestart) logger.info(`hearthwire: ${this.#module} changed, the daemon was restarted`, { timestamp: true });
    } catch (error) {
      this.#lastLoadFailed = true;
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      const remedy = error instanceof SyntaxError ? `${DECORATOR_REMEDY}\n` : "";
      logger.error(`hearthwire: ${this.#module} can't be served: ${remedy}${stack ?? message}`, {
        timestamp: true,
        ...(error instanceof Error ? { error } : {}),
      });
    }
  }
}

/** What becomes of the option `names`. A dev server goes on without a name server: only what is refused is a warning. */
function sayNaming(daemon: ServedDaemon<unknown>, logger: Logger): void {
  daemon.on("named", ({ names }) => {
    logger.info(`hearthwire: registered ${names.map((name) => `hearthwire:${name}`).join(", ")}`, { timestamp: true });
  });
  daemon.on("nameRemoved", ({ name, by }) => {
    const sentence = `hearthwire: the name ${escaped(name)} was removed by ${escaped(by)}; it is registered again when a file changes`;
    logger.warn(sentence, { timestamp: true });
  });
  daemon.on("namingFailed", (error) => {
    const level = error instanceof ConnectionError && error.code === "HW_CONNECT_FAILED" ? "info" : "warn";
    logger[level](`hearthwire: not registered by name, which is tried again: ${error.message}`, { timestamp: true });
  });
}
