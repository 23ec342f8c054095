import { parentPort } from "node:worker_threads";
import { expose } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { callMany } from "../common.mjs";

expose(
  {
    add: (/** @type {number} */ a, /** @type {number} */ b) => a + b,
    echo: (/** @type {unknown} */ value) => value,
    callBack: (/** @type {number} */ count, /** @type {(index: number) => Promise<unknown>} */ callback) =>
      callMany(count, callback),
  },
  nodeEndpoint(parentPort),
);
