import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "../errors/hearthwire-error.js";
import { daemonModule, type DaemonModule } from "../node/daemon-module.js";
import { INSTALL_TSX } from "./optional-packages.js";

const TYPESCRIPT = /\.[cm]?tsx?$/;
/** What Node says of TypeScript that it doesn't take: of the file itself, or of one that is imported as `.js`. */
const NEEDS_LOADER: ReadonlySet<unknown> = new Set([
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_MODULE_NOT_FOUND",
]);

/**
 * Loads the module whose `objects` are to be served; TypeScript by the loader tsx, where its project has that one.
 *
 * @throws ConfigError `HW_OPTION_INVALID` when there is no such file, Node can't load it, it throws, or exports none
 */
export async function loadModule(module: string): Promise<DaemonModule> {
  const file = resolve(module);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) throw new ConfigError("HW_OPTION_INVALID", `"module" ${module}: there is no such file`);
  let exports: unknown;
  try {
    if (TYPESCRIPT.test(file)) await registerTsx(file);
    exports = await import(pathToFileURL(file).href);
  } catch (cause) {
    throw unloadable(module, { cause, hasTsx: resolvedFrom(file, "tsx") !== undefined });
  }
  const loaded = daemonModule(exports, module);
  if (loaded.options?.server !== undefined)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"module" ${module} exports "options" with a "server" of its own: a program calls serve(objects, options) itself then`,
    );
  return loaded;
}

/**
 * Loads tsx from where the module would find it, as `node --import tsx` does: it is the project's own. Without it TypeScript
 * is Node's matter.
 */
async function registerTsx(file: string): Promise<void> {
  const tsx = resolvedFrom(file, "tsx");
  if (tsx !== undefined) await import(pathToFileURL(tsx).href);
}

function resolvedFrom(file: string, name: string): string | undefined {
  try {
    return createRequire(file).resolve(name);
  } catch {
    return undefined;
  }
}

function unloadable(
  module: string,
  { cause, hasTsx }: { readonly cause: unknown; readonly hasTsx: boolean },
): ConfigError {
  const { code, name, message } = (cause instanceof Error ? cause : new Error(String(cause))) as NodeJS.ErrnoException;
  const isForLoader = NEEDS_LOADER.has(code) || cause instanceof SyntaxError;
  const remedy =
    TYPESCRIPT.test(module) && isForLoader && !hasTsx
      ? `; Node ${process.versions.node} alone does not load all TypeScript: ${INSTALL_TSX}, and it is loaded by that one`
      : "";
  return new ConfigError("HW_OPTION_INVALID", `"module" ${module} can't be loaded: ${name}: ${message}${remedy}`, {
    cause,
  });
}
