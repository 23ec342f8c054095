// The soak's daemon, in a process of its own: see daemon-orders.ts.
import { openSync } from "node:fs";
import { Key } from "../../../src/auth/key.js";
import { serve } from "../../../src/node/serve.js";
import type { Daemon } from "../../../src/node/served-daemon.js";
import { obey } from "../../support/obey.js";
import type { DaemonOrders } from "./daemon-orders.js";
import { processFacts } from "./process-facts.js";
import { Works } from "./works.js";

const works = new Works();
let daemon: Daemon | undefined;

type Order<Name extends keyof DaemonOrders> = Parameters<DaemonOrders[Name]>[0];

obey<DaemonOrders>({
  async serve({ key, options, startedFile }: Order<"serve">) {
    if (startedFile !== undefined) works.startedFile = openSync(startedFile, "a");
    daemon = await serve({ works }, { ...options, keys: Key.from(key, { id: "soak" }) });
    const { address } = daemon;
    if (!("port" in address) || address.port === undefined) throw new Error("the daemon listens on no port");
    return address.port;
  },
  facts: async () => ({
    ...(await processFacts()),
    sessions: daemon?.sessions.size ?? 0,
    openRounds: works.openRounds,
  }),
  faults: (totals: Order<"faults">) => works.faults(totals),
});
