import { serve } from "../../../src/node/serve.js";
import type { ServeOptions } from "../../../src/node/serve-options.js";
import type { Daemon } from "../../../src/node/served-daemon.js";
import { callContext } from "../../../src/objects/call-context.js";
import { expose } from "../../../src/objects/expose.js";

/** What daemons of tests serve that are about who calls, and over what. */
export class Desk {
  calls = 0;

  whoami(): string {
    this.calls += 1;
    return callContext().principal.id;
  }

  ask(listener: () => unknown): unknown {
    return listener();
  }

  drawer(): Drawer {
    return new Drawer();
  }

  open(drawer: Drawer): string {
    return drawer.label();
  }
}

class Drawer {
  label(): string {
    return "pens";
  }
}
expose(Desk, ["whoami", "ask", "drawer", "open"]);
expose(Drawer, ["label"]);

/** Objects by id, as clients see them. */
export type DeskApp = { desk: Desk };

/** A daemon with a desk, and why it turned peers away. */
export interface DeskDaemon extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly desk: Desk;
  readonly refusals: readonly string[];
  url(): string;
}

export async function serveDesk(options: ServeOptions): Promise<DeskDaemon> {
  const desk = new Desk();
  const daemon = await serve({ desk }, options);
  const refusals: string[] = [];
  daemon.on("refused", ({ reason }) => refusals.push(reason));
  return {
    daemon,
    desk,
    refusals,
    url: () => daemon.url(),
    [Symbol.asyncDispose]: () => daemon.close({ graceMs: 0 }),
  };
}
