import path from "node:path";
import { instancesOf, type Served } from "hearthwire";
import type { NamesForClients, ServeOptions } from "hearthwire/node";
import { ByName } from "./by-name.js";
import { ChatRoom, ChatSeat } from "./chat.js";
import { Folder } from "./folder.js";
import { Machine } from "./machine.js";

const room = new ChatRoom();

/** The folder whose files the page may see: `HEARTHWIRE_DEMO_FOLDER`, or the one that the demo was started in. */
const shared = process.env["HEARTHWIRE_DEMO_FOLDER"] ?? process.cwd();

/** The name server's address: `HEARTHWIRE_DEMO_NAMES`, or where every program of this machine looks. */
const nameServer = process.env["HEARTHWIRE_DEMO_NAMES"];

/** What the page can reach; the Vite plugin serves it. */
export const objects = {
  machine: new Machine(),
  folder: new Folder(path.resolve(shared)),
  chat: instancesOf(ChatSeat, { mode: "session", create: () => new ChatSeat(room) }),
  byName: new ByName(nameServer),
};

export const options: ServeOptions = {
  // Short, so that one can wait for its end: a page has so long to come back.
  sessions: { windowMs: 15_000 },
  // With a name server on this machine the page can ask it, and others find the demo: hearthwire:demo.machine.
  names: { server: nameServer, prefix: "demo.", replica: true },
};

/** `hearthwire.names` is the daemon's own, of its option `names`. */
export type App = Served<typeof objects> & { readonly "hearthwire.names": NamesForClients };
