import { Key } from "../auth/key.js";
import { KeyRing } from "../auth/key-ring.js";
import { DaemonCore } from "../daemon/daemon.js";
import { completeLimits } from "../daemon/limits.js";
import type { CoreOptions } from "../daemon/options.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { installAsyncContext } from "./async-context-store.js";
import { attach, requireServer, type UpgradeListener } from "./attach.js";
import { requireSafeBind } from "./bind-policy.js";
import { keyFile } from "./key-file.js";
import { listen } from "./listen.js";
import { isLoopbackAddress, LOOPBACK_ADDRESS } from "./loopback.js";
import { quietTurn } from "./quiet-turn.js";
import {
  daemonPath,
  listedOrigins,
  publicUrls,
  reachability,
  type BoundAddress,
  type PublicAddresses,
} from "./reachability.js";
import type { ServeOptions } from "./serve-options.js";
import { ServedDaemon } from "./served-daemon.js";
import { UpgradeGate } from "./upgrade-gate.js";

/** What is passed on; anything else is a mistake, and a misspelt `authorize` must not be passed over. */
const CORE_OPTIONS: Readonly<Record<Exclude<keyof CoreOptions, "keys" | "clock" | "scheduleFlush">, true>> = {
  onHandshake: true,
  authorize: true,
  exposeStacks: true,
  limits: true,
  serializers: true,
  logger: true,
};

/** What `serve` does, with the inside of the daemon at hand. */
export async function startDaemon<Objects>(
  objects: Record<string, object>,
  options: ServeOptions,
): Promise<ServedDaemon<Objects>> {
  installAsyncContext();
  requireObject("objects", objects, "the objects to serve by id, such as { clock: new Clock() }");
  requireObject("options", options, "an object of options");
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
  const unknown = Object.keys(coreOptions).find((name) => !Object.hasOwn(CORE_OPTIONS, name));
  if (unknown !== undefined) throw new ConfigError("HW_OPTION_INVALID", `"${unknown}" is no option of serve`);
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

  const ring = keys === undefined ? await keyFile() : ringOf(keys);
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

function requireObject(name: string, value: unknown, rule: string): void {
  if (typeof value === "object" && value !== null) return;
  throw new ConfigError(
    "HW_OPTION_INVALID",
    `"${name}" must be ${rule}, got ${value === null ? "null" : typeof value}`,
  );
}

/** Says nothing of what was given but its type: it may be a secret. */
function ringOf(keys: unknown): KeyRing {
  if (keys instanceof KeyRing) return keys;
  if (keys instanceof Key) return new KeyRing([keys]);
  throw new ConfigError(
    "HW_OPTION_INVALID",
    `"keys" must be a KeyRing or Key, made by this copy of the package, got ${keys === null ? "null" : `another ${typeof keys}`}: ` +
      `make one with Key.from(bytes, { id }), or with await keyFile(path)`,
  );
}
