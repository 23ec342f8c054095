import { expose, Key } from "hearthwire";
import { announce, serve } from "hearthwire/node";

/** Serves an object on the address in the first argument, and announces it; the key is in KEY. */
class Names {
  ping(): void {}
}
expose(Names, ["ping"]);

const keys = Key.from(process.env["KEY"]!, { id: "team" });
const daemon = await serve({ names: new Names() }, { host: process.argv[2]!, allowPlaintext: true, keys });
const announcement = await announce(daemon, { name: "office" });
console.log(`Announced ${announcement.address}`);
