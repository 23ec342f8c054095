import { expect, it } from "vitest";
import { FailedProofs, MAX_FAILED_PROOFS, PROOF_DELAY_MS } from "../../src/daemon/failed-proofs.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

function failing(proofs: FailedProofs, network: string, count: number): void {
  for (let i = 0; i < count; i++) proofs.note(network);
}

it("S16: delays a network from its twentieth failed proof on, and no other", () => {
  const proofs = new FailedProofs(fakeClock());
  failing(proofs, "192.0.2.1", MAX_FAILED_PROOFS - 1);
  expect(proofs.delayMs("192.0.2.1")).toBe(0);
  proofs.note("192.0.2.1");
  expect([proofs.delayMs("192.0.2.1"), proofs.delayMs("192.0.2.2")]).toEqual([PROOF_DELAY_MS, 0]);
});

it("S16: forgets after a minute", async () => {
  const clock = fakeClock();
  const proofs = new FailedProofs(clock);
  failing(proofs, "192.0.2.1", MAX_FAILED_PROOFS);
  await clock.advance(59_999);
  expect(proofs.delayMs("192.0.2.1")).toBe(PROOF_DELAY_MS);
  await clock.advance(1);
  expect(proofs.delayMs("192.0.2.1")).toBe(0);
  proofs.note("192.0.2.1");
  expect(proofs.delayMs("192.0.2.1")).toBe(0);
});

it("S16: remembers 1024 networks, and forgets the oldest for one more", () => {
  const proofs = new FailedProofs(fakeClock());
  failing(proofs, "first", MAX_FAILED_PROOFS);
  for (let i = 1; i < 1024; i++) proofs.note(`network ${i}`);
  expect([proofs.size, proofs.delayMs("first")]).toEqual([1024, PROOF_DELAY_MS]);
  for (let i = 0; i < 10_000; i++) proofs.note(`other ${i}`);
  expect([proofs.size, proofs.delayMs("first")]).toEqual([1024, 0]);
});
