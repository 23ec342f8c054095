import { InvalidArgumentError } from "commander";
import { isPattern, isPrefix, NAMING_BOUNDS } from "../naming/naming-rules.js";
import { isName, NAME_RULE } from "../wire/named-address.js";
import { parseDuration } from "./time-text.js";

/** The parser of a name. @throws InvalidArgumentError of commander */
export function parseName(text: string): string {
  if (isName(text)) return text;
  throw new InvalidArgumentError(`it must be ${NAME_RULE}.`);
}

/** The parser of what names begin with. @throws InvalidArgumentError of commander */
export function parsePrefix(text: string): string {
  return following(isPrefix(text), text);
}

/** The parser of a pattern of names. @throws InvalidArgumentError of commander */
export function parsePattern(text: string): string {
  return following(isPattern(text), text);
}

/** The parser of how long a registration lasts. @returns milliseconds @throws InvalidArgumentError of commander */
export function parseLease(text: string): number {
  const leaseMs = parseDuration(text);
  const { least, most } = NAMING_BOUNDS.leaseMs;
  if (leaseMs >= least && leaseMs <= most) return leaseMs;
  throw new InvalidArgumentError("it must be 1s..24h.");
}

/** The parser of how long a name is waited for. @returns milliseconds @throws InvalidArgumentError of commander */
export function parseWait(text: string): number {
  const waitMs = parseDuration(text);
  if (waitMs <= NAMING_BOUNDS.waitMs.most) return waitMs;
  throw new InvalidArgumentError("it must be at most 1h.");
}

/** The parser of how busy something is. @throws InvalidArgumentError of commander */
export function parseLoad(text: string): number {
  if (/^\d{1,15}(\.\d{1,9})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("it must be a number, 0 or more.");
}

/** @param must what it must be, when it is something else */
function following(must: string | undefined, text: string): string {
  if (must === undefined) return text;
  throw new InvalidArgumentError(`it must be ${must}.`);
}
