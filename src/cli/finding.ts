/** What one check of `hearthwire doctor` found. */
export interface Finding {
  readonly check: string;
  /** `warn`: it works, but not for long, or not for everything. */
  readonly level: "ok" | "warn" | "fail";
  readonly says: string;
  /** What to do. */
  readonly remedy?: string | undefined;
}

/** A finding of what threw: its sentence says what to do. */
export function failed(check: string, error: unknown): Finding {
  return { check, level: "fail", says: error instanceof Error ? error.message : String(error) };
}
