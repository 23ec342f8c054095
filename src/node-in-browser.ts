export * from "./index.js";

// Named as in node.ts, so that a page's bundle links and says what is wrong, instead of "no export named connect".
export const announce: never = refuse();
export const discoverNames: never = refuse();
export const config: never = refuse();
export const connect: never = refuse();
export const openConnection: never = refuse();
export const serve: never = refuse();
export const serveNames: never = refuse();
export const NameServer: never = refuse();
export const connectPort: never = refuse();
export const servePort: never = refuse();
export const callLatencies: never = refuse();
export const keyFile: never = refuse();
export const keyFileFromEnvironment: never = refuse();
export const sqliteNames: never = refuse();
export const verifyCertificate: never = refuse();
export const toNodeHandler: never = refuse();

function refuse(): never {
  throw new Error(
    'hearthwire/node runs on Node only: in a page, import connect from "hearthwire/browser" and give it { ticket: fetchTicket(url) }',
  );
}
