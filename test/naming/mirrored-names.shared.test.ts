import { expect, it } from "vitest";
import { CompiledFilter } from "../../src/naming/compiled-filter.js";
import { MirroredNames } from "../../src/naming/mirrored-names.js";
import type { NameChange } from "../../src/naming/registration.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

const backlog = { take: () => undefined, give: () => undefined };

/** A name server that lists ever new names, and says more of each than there is to say. */
async function* flood(state: { count: number }): AsyncGenerator<NameChange, void> {
  for (;;) {
    state.count += 1;
    const facts = { name: `n${state.count}`, tags: [], owner: "key:evil", load: 0, leaseEndsAt: undefined };
    const registration = { ...facts, address: "ws://127.0.0.1:1/cart", pad: "x" };
    yield { kind: "added", registration };
    if (state.count === 2) yield { kind: "listed" };
  }
}

it("takes so many registrations of a name server and no more, and of each what is known alone", async () => {
  const state = { count: 0 };
  let isOver = false;
  const mirror = new MirroredNames(flood(state), fakeClock(), () => (isOver = true));
  const changes = mirror.watch(new CompiledFilter(), { signal: undefined, backlog });
  const { value } = await changes.next();
  expect(value).toMatchObject({ kind: "added", registration: { owner: "key:evil" } });
  expect(value).not.toHaveProperty("registration.pad");
  while ((await changes.next()).done !== true);
  expect(isOver).toBe(true);
  expect(state.count).toBe(200_001);
});
