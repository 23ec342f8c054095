const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const MAX_NAME_LENGTH = 64;

/** A property's name, an index, or undefined for a level that only the wire has. */
export type PathKey = string | number | undefined;

/** Writes a path as a program would: `args[0].user["full name"]`. */
export function describePath(root: string, path: readonly PathKey[]): string {
  let text = root;
  for (const key of path) {
    if (key === undefined) continue;
    if (typeof key === "number") text += `[${key}]`;
    else if (IDENTIFIER.test(key)) text += `.${shortened(key)}`;
    else text += `[${JSON.stringify(shortened(key))}]`;
  }
  return text;
}

/** Why an object that is no plain data can't be sent, and what to do instead. */
export function whyNot(value: object): string {
  if (value instanceof Promise) return "a Promise can't be sent; await it first";
  const name = classNameOf(value);
  return (
    `an instance of ${name} can't be sent; ` +
    'expose its class to send a reference, register it in "types" to send a value, or send plain data'
  );
}

function classNameOf(value: object): string {
  const constructor: unknown = Object.getPrototypeOf(value)?.constructor;
  const name = typeof constructor === "function" ? constructor.name : "";
  return name === "" ? "an anonymous class" : shortened(name);
}

function shortened(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}...` : name;
}
