import { Key } from "../../../src/auth/key.js";
import type { Refusal } from "../../../src/daemon/daemon-events.js";
import type { Daemon } from "../../../src/node/served-daemon.js";
import { serve } from "../../../src/node/serve.js";
import type { ServeOptions } from "../../../src/node/serve-options.js";
import { callContext } from "../../../src/objects/call-context.js";
import { expose } from "../../../src/objects/expose.js";

/** What the daemons of these tests serve. */
export class Desk {
  calls = 0;

  whoCalls() {
    this.calls++;
    const { principal, peerCertificate } = callContext();
    return { principal: principal.id, certificate: peerCertificate?.subject };
  }
}

expose(Desk, ["whoCalls"]);

/** A daemon with a desk, and everybody whom it turns away. */
export class ServedDesk implements AsyncDisposable {
  /** Of the daemon and its clients. */
  readonly key = Key.generate({ id: "office" });
  readonly desk = new Desk();
  readonly refused: Refusal[] = [];
  daemon!: Daemon<{ desk: Desk }>;
  #waiting: (() => void) | undefined;

  static async serve(options: ServeOptions): Promise<ServedDesk> {
    const served = new ServedDesk();
    served.daemon = await serve({ desk: served.desk }, { keys: served.key, ...options });
    served.daemon.on("refused", (refusal) => {
      served.refused.push(refusal);
      served.#waiting?.();
    });
    return served;
  }

  get port(): number {
    return Number(new URL(this.daemon.url()).port);
  }

  /** The first refusal that nobody has asked for yet. */
  async refusal(): Promise<Refusal> {
    while (this.refused.length === 0) await new Promise<void>((resolve) => (this.#waiting = resolve));
    return this.refused.shift() as Refusal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.close({ graceMs: 0 });
  }
}
