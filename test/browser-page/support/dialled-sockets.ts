const NativeWebSocket = globalThis.WebSocket;
const urls: string[] = [];

class ObservedWebSocket extends NativeWebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    urls.push(String(url));
  }
}
// Before anything of hearthwire is loaded: what it dials with is taken at import.
globalThis.WebSocket = ObservedWebSocket;

/** How many sockets this page has dialled to an address; import this module before hearthwire. */
export function dialledSockets(url: string): number {
  return urls.filter((dialled) => dialled === url).length;
}
