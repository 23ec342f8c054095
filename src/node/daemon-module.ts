import { ConfigError } from "../errors/hearthwire-error.js";
import type { ServeOptions } from "./serve-options.js";

/** What a module exports that the Vite plugin or the command serves: the arguments of `serve`. */
export interface DaemonModule {
  readonly objects: Record<string, object>;
  /** Where to listen is left out of account on a dev server: it is its own port and path. */
  readonly options?: ServeOptions;
}

/**
 * What a module exports to be served.
 * @param module how it was named, for messages
 * @throws ConfigError `HW_OPTION_INVALID` when it exports something else
 */
export function daemonModule(exports: unknown, module: string): DaemonModule {
  const { objects, options } = exportsOf(exports);
  if (!isRecord(objects))
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"module" ${module} must export "objects", the record of objects to serve (export const objects = { ... }), got ${typeof objects}`,
    );
  if (options !== undefined && !isRecord(options))
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"module" ${module} may export "options", which serve(objects, options) takes, got ${typeof options}`,
    );
  return {
    objects: objects as DaemonModule["objects"],
    ...(options === undefined ? {} : { options: options as ServeOptions }),
  };
}

/** Of a CommonJS module, as TypeScript becomes where package.json does not say "module", they are below `default`. */
function exportsOf(exports: unknown): Partial<Record<keyof DaemonModule, unknown>> {
  const own = exports as Partial<Record<keyof DaemonModule | "default", unknown>>;
  return own.objects === undefined && isRecord(own.default) ? own.default : own;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
