/** The part of a WebSocket of `ws` that tells of control frames. */
export interface ControlledSocket {
  on(event: "ping" | "pong", listener: (this: ControlledSocket) => void): unknown;
  off(event: "ping" | "pong", listener: (this: ControlledSocket) => void): unknown;
  emit(event: "error", error: Error): unknown;
  terminate(): void;
}

/** Pings and pongs that a peer may send in one window. Ours sends none: its pings are signed messages. */
const MAX_CONTROL_FRAMES = 64;
const WINDOW_MS = 10_000;

/** What each has brought since when; those that bring none cost nothing. */
const brought = new WeakMap<ControlledSocket, { count: number; sinceMs: number }>();

/**
 * Ends a WebSocket that brings more than 64 pings and pongs in 10 s. `ws` answers each ping and hands over each pong,
 * which costs the daemon more than the peer (RFC 6455 section 5.5.2 asks for an answer, not for patience); proxies that
 * keep a line alive with them send one every few seconds.
 */
export function capControlFrames(webSocket: ControlledSocket): void {
  for (const event of ["ping", "pong"] as const) webSocket.on(event, counted);
}

function counted(this: ControlledSocket): void {
  const nowMs = performance.now();
  const recent = brought.get(this);
  if (recent === undefined || (recent.count >= MAX_CONTROL_FRAMES && nowMs - recent.sinceMs > WINDOW_MS)) {
    brought.set(this, { count: 1, sinceMs: nowMs });
    return;
  }
  if (++recent.count <= MAX_CONTROL_FRAMES) return;
  for (const event of ["ping", "pong"] as const) this.off(event, counted);
  // As `ws` tells what it refuses itself; whoever has the WebSocket listens.
  const what = `more than ${MAX_CONTROL_FRAMES} WebSocket control frames in ${WINDOW_MS / 1000} s`;
  this.emit("error", new Error(`the peer sent ${what}`));
  this.terminate();
}
