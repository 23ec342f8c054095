import type { PayloadSerializer } from "./payload.js";

/**
 * The serializer of a session: the first of the client's list that this side accepts; undefined when there is none. A
 * client calls it with the one id of WELCOME.
 * @param offered ids in the client's order of preference.
 */
export function chooseSerializer(
  offered: readonly number[],
  accepted: readonly PayloadSerializer[],
): PayloadSerializer | undefined {
  for (const id of offered) {
    const serializer = accepted.find((one) => one.id === id);
    if (serializer !== undefined) return serializer;
  }
  return undefined;
}
