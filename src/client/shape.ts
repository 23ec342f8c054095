import { isForbiddenName } from "../objects/forbidden-name.js";
import type { MemberShape } from "../wire/message.js";

/** The members of a remote object by name. */
export type Shape = ReadonlyMap<string, MemberShape>;

/** Objects of one class share one list per session, so each list becomes a map once. */
const shapes = new WeakMap<readonly MemberShape[], Shape>();

/** The members that a peer announced, without those that no peer may expose. */
export function shapeOf(members: readonly MemberShape[]): Shape {
  let shape = shapes.get(members);
  if (shape === undefined) {
    shape = new Map(members.filter(([name]) => !isForbiddenName(name)).map((member) => [member[0], member]));
    shapes.set(members, shape);
  }
  return shape;
}
