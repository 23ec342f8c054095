import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../fuzz/random.js";
import { Sequence } from "./support/handshake-sequence.js";

const SEED = 20_260_102;
const SEQUENCES = 400;
describe("the handshake", () => {
  afterEach(() => void vi.restoreAllMocks());

  it(
    "rows 17 to 19: does in random sequences of legal and illegal steps what its model says",
    { timeout: 60_000 },
    async () => {
      const reached = { open: 0, ran: 0, refused: 0, lateRefusal: 0, clientRefused: 0, timedOut: 0 };
      for (let index = 0; index < SEQUENCES; index++) {
        const sequence = new Sequence(new Random(SEED, index));
        try {
          await sequence.run();
        } catch (error) {
          throw new Error(`sequence ${index}, ${JSON.stringify(sequence.thinks)}: ${sequence.done.join("; ")}`, {
            cause: error,
          });
        } finally {
          vi.restoreAllMocks();
        }
        const { model } = sequence;
        if (model.isOpen) reached.open++;
        if (model.runs > 1) reached.ran++;
        if (model.serverEnd === 4401) reached.refused++;
        if (model.serverEnd === 4400 && model.isOpen) reached.lateRefusal++;
        if (model.clientEnd === "refused") reached.clientRefused++;
        if (sequence.done.length > 0 && model.clientEnd === "any") reached.timedOut++;
      }
      expect(Object.entries(reached).filter(([, count]) => count <= 10)).toEqual([]);
    },
  );
});
