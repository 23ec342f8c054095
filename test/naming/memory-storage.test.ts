import { describe } from "vitest";
import { MemoryStorage } from "../../src/naming/memory-storage.js";
import { keepsTheStorageContract } from "./support/storage-contract.js";

describe("the storage contract", () => {
  keepsTheStorageContract(() => {
    const storage = new MemoryStorage();
    return Promise.resolve({ open: () => storage, [Symbol.asyncDispose]: () => Promise.resolve() });
  });
});
