import type { ErrorObjectRecord, ErrorRecord } from "../wire/message.js";
import { LOST_SURROGATES } from "./scalar.js";

/**
 * A record whose texts UTF-8 can hold: halves of surrogate pairs become U+FFFD. The words of an error need not arrive
 * exactly, they are cut as well, but they must arrive.
 */
export function inUtf8(record: ErrorRecord): ErrorRecord {
  if ("thrown" in record) return record;
  const { name, message, code, stack, cause, errors } = record;
  const texts: { -readonly [K in keyof ErrorObjectRecord]: ErrorObjectRecord[K] } = {
    ...record,
    name: whole(name),
    message: whole(message),
  };
  if (code !== undefined) texts.code = whole(code);
  if (stack !== undefined) texts.stack = whole(stack);
  if (cause !== undefined) texts.cause = inUtf8(cause);
  if (errors !== undefined) texts.errors = errors.map(inUtf8);
  return texts;
}

function whole(text: string): string {
  return text.replaceAll(LOST_SURROGATES, "\ufffd");
}
