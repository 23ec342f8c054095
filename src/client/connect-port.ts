import { Key } from "../auth/key.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { type MessagePortLike, messagePortTransport } from "../transport/message-port-transport.js";
import { PORT_KEY_ID, PORT_URL, type PortMessage, readPortMessage } from "../transport/port-message.js";
import { isTransport, type PortHost, type PortUse, portUses, requirePort } from "../transport/port-use.js";
import type { Transport } from "../transport/transport.js";
import { AuthMethod } from "../wire/constants.js";
import { isObjectId, OBJECT_ID_RULE } from "../wire/object-id.js";
import { checkConnectOptions } from "./check-options.js";
import type { ClientEnvironment } from "./client-environment.js";
import { closeError } from "./close-error.js";
import type { ConnectionOptions } from "./connect-options.js";
import { Connector, objectThrough } from "./connect.js";
import type { OpenConnection } from "./open-connection.js";

/** How to connect over a port: there are no credentials to give, since the port itself brings the key. */
export type PortOptions = Omit<ConnectionOptions, "isolated" | "allowPlaintext" | "reconnect" | "names" | "pick">;

/** How to connect over a transport of the program's own: both ends have the key beforehand. */
export type TransportOptions = PortOptions & { readonly key: Key };

/** What connecting over ports takes from the host. */
export type PortEnvironment = Pick<ClientEnvironment, "clock" | "scheduleFlush"> & PortHost;

/** What of an object is connected to over which port. */
export interface PortAddress {
  readonly port: unknown;
  readonly objectId: string;
}

/**
 * The promise of the proxy of an object at the other end of a port. Connections over one port share its line, which ends
 * `lingerMs` after the last of them. Whatever is wrong rejects; nothing is thrown.
 */
export function connectPortOf(
  environment: PortEnvironment,
  { port, objectId }: PortAddress,
  options: PortOptions = {},
): object {
  return objectThrough(connectionOver(environment, { port, objectId }, options), objectId);
}

function connectionOver(
  environment: PortEnvironment,
  { port, objectId }: PortAddress,
  options: PortOptions,
): OpenConnection {
  try {
    checkConnectOptions(options);
    if (typeof objectId !== "string" || !isObjectId(objectId)) {
      throw new ConfigError("HW_ADDRESS_INVALID", `"objectId" must be ${OBJECT_ID_RULE}, got ${typeof objectId}`);
    }
    return connectedPort(environment, port, options).open(options);
  } catch (error) {
    const refuse = (): never => {
      throw error;
    };
    return new Connector({ ...environment, isLocal: true, dialsOnce: true, dial: refuse }).open(refuse);
  }
}

function connectedPort(environment: PortEnvironment, port: unknown, options: object): ConnectedPort {
  const pipe = requirePort(port, environment);
  if (!isTransport(pipe) && ("key" in options || "ticket" in options)) {
    throw new ConfigError("HW_OPTION_INVALID", '"key" and "ticket" are not for ports, which bring their own key');
  }
  // What was asked for is what counts as the port: a host may make another adapter each time.
  const used = port as object;
  let use = portUses.get(used);
  if (use === undefined) portUses.set(used, (use = new ConnectedPort(environment, pipe, () => portUses.delete(used))));
  if (use instanceof ConnectedPort) return use;
  throw new ConfigError(
    "HW_OPTION_INVALID",
    '"port" is served on this side, and a port has one side that serves. Pass callbacks to whoever connects, or serve ' +
      "and connect over two ports: new MessageChannel()",
  );
}

/** A port with its one line, and the connections that share it. */
class ConnectedPort implements PortUse {
  readonly does = "connect";
  readonly #connector: Connector;
  readonly #transport: Transport;
  #isDialled = false;
  #connections = 0;

  /** @param ended told when the port may be used again */
  constructor(environment: PortEnvironment, pipe: MessagePortLike | Transport, ended: () => void) {
    const { clock, scheduleFlush } = environment;
    const line = isTransport(pipe) ? { transport: pipe } : keyedLine(pipe, ended);
    this.#transport = line.transport;
    this.#connector = new Connector({
      ...line,
      clock,
      scheduleFlush,
      isLocal: true,
      dialsOnce: true,
      dial: () => this.#dial(),
    });
  }

  open(options: PortOptions): OpenConnection {
    const connection = this.#connector.open(() => PORT_URL, options);
    this.#connections += 1;
    void connection.closed.then(() => {
      this.#connections -= 1;
      // Once it was dialled the line closes it.
      if (this.#connections === 0 && !this.#isDialled) this.#transport.close();
    });
    return connection;
  }

  #dial(): Transport {
    if (this.#isDialled) {
      throw new ConfigError(
        "HW_OPTION_INVALID",
        '"port" has a line already, which has ended or was made with other options; a port has one line at a time',
      );
    }
    this.#isDialled = true;
    return this.#transport;
  }
}

/** Asks the other end for the key of the line. */
function keyedLine(
  port: MessagePortLike,
  ended: () => void,
): { readonly transport: Transport } & Required<Pick<ClientEnvironment, "credentials">> {
  let take!: (key: Key) => void;
  let refuse!: (error: Error) => void;
  let isKnown = false;
  const key = new Promise<Key>((resolve, reject) => ([take, refuse] = [resolve, reject]));
  key.catch(() => undefined);
  const ask = (): void => port.postMessage({ hearthwire: "connect" } satisfies PortMessage);
  const transport = messagePortTransport(port, {
    other: (content) => {
      const message = readPortMessage(content);
      if (message?.hearthwire === "serving" && !isKnown) {
        ask();
        return undefined;
      }
      if (message?.hearthwire === "key") {
        const sent = keyOf(message.bytes);
        if (sent === undefined) return "a key that is none came through the port";
        isKnown = true;
        take(sent);
        return undefined;
      }
      return message?.hearthwire === "connect"
        ? "the other end connects too: one of the two must serve"
        : "a message that is not hearthwire's came through the port, which needs it for itself";
    },
    ended: (close) => {
      ended();
      refuse(closeError(PORT_URL, close));
    },
  });
  ask();
  return { transport, credentials: async () => ({ method: AuthMethod.KEY, key: await key }) };
}

function keyOf(bytes: Uint8Array): Key | undefined {
  try {
    return Key.from(bytes, { id: PORT_KEY_ID });
  } catch {
    return undefined;
  }
}
