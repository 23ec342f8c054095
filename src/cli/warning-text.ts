/** Names of warnings that this package causes; their words say enough. */
const OWN: ReadonlySet<string> = new Set(["SecurityWarning", "HearthwireWarning"]);

/** A warning of the process as one line for people: its words, and then its facts, where it has some. */
export function warningText(warning: Error): string {
  const { name, message } = warning;
  const { detail } = warning as { readonly detail?: unknown };
  const kind = OWN.has(name) ? "" : `${name}: `;
  const facts = typeof detail === "string" ? factsOf(detail) : "";
  return `${kind}${message.replace(/^hearthwire: /, "")}${facts === "" ? "" : ` (${facts})`}`.replace(/\s*\n\s*/g, " ");
}

/** `{"uid":0}` as people write it. */
function factsOf(detail: string): string {
  try {
    const facts: unknown = JSON.parse(detail);
    if (typeof facts !== "object" || facts === null) return detail;
    return Object.entries(facts)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(", ");
  } catch {
    return detail;
  }
}
