import { TicketDenyList } from "../auth/ticket-deny-list.js";
import {
  isBoolean,
  isFunction,
  isFunctions,
  isListOf,
  isLogger,
  isObject,
  type OptionRule,
} from "../client/option-rules.js";
import type { CoreOptions } from "./options.js";

/** The options of a daemon that a program gives, wherever it listens. */
export type GivenOptions = Omit<CoreOptions, "keys" | "clock" | "scheduleFlush">;

/** Types alone; what the values must be is checked where they are read. */
export const CORE_RULES: Readonly<Record<keyof GivenOptions, OptionRule>> = {
  deniedTickets: (value) =>
    value instanceof TicketDenyList ? undefined : "a TicketDenyList of the same copy of this package",
  onHandshake: isFunction,
  authorize: isFunction,
  audit: isFunction,
  exposeStacks: isBoolean,
  traceReferences: isBoolean,
  listObjects: isBoolean,
  limits: (value) => (isObject(value) ? undefined : "an object of limits"),
  sessions: (value) => (isObject(value) ? undefined : "an object of times"),
  serializers: isListOf("serializers"),
  types: isListOf("what valueType() gives"),
  logger: isLogger,
  interceptors: isFunctions,
};
