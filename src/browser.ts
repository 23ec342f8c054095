/// <reference lib="esnext.disposable" preserve="true" />

export * from "./index.js";
export { type CryptoKeyOptions, importCryptoKey, keyFromCryptoKey, sealTicket } from "./auth/key-from-crypto-key.js";
export { connect, openConnection } from "./browser/connect.js";
export { fetchTicket, type FetchTicketInit, type TicketSource } from "./browser/fetch-ticket.js";
export { connectPort, servePort, type WorkerScope } from "./browser/ports.js";
export type { ServedPort, ServePortOptions } from "./daemon/serve-port.js";
