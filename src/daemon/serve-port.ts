import { Key } from "../auth/key.js";
import { KeyRing } from "../auth/key-ring.js";
import { checkByRules, type OptionRule } from "../client/option-rules.js";
import type { PortEnvironment } from "../client/connect-port.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { asyncDisposeSymbol, disposeSymbol } from "../session/dispose-symbols.js";
import { type MessagePortLike, messagePortTransport } from "../transport/message-port-transport.js";
import { PORT_KEY_ID, PORT_URL, type PortMessage, readPortMessage } from "../transport/port-message.js";
import { isTransport, type PortUse, portUses, requirePort } from "../transport/port-use.js";
import type { Transport, TransportClose } from "../transport/transport.js";
import { audienceOf } from "../wire/address.js";
import { CORE_RULES, type GivenOptions } from "./core-option-rules.js";
import { DaemonCore } from "./daemon.js";
import type { DaemonEvents } from "./daemon-events.js";

/** How to serve over a port. */
export interface ServePortOptions extends GivenOptions {
  /** For a transport of the program's own: what the other end connects with. A port brings its own key. */
  readonly key?: Key | undefined;
}

/** Objects that are served over a port; disposing ends that, and closes the port's line. */
export interface ServedPort extends Disposable, AsyncDisposable {
  /** Resolves once it is over, with what was wrong, if anything; never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Adds a listener and returns the function that removes it. */
  on<E extends keyof DaemonEvents>(event: E, listener: (...args: DaemonEvents[E]) => void): () => void;
}

const RULES: Readonly<Record<keyof ServePortOptions, OptionRule>> = {
  key: (value) => (value instanceof Key ? undefined : "a Key"),
  ...CORE_RULES,
};

/**
 * Serves objects to whoever holds the other end of a port.
 * @throws ConfigError `HW_OPTION_INVALID`, `HW_CANNOT_EXPOSE`
 */
export function servePortOf(
  environment: PortEnvironment,
  { objects, port }: { readonly objects: Readonly<Record<string, object>>; readonly port: unknown },
  options: ServePortOptions = {},
): ServedPort {
  checkByRules(options, RULES);
  const pipe = requirePort(port, environment);
  const used = port as object;
  const use = portUses.get(used);
  if (use !== undefined) {
    const how = use.does === "serve" ? "is served already" : "is connected over on this side";
    throw new ConfigError("HW_OPTION_INVALID", `"port" ${how}, and a port has one side that serves, once`);
  }
  if (isTransport(pipe) !== (options.key !== undefined)) {
    const must = isTransport(pipe) ? "must be given with a transport" : "is not for ports, which bring their own";
    throw new ConfigError("HW_OPTION_INVALID", `"key" ${must}`);
  }
  const served = new PortDaemon(environment, { objects, pipe }, options);
  portUses.set(used, served);
  void served.closed.then(() => portUses.delete(used));
  return served;
}

/** A daemon with one line at a time. Each has a fresh key, which is told to nobody but who asks through the port. */
class PortDaemon implements ServedPort, PortUse {
  readonly does = "serve";
  readonly closed: Promise<Error | undefined>;
  readonly #core: DaemonCore;
  readonly #keys: KeyRing;
  #transport: Transport | undefined;
  /** Of the line that is open, once somebody has asked for it. */
  #key: Key | undefined;
  #isClosing = false;
  #settle!: (reason: Error | undefined) => void;

  constructor(
    { clock, scheduleFlush }: PortEnvironment,
    {
      objects,
      pipe,
    }: { readonly objects: Readonly<Record<string, object>>; readonly pipe: MessagePortLike | Transport },
    { key, ...options }: ServePortOptions,
  ) {
    this.#keys = new KeyRing(key === undefined ? [] : [key]);
    // The line is all that the two ends share: with it the session is over, unless the program knows better.
    const sessions = { ...options.sessions, windowMs: options.sessions?.windowMs ?? 0 };
    this.#core = new DaemonCore(objects, { ...options, sessions, keys: this.#keys, clock, scheduleFlush });
    this.#core.setReachable({ audiences: [audienceOf(PORT_URL)] });
    this.closed = new Promise((resolve) => (this.#settle = resolve));
    if (isTransport(pipe)) {
      this.#core.on("closed", () => void this.#end(undefined));
      this.#core.on("refused", ({ reason }) => void this.#end(new Error(reason)));
      this.#transport = pipe;
      this.#core.accept(pipe);
    } else {
      this.#listen(pipe);
      pipe.postMessage({ hearthwire: "serving" } satisfies PortMessage);
    }
  }

  on<E extends keyof DaemonEvents>(event: E, listener: (...args: DaemonEvents[E]) => void): () => void {
    return this.#core.on(event, listener);
  }

  [disposeSymbol](): void {
    void this.#end(undefined);
  }

  async [asyncDisposeSymbol](): Promise<void> {
    await this.#end(undefined);
  }

  /** Waits for a peer; the deadline of its handshake begins with its first frame. */
  #listen(port: MessagePortLike): void {
    this.#key = undefined;
    const transport = messagePortTransport(port, {
      other: (content) => {
        const message = readPortMessage(content);
        if (message?.hearthwire === "connect") {
          this.#tellKey(port);
          return undefined;
        }
        return message === undefined
          ? "a message that is not hearthwire's came through the port, which needs it for itself"
          : "the other end serves too: one of the two must connect";
      },
      frameWaits: () => this.#core.accept(transport),
      ended: (close) => this.#lineEnded(port, close),
    });
    this.#transport = transport;
  }

  #tellKey(port: MessagePortLike): void {
    if (this.#key === undefined) {
      this.#keys.remove(PORT_KEY_ID);
      this.#keys.add((this.#key = Key.generate({ id: PORT_KEY_ID })));
    }
    port.postMessage({ hearthwire: "key", id: PORT_KEY_ID, bytes: this.#key.export() } satisfies PortMessage);
  }

  /** A MessagePort ends with its line; a worker can be connected to again. */
  #lineEnded(port: MessagePortLike, { error }: TransportClose): void {
    if (this.#isClosing) return;
    if (error === undefined && port.start === undefined) this.#listen(port);
    else void this.#end(error);
  }

  async #end(reason: Error | undefined): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      await this.#core.close({ graceMs: 0 });
      this.#transport?.close();
      this.#settle(reason);
    }
    await this.closed;
  }
}
