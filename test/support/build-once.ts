import { build } from "./build.mjs";

/** Global setup of the tests that look at the package as users get it. */
export function setup(): void {
  build();
}
