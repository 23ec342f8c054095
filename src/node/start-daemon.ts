import { Key } from "../auth/key.js";
import { KeyRing } from "../auth/key-ring.js";
import { DaemonCore } from "../daemon/daemon.js";
import { completeLimits } from "../daemon/limits.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { installAsyncContext } from "./async-context-store.js";
import { attach, requireServer, type UpgradeListener } from "./attach.js";
import { requireSafeBind } from "./bind-policy.js";
import { checkServeOptions } from "./check-serve-options.js";
import { configuredServeOptions } from "./configured.js";
import { keyFile } from "./key-file.js";
import { listen } from "./listen.js";
import { isLoopbackAddress, LOOPBACK_ADDRESS } from "./loopback.js";
import { listedOrigins } from "../wire/listed-origins.js";
import { quietTurn } from "./quiet-turn.js";
import { daemonPath, publicUrls, reachability, type BoundAddress, type PublicAddresses } from "./reachability.js";
import type { ServeOptions } from "./serve-options.js";
import { ServedDaemon } from "./served-daemon.js";
import { UpgradeGate } from "./upgrade-gate.js";

/** What `serve` does, with the inside of the daemon at hand. */
export async function startDaemon<Objects>(
  objects: Record<string, object>,
  given: ServeOptions,
): Promise<ServedDaemon<Objects>> {
  installAsyncContext();
  if (typeof objects !== "object" || objects === null)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"objects" must be the objects to serve by id, such as { clock: new Clock() }, got ${objects === null ? "null" : typeof objects}`,
    );
  checkServeOptions(given);
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
    ...coreOptions
  } = options;
  if (server !== undefined) requireServer(server);
  const addresses: PublicAddresses = {
    path: daemonPath(path),
    publicUrls: publicUrls(publicUrl),
    origins: listedOrigins(origins),
  };
  const requireSafe = (address: string, isSecure: boolean): void =>
    requireSafeBind(address, {
      isSecure,
      allowPlaintext,
      hasKeys: keys !== undefined,
      hasPublicUrl: addresses.publicUrls.length > 0,
    });

  const ring = keys instanceof Key ? new KeyRing([keys]) : (keys ?? (await keyFile()));
  const core = new DaemonCore(objects, { ...coreOptions, keys: ring, scheduleFlush: quietTurn });
  const daemon = new ServedDaemon<Objects>(core, ring);
  const gate = new UpgradeGate(core, { maxFrameBytes: completeLimits(options.limits).maxFrameBytes, trustProxy });
  const onUpgrade: UpgradeListener = (request, socket, head) => gate.handle(request, socket, head, daemon.reach);
  const onReachable = (bound: BoundAddress | undefined): void => {
    if (bound !== undefined && !bound.isSecure && !isLoopbackAddress(bound.host))
      options.logger?.warn("calls can be read on the way: no TLS beyond loopback, as allowPlaintext says", {
        ...bound,
      });
    daemon.reachableAt(reachability(bound, addresses), bound);
  };

  if (server === undefined) {
    const own = await listen({
      host: host ?? LOOPBACK_ADDRESS,
      port: port ?? 0,
      path: addresses.path,
      requireSafe: (address) => requireSafe(address, false),
      onUpgrade,
    });
    onReachable(own.bound);
    daemon.standOn({ gate, stop: () => own.stop(), release: () => own.release() });
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
  return daemon;
}
