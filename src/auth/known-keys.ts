import { keptSchedule } from "./kept-schedules.js";
import type { Key } from "./key.js";
import type { HandshakeSchedule } from "./key-schedule.js";

/** Whether a value is a key; whoever asks need not have what makes keys. */
export function isKey(value: unknown): value is Key {
  return typeof value === "object" && value !== null && keptSchedule(value) !== undefined;
}

/** The schedule that a client connects with, also of a key that only the host can read. */
export function clientScheduleOf(key: Key): HandshakeSchedule {
  return keptSchedule(key)!;
}
