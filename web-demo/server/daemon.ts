import path from "node:path";
import { instancesOf, type Served } from "hearthwire";
import type { ServeOptions } from "hearthwire/node";
import { ChatRoom, ChatSeat } from "./chat.js";
import { Folder } from "./folder.js";
import { Machine } from "./machine.js";

const room = new ChatRoom();

/** The folder whose files the page may see: `HEARTHWIRE_DEMO_FOLDER`, or the one that the demo was started in. */
const shared = process.env["HEARTHWIRE_DEMO_FOLDER"] ?? process.cwd();

/** What the page can reach; the Vite plugin serves it. */
export const objects = {
  machine: new Machine(),
  folder: new Folder(path.resolve(shared)),
  chat: instancesOf(ChatSeat, { mode: "session", create: () => new ChatSeat(room) }),
};

/** Short, so that one can wait for its end: a page has so long to come back. */
export const options: ServeOptions = { sessions: { windowMs: 15_000 } };

export type App = Served<typeof objects>;
