import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/** Whether this system lets the tests make networks: Linux, `ip` of iproute2, and the rights to use it. */
export const hasNetworks = ((): boolean => {
  if (process.platform !== "linux") return false;
  const name = `hw-${randomBytes(4).toString("hex")}`;
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return false;
  ip(["netns", "del", name]);
  return true;
})();

/** Says why tests were left out, at the end of their titles. */
export const WITHOUT_NETWORKS = hasNetworks
  ? ""
  : " (skipped: this system lets the tests make no network namespaces; run them on Linux as root with iproute2)";

/** One of the two. */
export interface Machine {
  readonly address: string;
  /** The command that starts a program there, for `RunningProgram`. */
  readonly within: readonly string[];
}

/** Two network namespaces on one cable, each with an address of its own and nothing else on the network. */
export class TwoMachines implements Disposable {
  readonly server: Machine;
  readonly client: Machine;
  readonly #names: readonly string[];

  constructor() {
    const id = randomBytes(4).toString("hex");
    const [here, there] = [`hw-${id}-a`, `hw-${id}-b`] as const;
    const [cableHere, cableThere] = [`v${id}a`, `v${id}b`] as const;
    this.#names = [here, there];
    this.server = { address: "192.168.1.5", within: ["ip", "netns", "exec", here] };
    this.client = { address: "192.168.1.6", within: ["ip", "netns", "exec", there] };
    try {
      ip(["netns", "add", here]);
      ip(["netns", "add", there]);
      ip(["-n", here, "link", "add", cableHere, "type", "veth", "peer", "name", cableThere, "netns", there]);
      plug(here, { cable: cableHere, address: this.server.address });
      plug(there, { cable: cableThere, address: this.client.address });
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Takes the networks away, when no program runs on them any more. */
  [Symbol.dispose](): void {
    for (const name of this.#names) spawnSync("ip", ["netns", "del", name]);
  }
}

function plug(namespace: string, { cable, address }: { readonly cable: string; readonly address: string }): void {
  ip(["-n", namespace, "address", "add", `${address}/24`, "dev", cable]);
  for (const device of ["lo", cable]) ip(["-n", namespace, "link", "set", device, "up"]);
}

function ip(args: readonly string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
}
