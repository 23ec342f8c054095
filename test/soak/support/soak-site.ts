import { fileURLToPath } from "node:url";
import { Key } from "../../../src/auth/key.js";
import { ChaosProxy } from "../../support/chaos-proxy.js";
import type { ChaosOptions } from "../../support/chaos/chaos-faults.js";
import { ChildProgram, type Orders } from "../../support/child-program.js";
import type { ClientOrders } from "./client-orders.js";
import type { DaemonOrders } from "./daemon-orders.js";

const program = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));

type ServeOrder = Parameters<DaemonOrders["serve"]>[0];

export interface SoakSiteOptions {
  readonly chaos?: Omit<ChaosOptions, "target"> | undefined;
  readonly limits?: ServeOrder["options"]["limits"];
  readonly sessions?: ServeOrder["options"]["sessions"];
  readonly startedFile?: string | undefined;
}

/** A daemon and its clients in processes of their own, and a proxy between them in this one. */
export class SoakSite implements AsyncDisposable {
  readonly key = Key.generate({ id: "soak" }).export();
  readonly #options: SoakSiteOptions;
  readonly #children: AsyncDisposable[] = [];
  readonly proxy: ChaosProxy;
  /** The daemon that is there now. */
  daemon!: ChildProgram<DaemonOrders>;

  private constructor(proxy: ChaosProxy, options: SoakSiteOptions) {
    this.proxy = proxy;
    this.#options = options;
  }

  static async start(options: SoakSiteOptions = {}): Promise<SoakSite> {
    const site = new SoakSite(await ChaosProxy.start({ ...options.chaos, target: 0 }), options);
    try {
      await site.startDaemon();
      return site;
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What clients dial. */
  get url(): string {
    return `ws://127.0.0.1:${this.proxy.port}/`;
  }

  /** Starts a daemon, behind the same address as any before it. */
  async startDaemon(): Promise<void> {
    this.daemon = this.#kept(new ChildProgram<DaemonOrders>(program("daemon-program")));
    const { limits, sessions, startedFile } = this.#options;
    this.proxy.target = await this.daemon.ask("serve", {
      key: this.key,
      options: { limits, sessions, publicUrl: this.url },
      startedFile,
    });
  }

  startClients(): ChildProgram<ClientOrders> {
    return this.#kept(new ChildProgram<ClientOrders>(program("client-program")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => child[Symbol.asyncDispose]()));
    await this.proxy[Symbol.asyncDispose]();
  }

  #kept<O extends Orders<O>>(child: ChildProgram<O>): ChildProgram<O> {
    this.#children.push(child);
    return child;
  }
}
