import { Server as TlsServer } from "node:tls";
import { Key } from "../auth/key.js";
import { KeyRing } from "../auth/key-ring.js";
import { DaemonCore } from "../daemon/daemon.js";
import { completeLimits } from "../daemon/limits.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { checkNamesOption } from "./names-options.js";
import { registerNames } from "./register-names.js";
import { installHost } from "./install-host.js";
import { attach, requireServer, type UpgradeListener } from "./attach.js";
import { requireSafeBind } from "./bind-policy.js";
import { checkServeOptions } from "./check-serve-options.js";
import { closeOnSignal } from "./close-on-signal.js";
import { configuredServeOptions } from "./configured.js";
import { ConnectionGuard } from "./connection-guard.js";
import { keyFile } from "./key-file.js";
import { listen } from "./listen.js";
import { listenUnix } from "./listen-unix.js";
import { LOOPBACK_ADDRESS } from "./loopback.js";
import { listedOrigins } from "../wire/listed-origins.js";
import { quietTurn } from "./quiet-turn.js";
import {
  daemonPath,
  publicUrls,
  reachability,
  type BoundAddress,
  type BoundSocket,
  type PublicAddresses,
} from "./reachability.js";
import type { ServeOptions } from "./serve-options.js";
import { ServedDaemon } from "./served-daemon.js";
import { ServerTls } from "./server-tls.js";
import { rootWarning, warnBeyondLoopback } from "./start-warnings.js";
import { requireCertificateChecks } from "./tls-environment.js";
import type { ClientCertificateOptions, TlsOptions } from "./tls-options.js";
import { UpgradeGate } from "./upgrade-gate.js";

/** What `serve` does, with the inside of the daemon at hand. */
export async function startDaemon<Objects>(
  objects: Record<string, object>,
  given: ServeOptions,
): Promise<ServedDaemon<Objects>> {
  installHost();
  if (typeof objects !== "object" || objects === null)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"objects" must be the objects to serve by id, such as { clock: new Clock() }, got ${objects === null ? "null" : typeof objects}`,
    );
  checkServeOptions(given);
  checkNamesOption(given.names, Object.keys(objects));
  const options = configuredServeOptions(given);
  const {
    keys,
    origins,
    publicUrl,
    trustProxy,
    allowPlaintext = false,
    server,
    host,
    port,
    path,
    socketPath,
    tls,
    closeOnSignal: signals = {},
    names,
    ...coreOptions
  } = options;
  if (server !== undefined) {
    requireServer(server, { isSecure: tls !== undefined });
    requirePath(path);
  }
  if (tls !== undefined || server instanceof TlsServer) requireCertificateChecks();
  const addresses: PublicAddresses = {
    path: daemonPath(path),
    publicUrls: publicUrls(publicUrl),
    origins: listedOrigins(origins),
  };
  const requireSafe = (address: string, isSecure: boolean): void =>
    requireSafeBind(address, {
      isSecure,
      allowPlaintext,
      hasKeys: keys !== undefined || tls?.certificateSubject !== undefined,
      hasPublicUrl: addresses.publicUrls.length > 0,
    });

  const serverTls = server === undefined && tls !== undefined ? await ServerTls.read(tls as TlsOptions) : undefined;
  const ring = keys instanceof Key ? new KeyRing([keys]) : (keys ?? (await keysWithout(tls)));
  const core = new DaemonCore(objects, { ...coreOptions, keys: ring, scheduleFlush: quietTurn });
  const daemon = new ServedDaemon<Objects>(core, ring);
  const own = keys === undefined ? undefined : ring;
  const registrar =
    names === undefined || names === false ? undefined : registerNames({ daemon, core }, { names, keys: own });
  const gate = new UpgradeGate(core, {
    maxFrameBytes: completeLimits(options.limits).maxFrameBytes,
    trustProxy,
    clientCertificates: tls,
  });
  const onUpgrade: UpgradeListener = (request, socket, head) => gate.handle(request, socket, head, daemon.reach);
  const guard = new ConnectionGuard({ clock: core.clock, trustProxy, refused: (refusal) => core.refused(refusal) });
  const onReachable = (bound: BoundAddress | BoundSocket | undefined): void => {
    if (bound !== undefined && !("socketPath" in bound))
      warnBeyondLoopback(bound, { keys: ring, logger: options.logger });
    daemon.reachableAt(reachability(bound, addresses), bound);
    registrar?.begin(Object.keys(objects));
  };

  if (socketPath !== undefined) {
    const own = await listenUnix({ socketPath, path: addresses.path, guard, onUpgrade });
    onReachable(own.bound);
    daemon.standOn({ gate, stop: () => own.stop(), release: () => own.release() });
  } else if (server === undefined) {
    const own = await listen({
      host: host ?? LOOPBACK_ADDRESS,
      port: port ?? 0,
      path: addresses.path,
      tls: serverTls,
      requireSafe: (address) => requireSafe(address, serverTls !== undefined),
      guard,
      onUpgrade,
    });
    onReachable(own.bound);
    daemon.standOn({ gate, stop: () => own.stop(), release: () => own.release(), tls: serverTls });
  } else {
    const detach = attach(server, {
      path: addresses.path,
      onListening: (bound) => {
        if (bound !== undefined) requireSafe(bound.host, bound.isSecure);
        onReachable(bound);
      },
      onUnsafe: (error) => {
        // `serve` has long resolved, and nobody has to await `closed`: this must not stay unseen.
        process.emitWarning(error);
        void daemon.end(error);
      },
      onUpgrade,
      onClose: () => void daemon.close({ graceMs: 0 }),
    });
    daemon.standOn({ gate, stop: () => {}, release: async () => detach() });
  }
  if (signals !== false) closeOnSignal(daemon, signals);
  rootWarning.give(options.logger);
  return daemon;
}

/** Whose key opens a daemon that was given none: this user's, unless certificates are to do it. */
async function keysWithout(tls: ClientCertificateOptions | undefined): Promise<KeyRing> {
  return tls?.certificateSubject === undefined ? await keyFile() : new KeyRing();
}

/** On a server that it shares, the default path would take upgrades that others wait for. */
function requirePath(path: string | undefined): void {
  if (path !== undefined) return;
  throw new ConfigError(
    "HW_OPTION_INVALID",
    '"path" must be given with "server", such as "/rpc": the daemon takes upgrades of this path, and one segment below it, alone',
  );
}
