import { transformSync } from "esbuild";
import { expose } from "../../src/objects/expose.js";
import { oneway } from "../../src/objects/expose-decorator.js";

/**
 * Runs a snippet that has decorators, lowered as an application's compiler does, and gives the class `Decorated` of it.
 * Neither Node 20 nor the test runner can run decorators themselves.
 */
export function decorated(snippet: string, options: { isLegacy?: boolean } = {}): new () => object {
  const { code } = transformSync(`${snippet}\nreturn Decorated;`, {
    loader: "ts",
    target: "es2022",
    tsconfigRaw: { compilerOptions: { experimentalDecorators: options.isLegacy ?? false } },
  });
  const logged = (method: (...args: unknown[]) => unknown) =>
    function (this: unknown, ...args: unknown[]) {
      return method.apply(this, args);
    };
  return new Function("expose", "oneway", "logged", code)(expose, oneway, logged) as new () => object;
}
