/// <reference lib="esnext.disposable" preserve="true" />
import { ConfigError } from "./errors/hearthwire-error.js";

// A bundler for browsers takes this file for "hearthwire/node". It has the same exports, so that the bundle is made and
// the sentence below is what the developer sees, at once and on the page, and not the bundler's list of missing names.
export * from "./index.js";
export const serve: never = refuse();
export const keyFile: never = refuse();
export const toNodeHandler: never = refuse();

function refuse(): never {
  throw new ConfigError(
    "HW_OPTION_INVALID",
    '"hearthwire/node" runs on Node alone, and was loaded in a browser: import from "hearthwire/browser" there',
  );
}
