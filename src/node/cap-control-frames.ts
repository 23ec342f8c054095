/** The part of a WebSocket of `ws` that tells of control frames. */
export interface ControlledSocket {
  on(event: "ping" | "pong", listener: () => void): unknown;
  off(event: "ping" | "pong", listener: () => void): unknown;
  emit(event: "error", error: Error): unknown;
  terminate(): void;
}

/** Pings and pongs that a peer may send in one window. Ours sends none: its pings are signed messages. */
const MAX_CONTROL_FRAMES = 64;
const WINDOW_MS = 10_000;

/**
 * Ends a WebSocket that brings more than 64 pings and pongs in 10 s. `ws` answers each ping and hands over each pong,
 * which costs the daemon more than the peer (RFC 6455 section 5.5.2 asks for an answer, not for patience); proxies that
 * keep a line alive with them send one every few seconds.
 */
export function capControlFrames(webSocket: ControlledSocket): void {
  let count = 0;
  let sinceMs = 0;
  const counted = (): void => {
    if (count++ === 0) sinceMs = performance.now();
    if (count <= MAX_CONTROL_FRAMES) return;
    if (performance.now() - sinceMs > WINDOW_MS) {
      count = 0;
      return;
    }
    for (const event of ["ping", "pong"] as const) webSocket.off(event, counted);
    // As `ws` tells what it refuses itself; whoever has the WebSocket listens.
    const what = `more than ${MAX_CONTROL_FRAMES} WebSocket control frames in ${WINDOW_MS / 1000} s`;
    webSocket.emit("error", new Error(`the peer sent ${what}`));
    webSocket.terminate();
  };
  for (const event of ["ping", "pong"] as const) webSocket.on(event, counted);
}
