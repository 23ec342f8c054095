/** A value for people, on several lines: as JSON, with what JSON has no word for as it is written in a program. */
export function formatValue(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, plainer, 2) ?? String(value));
}

function plainer(_key: string, value: unknown): unknown {
  if (value instanceof Map) return { Map: [...value] };
  if (value instanceof Set) return { Set: [...value] };
  return typeof value === "bigint" ? `${value}n` : value;
}
