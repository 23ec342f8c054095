import { safeText } from "./safe-text.js";

/** Fields fit for any log: texts escaped and at most 200 characters long, those without a value left out. */
export function safeFields(
  fields: Readonly<Record<string, string | number | undefined>>,
): Record<string, string | number> {
  const safe: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) safe[name] = typeof value === "string" ? safeText(value) : value;
  }
  return safe;
}
