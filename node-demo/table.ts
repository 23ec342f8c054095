/** A plain text table; numbers stand to the right. */
export function formatTable<K extends string>(
  columns: readonly K[],
  rows: readonly Record<K, string | number>[],
): string {
  const cells = rows.map((row) => columns.map((column) => format(row[column])));
  const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((line) => line[index]!.length)));
  const isNumber = columns.map((column) => typeof rows[0]?.[column] === "number");
  const line = (values: readonly string[]): string =>
    values
      .map((value, index) => (isNumber[index] ? value.padStart(widths[index]!) : value.padEnd(widths[index]!)))
      .join("  ")
      .trimEnd();
  return [line(columns), widths.map((width) => "-".repeat(width)).join("  "), ...cells.map(line)].join("\n");
}

function format(value: string | number): string {
  return typeof value === "number" ? value.toLocaleString("en") : value;
}
