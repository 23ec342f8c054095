import type { WebSocket } from "ws";

/** Pings and pongs that a peer may send in one window. Ours sends none: its pings are signed messages. */
const MAX_CONTROL_FRAMES = 64;
const WINDOW_MS = 10_000;

/**
 * Ends a WebSocket that brings more than 64 pings and pongs in 10 s. `ws` answers each ping and hands over each pong,
 * which costs the daemon more than the peer (RFC 6455 section 5.5.2 asks for an answer, not for patience); proxies that
 * keep a line alive with them send one every few seconds.
 */
export function capControlFrames(webSocket: WebSocket): void {
  let count = 0;
  let sinceMs = 0;
  const counted = (): void => {
    if (count++ === 0) sinceMs = performance.now();
    if (count <= MAX_CONTROL_FRAMES) return;
    if (performance.now() - sinceMs > WINDOW_MS) {
      count = 0;
      return;
    }
    webSocket.off("ping", counted).off("pong", counted);
    // As `ws` tells what it refuses itself; whoever has the WebSocket listens.
    const what = `more than ${MAX_CONTROL_FRAMES} WebSocket control frames in ${WINDOW_MS / 1000} s`;
    webSocket.emit("error", new Error(`the peer sent ${what}`));
    webSocket.terminate();
  };
  webSocket.on("ping", counted).on("pong", counted);
}
