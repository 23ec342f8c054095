import { instancesOf, type Served } from "hearthwire";
import { Cart, Stock } from "./cart.js";
import { ChatHouse, ChatSeat } from "./chat.js";
import { Directory } from "./directory.js";
import { Uploads } from "./uploads.js";

/** Some small programs, each made of objects that a daemon serves. */
export function apps() {
  const house = new ChatHouse();
  const stock = new Stock();
  return {
    chat: instancesOf(ChatSeat, { mode: "session", create: () => new ChatSeat(house) }),
    stock,
    cart: instancesOf(Cart, { mode: "session", create: () => new Cart(stock) }),
    uploads: new Uploads(),
    directory: new Directory(),
  };
}

export type Apps = Served<ReturnType<typeof apps>>;
