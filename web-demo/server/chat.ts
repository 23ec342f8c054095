import { expose, type Remote, release } from "hearthwire";

export interface ChatEvent {
  readonly kind: "said" | "joined" | "left";
  readonly name: string;
  readonly text: string;
  readonly at: Date;
}
export type ChatListener = (event: ChatEvent) => void;

const MAX_TEXT_LENGTH = 500;
const MAX_NAME_LENGTH = 30;

/** One room that every open page shares. */
export class ChatRoom {
  readonly #seats = new Set<ChatSeat>();

  get names(): string[] {
    return [...this.#seats].map((seat) => seat.name).sort((a, b) => a.localeCompare(b));
  }

  enter(seat: ChatSeat): void {
    this.#seats.add(seat);
    this.tell("joined", seat.name, "");
  }

  leave(seat: ChatSeat): void {
    if (this.#seats.delete(seat)) this.tell("left", seat.name, "");
  }

  tell(kind: ChatEvent["kind"], name: string, text: string): void {
    for (const seat of this.#seats) seat.hear({ kind, name, text, at: new Date() });
  }
}

/** One page's place in the room. The daemon makes one per session, and disposes it when the page has gone. */
export class ChatSeat {
  readonly #room: ChatRoom;
  #name: string | undefined;
  #listener: Remote<ChatListener> | undefined;

  constructor(room: ChatRoom) {
    this.#room = room;
  }

  get name(): string {
    return this.#name ?? "";
  }

  /** Takes a seat; from then on the page's listener is called with whatever happens. Returns who is there. */
  join(name: string, listener: Remote<ChatListener>): string[] {
    if (this.#name !== undefined) throw new Error("this page has joined already");
    // Types end at the wire: whoever calls by hand sends what he likes.
    if (typeof listener !== "function") throw new TypeError("a listener is needed to join");
    const wanted = trimmed(name, MAX_NAME_LENGTH);
    if (wanted === "") throw new Error("a name is needed to join");
    if (this.#room.names.includes(wanted)) throw new Error(`${wanted} is here already; choose another name`);
    this.#name = wanted;
    this.#listener = listener;
    this.#room.enter(this);
    return this.#room.names;
  }

  say(text: string): void {
    if (this.#name === undefined) throw new Error("join first");
    const said = trimmed(text, MAX_TEXT_LENGTH);
    if (said !== "") this.#room.tell("said", this.#name, said);
  }

  leave(): void {
    if (this.#listener === undefined) return;
    this.#room.leave(this);
    release(this.#listener);
    this.#listener = undefined;
    this.#name = undefined;
  }

  hear(event: ChatEvent): void {
    // Not awaited: a slow page must not hold the others up; a page that is gone is disposed by its session's end.
    void this.#listener?.(event);
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}
expose(ChatSeat, ["join", "say", "leave"]);

function trimmed(text: unknown, maxLength: number): string {
  return typeof text === "string" ? text.trim().slice(0, maxLength) : "";
}
