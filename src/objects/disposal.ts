import { asyncDisposeSymbol, disposeSymbol } from "../session/dispose-symbols.js";

/** Whether `using` or `await using` would take an object. */
export function isDisposable(resource: object): boolean {
  return disposerOf(resource) !== undefined;
}

/** Disposes resources one after another, the last one first. Never rejects: what fails is told, and the others go on. */
export async function disposeAll(resources: readonly object[], failed: (error: Error) => void): Promise<void> {
  for (const resource of [...resources].reverse()) {
    try {
      await disposerOf(resource)?.call(resource);
    } catch (error) {
      failed(asError(error));
    }
  }
}

/** What was thrown as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error("a value that is no Error was thrown", { cause: thrown });
}

type Disposer = (this: object) => unknown;

function disposerOf(resource: object): Disposer | undefined {
  const { [asyncDisposeSymbol]: asyncDispose, [disposeSymbol]: dispose } = resource as Record<symbol, unknown>;
  const disposer = asyncDispose ?? dispose;
  return typeof disposer === "function" ? (disposer as Disposer) : undefined;
}
