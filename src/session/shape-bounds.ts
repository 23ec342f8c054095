import type { MemberShape } from "../wire/message.js";

/** What the shapes that one side tells in a session, all kept until its end, may be: the other side takes no more. */
export const SHAPE_BOUNDS = Object.freeze({
  shapes: 4096,
  /** Members of one shape; a class with more is a mistake or an attack. */
  members: 1024,
  /** All of them together: some 100 000 members with usual names. */
  units: 4 * 1024 * 1024,
});

/** What a member takes besides its name. */
const MEMBER_UNITS = 32;

/** What a shape takes of the units that all have together. */
export function shapeUnits(members: readonly MemberShape[]): number {
  let units = 0;
  for (const [name] of members) units += MEMBER_UNITS + name.length;
  return units;
}
