import { ConfigError } from "../errors/hearthwire-error.js";

/**
 * Checks the option `origins`: exact web origins, without path, wildcard or password.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function listedOrigins(option: readonly string[] | undefined): readonly string[] {
  // A text has `includes` too, and parts of it would pass.
  if (option !== undefined && !Array.isArray(option)) {
    throw new ConfigError("HW_OPTION_INVALID", `"origins" must be an array of origins, got ${typeof option}`);
  }
  for (const origin of option ?? []) {
    if (isExact(origin)) continue;
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"origins" must hold exact origins such as "https://app.example", without path or wildcard, got ${shown(origin)}`,
    );
  }
  return option ?? [];
}

function isExact(origin: string): boolean {
  if (!/^https?:/.test(origin)) return /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/.test(origin);
  try {
    return new URL(origin).origin === origin;
  } catch {
    return false;
  }
}

/** Without what could be a password. */
function shown(origin: unknown): string {
  return typeof origin === "string" ? JSON.stringify(origin.replace(/^.*@/s, "...@")) : typeof origin;
}
