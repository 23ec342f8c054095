import { access } from "node:fs/promises";
import { NAMES_OBJECT } from "../naming/name-server-place.js";
import { LOOPBACK_ADDRESS } from "../node/loopback.js";
import { NAMES_PORT } from "../wire/named-address.js";
import { checkPort } from "./check-machine.js";
import type { CommandIo } from "./command-io.js";
import type { Finding } from "./finding.js";
import { keyFilePath } from "./key-file-path.js";
import { type Listener, nameServerAt, namesText } from "./name-server-at.js";

/** Whether a name server of this user runs where it is looked for, or could. */
export async function checkNamesPort(io: CommandIo, port: number = NAMES_PORT): Promise<Finding> {
  const bound = await checkPort(port, "a name server");
  // Asking would make a key file where there is none; one that is unsafe has a finding of its own.
  if (bound.level !== "warn" || !(await isThere(keyFilePath(io)))) return bound;
  const address = `ws://${LOOPBACK_ADDRESS}:${port}/${NAMES_OBJECT}`;
  const listener = await nameServerAt(io, address).catch(() => undefined);
  if (listener === undefined) return { ...bound, remedy: "it can be asked what it is when the key file is in order" };
  return { ...bound, ...judged(listener, address) };
}

function judged(listener: Listener, address: string): Pick<Finding, "level" | "says" | "remedy"> {
  switch (listener.kind) {
    case "names":
      return {
        level: "ok",
        says: `a name server runs at ${address}, with ${namesText(listener.count)}`,
        remedy: undefined,
      };
    case "daemon":
      return {
        level: "warn",
        says: `a daemon that is no name server listens where one is looked for: ${address}`,
        remedy: "serve it on another port, or a name server on another, and say so by HEARTHWIRE_NAMES",
      };
    case "foreign daemon":
      return {
        level: "warn",
        says: `a daemon that does not accept this key listens at ${address}`,
        remedy: "name its key file by --key-file, or another name server by HEARTHWIRE_NAMES",
      };
    case "other":
      return {
        level: "warn",
        says: `another program listens where a name server is looked for: ${address}`,
        remedy: "end it, or serve names on another port, and say so by HEARTHWIRE_NAMES",
      };
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
