import type { LineLifecycle } from "../client/line-lifecycle.js";

/**
 * Tells a line what its page lives through, until the function that is returned is called: it dials at once when there may
 * be a network again or somebody looks, lets go of its socket when the page may be put aside whole (an open one can keep a
 * page out of the back/forward cache), and says goodbye when the page is gone for good (protocol.md section 5).
 *
 * A worker has no document, other hosts have no such events at all: what is not there is not listened to. Never `unload` or
 * `beforeunload`, which keep pages out of that cache themselves.
 */
export function pageLifecycle(line: LineLifecycle): () => void {
  const listening = new AbortController();
  const listen = (target: EventTarget, listeners: Readonly<Record<string, (event: Event) => void>>): void => {
    for (const [type, listener] of Object.entries(listeners)) {
      target.addEventListener(type, listener, { signal: listening.signal });
    }
  };
  const wake = (): void => line.wake();
  const sleep = (): void => line.sleep();

  if (typeof globalThis.addEventListener === "function") {
    listen(globalThis, {
      online: wake,
      pagehide: (event) => (isPersisted(event) ? line.sleep() : line.leave()),
      // Every page shows itself once when it has loaded, when its lines need no waking.
      pageshow: (event) => {
        if (isPersisted(event)) line.wake();
      },
    });
  }
  const { document } = globalThis;
  if (document !== undefined) {
    listen(document, {
      visibilitychange: () => {
        if (document.visibilityState === "visible") line.wake();
      },
      freeze: sleep,
      resume: wake,
    });
  }
  return () => listening.abort();
}

/** The page goes into the back/forward cache, or comes out of it. */
function isPersisted(event: Event): boolean {
  return "persisted" in event && event.persisted === true;
}
