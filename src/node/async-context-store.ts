import { AsyncLocalStorage } from "node:async_hooks";
import type { CallContext, ContextStore } from "../objects/call-context.js";
import { useContextStore } from "../objects/call-context.js";

/** Carries the call context through every `await` of the called code. */
export class AsyncContextStore implements ContextStore {
  readonly #storage = new AsyncLocalStorage<CallContext | undefined>();

  run<T>(context: CallContext | undefined, task: () => T): T {
    return this.#storage.run(context, task);
  }

  current(): CallContext | undefined {
    return this.#storage.getStore();
  }
}

let isInstalled = false;

/** Makes `callContext()` work after an `await` too; done when a program first serves or connects, not at import. */
export function installAsyncContext(): void {
  if (isInstalled) return;
  isInstalled = true;
  useContextStore(new AsyncContextStore());
}
