import { ConfigError } from "../errors/hearthwire-error.js";
import { endpointSerializers } from "../serializers/endpoint-serializers.js";
import { type Address, formatAddress, parseAddress, parseDaemonUrl } from "../wire/address.js";
import { MAX_FRAME_BYTES } from "../wire/constants.js";
import { checkConnectOptions, connectRules } from "./check-options.js";
import type { ClientEnvironment } from "./client-environment.js";
import { ConnectCall } from "./connect-call.js";
import type { ConnectOptions } from "./connect-options.js";
import type { Connection } from "./connection.js";
import { type CredentialSource, credentialSource } from "./credential-source.js";
import { Line } from "./line.js";
import type { LineSecurity } from "./line-security.js";
import { logEvents } from "./log-events.js";
import { NamedLifetime } from "./named-lifetime.js";
import { OpenConnection } from "./open-connection.js";
import { pendingProxy } from "./pending-proxy.js";
import { requirePrivateLine } from "./plaintext-policy.js";
import { reconnectTimes } from "./reconnect-times.js";
import type { Connecting, UntypedObject } from "./remote.js";
import { SharedLines } from "./shared-lines.js";
import type { Whereabouts } from "./whereabouts.js";

export type { ClientEnvironment } from "./client-environment.js";

/** What stands where options say nothing. */
export const DEFAULT_CONNECT_OPTIONS: Readonly<
  Record<keyof Pick<ConnectOptions, "connectTimeoutMs" | "timeoutMs" | "lingerMs" | "maxFrameBytes">, number>
> = Object.freeze({
  connectTimeoutMs: 10_000,
  timeoutMs: 30_000,
  lingerMs: 1_000,
  maxFrameBytes: MAX_FRAME_BYTES.default,
});

/** The two ways to connect; connections made by one of these share sockets. */
export interface Connect {
  /**
   * Connects to one object; the result is a promise of the proxy that can be used before it settles. Everything that is
   * wrong, the address included, rejects it; nothing is thrown.
   */
  connect<T = UntypedObject>(address: string | URL, options?: ConnectOptions): Connecting<T>;
  /** Connects to a daemon; objects are then taken from the connection by id. What is wrong closes the connection. */
  openConnection<Objects = Record<string, UntypedObject>>(
    address: string | URL,
    options?: ConnectOptions,
  ): Connection<Objects>;
}

/** Makes `connect` and `openConnection` for a host. */
export function createConnect(environment: ClientEnvironment): Connect {
  const connector = new Connector(environment);
  return {
    connect: <T>(address: string | URL, options?: ConnectOptions) =>
      connector.connect(address, options) as Connecting<T>,
    openConnection: <Objects>(address: string | URL, options?: ConnectOptions) =>
      connector.openAddress(address, options) as Connection as Connection<Objects>,
  };
}

/** What a line leads to, and as whom. */
interface LineTarget {
  readonly to: string | Whereabouts;
  readonly source: CredentialSource;
}

/** Makes the connections of one host; those with the same URL and identity share lines. */
export class Connector {
  readonly environment: ClientEnvironment;
  readonly #shared = new SharedLines();
  readonly #rules: ReturnType<typeof connectRules>;

  constructor(environment: ClientEnvironment) {
    this.environment = environment;
    this.#rules = connectRules(environment.optionRules);
  }

  connect(address: string | URL, options: ConnectOptions = {}): object {
    let objectId = "";
    const connection = this.open(() => {
      const whereabouts = this.#whereabouts(address, options);
      objectId = whereabouts?.address ?? "";
      if (whereabouts !== undefined) return whereabouts;
      const parsed = parseAddress(address, this.environment.baseUrl);
      objectId = requireObjectId(parsed);
      return parsed.daemonUrl;
    }, options);
    return objectThrough(connection, objectId);
  }

