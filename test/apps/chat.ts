import { expose, release, type Remote } from "hearthwire";

/** What happens in a room: somebody comes, goes or says something. */
export interface ChatEvent {
  readonly kind: "joined" | "left" | "said";
  readonly name: string;
  readonly text?: string;
}
export type ChatListener = (event: ChatEvent) => void;

/** A room, and who is in it. */
class ChatRoom {
  readonly #listeners = new Map<string, Remote<ChatListener>>();

  get present(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  enter(name: string, listener: Remote<ChatListener>): void {
    if (this.#listeners.has(name)) {
      throw Object.assign(new RangeError(`the name ${name} is taken`), { code: "E_NAME_TAKEN" });
    }
    this.#listeners.set(name, listener);
    this.tell({ kind: "joined", name });
  }

  leave(name: string): void {
    const listener = this.#listeners.get(name);
    if (listener === undefined) return;
    this.#listeners.delete(name);
    release(listener);
    this.tell({ kind: "left", name });
  }

  /** Nobody is awaited: a slow listener holds nobody up, and a failing one harms nobody. */
  tell(event: ChatEvent): void {
    for (const listener of this.#listeners.values()) listener(event).catch(() => undefined);
  }
}

/** All rooms of a daemon. */
export class ChatHouse {
  readonly #rooms = new Map<string, ChatRoom>();

  room(name: string): ChatRoom {
    const room = this.#rooms.get(name) ?? new ChatRoom();
    this.#rooms.set(name, room);
    return room;
  }
}

/** One client's place in one room; given up when the client has gone. */
export class ChatSeat {
  readonly #house: ChatHouse;
  #place: { readonly room: ChatRoom; readonly name: string } | undefined;

  constructor(house: ChatHouse) {
    this.#house = house;
  }

  join(roomName: string, name: string, listener: Remote<ChatListener>): readonly string[] {
    this.leave();
    const room = this.#house.room(roomName);
    room.enter(name, listener);
    this.#place = { room, name };
    return room.present;
  }

  get present(): readonly string[] {
    return this.#place?.room.present ?? [];
  }

  say(text: string): void {
    if (this.#place === undefined) throw new Error("join a room first");
    this.#place.room.tell({ kind: "said", name: this.#place.name, text });
  }

  leave(): void {
    this.#place?.room.leave(this.#place.name);
    this.#place = undefined;
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}
expose(ChatSeat, ["join", "present", "say", "leave"]);
