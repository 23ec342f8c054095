// What `#socket` is in a page.
export const WebSocket = globalThis.WebSocket;
