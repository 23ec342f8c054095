import { Key } from "hearthwire";
import { connect, discoverNames } from "hearthwire/node";

/** Looks for a name server until the first is found, under the key in KEY, and calls it. */
const key = Key.from(process.env["KEY"]!, { id: "team" });
for await (const { name, address } of discoverNames({ key, timeoutMs: 2_000 })) {
  using names = await connect<{ ping(): void }>(address, { key, allowPlaintext: true, lingerMs: 0 });
  await names.ping();
  console.log(`Found ${name} at ${address}`);
  break;
}
console.log("Done");
