import type { HandshakeSchedule } from "./key-schedule.js";

const schedules = new WeakMap<object, HandshakeSchedule>();

/** Keeps what a client connects with by a key; for the constructor of keys alone. */
export function keepSchedule(key: object, schedule: HandshakeSchedule): void {
  schedules.set(key, schedule);
}

/** Undefined for what is no key. */
export function keptSchedule(key: object): HandshakeSchedule | undefined {
  return schedules.get(key);
}
