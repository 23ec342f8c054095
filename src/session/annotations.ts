import { ConfigError } from "../errors/hearthwire-error.js";
import { CALL_OPTION_LIMITS as LIMITS } from "../wire/options-shape.js";
import type { Annotations } from "./call-handler.js";

export const NO_ANNOTATIONS: Annotations = Object.freeze({});

/**
 * The JSON text of annotations: at most 16 strings, 4096 characters in all, names included.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function annotationsText(annotations: Annotations): string {
  const names = Object.keys(annotations);
  if (names.length > LIMITS.annotations) {
    refuse(`"annotations" must be at most ${LIMITS.annotations} strings, got ${names.length}`);
  }
  let length = 0;
  for (const name of names) {
    const value: unknown = annotations[name];
    if (typeof value !== "string") refuse(`"annotations" must hold strings, got ${typeof value} for "${name}"`);
    else length += name.length + value.length;
  }
  if (length > LIMITS.annotationsLength) {
    const most = LIMITS.annotationsLength;
    refuse(`"annotations" must be at most ${most} characters in all, got ${length}; send larger values as arguments`);
  }
  return JSON.stringify(annotations);
}

/** @throws ConfigError `HW_OPTION_INVALID` when it is longer than 128 characters */
export function correlationIdText(correlationId: string): string {
  return boundedText(correlationId, { option: "correlationId", maxLength: LIMITS.correlationId });
}

/** @throws ConfigError `HW_OPTION_INVALID` when it is longer than 64 characters */
export function traceparentText(traceparent: string): string {
  return boundedText(traceparent, { option: "traceparent", maxLength: LIMITS.traceparent });
}

function boundedText(text: string, { option, maxLength }: { option: string; maxLength: number }): string {
  if (text.length > maxLength) refuse(`"${option}" must be at most ${maxLength} characters, got ${text.length}`);
  return JSON.stringify(text);
}

function refuse(message: string): never {
  throw new ConfigError("HW_OPTION_INVALID", message);
}
