import type { Registration } from "../naming/registration.js";
import type { Column } from "./output.js";

/** The columns of registrations. */
export const REGISTRATION_COLUMNS: readonly Column<Registration>[] = [
  { title: "NAME", text: ({ name }) => name },
  { title: "ADDRESS", text: ({ address }) => address },
  { title: "TAGS", text: ({ tags }) => tags.join(",") },
  { title: "OWNER", text: ({ owner }) => owner },
  { title: "LOAD", text: ({ load }) => String(load), align: "right" },
  { title: "UNTIL", text: lifetimeText },
];

/** How long a registration lives, for people. */
export function lifetimeText({ leaseEndsAt, awayUntil }: Registration): string {
  if (awayUntil !== undefined) return awayText(awayUntil);
  return leaseEndsAt === undefined ? "its session ends" : leaseEndsAt.toISOString();
}

/** That a registrant is not there, for people. */
export function awayText(awayUntil: Date): string {
  return `away, until ${awayUntil.toISOString()}`;
}