  /** A connection to the daemon that an address means. */
  openAddress(address: string | URL, options: ConnectOptions = {}): OpenConnection {
    const { baseUrl } = this.environment;
    return this.open(() => this.#whereabouts(address, options) ?? parseDaemonUrl(address, baseUrl), options);
  }

  /** A connection over a line of its own or a shared one; whatever is wrong with address or options closes it. */
  open(parse: () => string | Whereabouts, options: ConnectOptions = {}): OpenConnection {
    let to: string | Whereabouts;
    try {
      checkConnectOptions(options, this.#rules);
      to = parse();
      if (typeof to === "string" && this.environment.isLocal !== true) requirePrivateLine(to, options);
    } catch (error) {
      return joined(this.#brokenLine(error), {});
    }
    const isAborted = options.signal?.aborted === true;
    return joined(isAborted ? this.#brokenLine(options.signal?.reason) : this.#line(to, options), options);
  }

  /** Undefined unless it is a named address and there is somebody to ask. */
  #whereabouts(address: string | URL, options: ConnectOptions): Whereabouts | undefined {
    return options.names?.whereabouts(String(address), { connector: this, options });
  }

  #line(to: string | Whereabouts, options: ConnectOptions): Line {
    const { environment } = this;
    const source = prepared(credentialSource(options, environment), environment.security);
    const open = (): Line => this.#newLine({ to, source }, options);
    if (options.isolated === true) return open();
    const { key, ticket, handshake, onHandshake, serializers, types, logger, maxFrameBytes } = options;
    const { interceptors, traceReferences = false, platformHmac = true, reconnect } = options;
    const asked = [handshake, onHandshake, serializers, types, logger, maxFrameBytes, interceptors, traceReferences];
    const identity = [key, ticket, ...asked, platformHmac, ...identityOf(reconnect)];
    return this.#shared.take(typeof to === "string" ? to : to.identity, identity, open);
  }

  /** A line that ends before anything was dialled. */
  #brokenLine(error: unknown): Line {
    return this.#newLine({ to: "", source: { credential: () => Promise.reject(error), isRefreshable: false } }, {});
  }

  #newLine({ to, source }: LineTarget, options: ConnectOptions): Line {
    const { handshake, onHandshake, logger, interceptors = [], reconnect } = options;
    const { environment } = this;
    const whereabouts = typeof to === "string" ? undefined : to;
    const { connectTimeoutMs, timeoutMs, maxFrameBytes } = withDefaults(options);
    const line = new Line({
      credential: source.credential,
      isRefreshable: source.isRefreshable,
      url: whereabouts?.address ?? (to as string),
      whereabouts,
      environment,
      handshake,
      onHandshake,
      connectTimeoutMs,
      reconnect: reconnect === false || environment.dialsOnce === true ? undefined : reconnectTimes(reconnect),
      timeoutMs,
      serializers: endpointSerializers(options),
      maxFrameBytes,
      interceptors: [...interceptors],
      traceReferences: options.traceReferences === true,
      lateHmac: options.platformHmac === false ? undefined : environment.lateHmac,
      connectionOf: (shared) =>
        new OpenConnection(shared, { connectTimeoutMs, timeoutMs, leave: () => shared.close() }),
    });
    if (logger !== undefined) logEvents(line, logger);
    return line;
  }
}

/** Programs write options where they connect, so that it is their values that count. */
function identityOf(reconnect: ConnectOptions["reconnect"]): readonly unknown[] {
  return reconnect === false ? [false] : Object.values(reconnectTimes(reconnect));
}

/** Credentials that are asked for once the host has found that the URL may be dialled. */
function prepared(source: CredentialSource, security: LineSecurity | undefined): CredentialSource {
  if (security === undefined) return source;
  return { ...source, credential: (url, fresh) => security.prepare(url).then(() => source.credential(url, fresh)) };
}

/** What `connect` gives of an object: the promise of its proxy, whose release closes the connection. */
export function objectThrough(connection: OpenConnection, objectId: string): object {
  const lifetime = new NamedLifetime(() => void connection.close());
  return pendingProxy(new ConnectCall(connection.named(objectId, lifetime), connection).begin());
}

/** A connection that holds a line until it is closed. */
function joined(line: Line, options: ConnectOptions): OpenConnection {
  const { connectTimeoutMs, timeoutMs, lingerMs } = withDefaults(options);
  line.hold();
  const leave = (): Promise<void> => line.release(options.isolated === true ? 0 : lingerMs);
  return new OpenConnection(line, { connectTimeoutMs, timeoutMs, signal: options.signal, leave });
}

function withDefaults(options: ConnectOptions): typeof DEFAULT_CONNECT_OPTIONS {
  const { connectTimeoutMs, timeoutMs, lingerMs, maxFrameBytes } = options;
  return {
    connectTimeoutMs: connectTimeoutMs ?? DEFAULT_CONNECT_OPTIONS.connectTimeoutMs,
    timeoutMs: timeoutMs ?? DEFAULT_CONNECT_OPTIONS.timeoutMs,
    lingerMs: lingerMs ?? DEFAULT_CONNECT_OPTIONS.lingerMs,
    maxFrameBytes: maxFrameBytes ?? DEFAULT_CONNECT_OPTIONS.maxFrameBytes,
  };
}

function requireObjectId({ daemonUrl, objectId }: Address): string {
  if (objectId !== undefined) return objectId;
  throw new ConfigError(
    "HW_ADDRESS_INVALID",
    `"address" must end with an object id, such as ${formatAddress(daemonUrl, "warehouse")}; openConnection takes a daemon's`,
  );
}
