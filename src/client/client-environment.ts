import type { Credential } from "../auth/client-handshake.js";
import type { LateHmac } from "../auth/mac.js";
import type { Clock } from "../session/clock.js";
import type { FlushScheduler } from "../session/flush-scheduler.js";
import type { Transport } from "../transport/transport.js";
import type { LineLifecycle } from "./line-lifecycle.js";
import type { LineSecurity } from "./line-security.js";
import type { OptionRule } from "./option-rules.js";

/** What connecting takes from the host. */
export interface ClientEnvironment {
  /** Dials a daemon's URL; frames above `maxFrameBytes` need not be taken. */
  dial(url: string, options: { readonly maxFrameBytes: number }): Transport;
  /** Credentials of this user for a daemon, when the program gave none; undefined when there are none for it. */
  credentials?(daemonUrl: string): Promise<Credential | undefined>;
  /** What relative addresses start from: the page's address. Read at each use. */
  readonly baseUrl?: string | undefined;
  /** Lines stay on this machine whatever the URL says, as those through memory and over ports do. @default false */
  readonly isLocal?: boolean | undefined;
  /** Lines can't be made again, as those over ports: what they end with is the end of their connections. @default false */
  readonly dialsOnce?: boolean | undefined;
  /** Tells a line what becomes of the page or program; called when a line begins, and the result when it is closed. */
  readonly watchHost?: ((line: LineLifecycle) => () => void) | undefined;
  /** For the pauses between tries, from 0 up to 1. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Rules of options that `connect` has on this host alone. */
  readonly optionRules?: Readonly<Record<string, OptionRule>> | undefined;
  /** Of a host that sees the TLS of its lines. */
  readonly security?: LineSecurity | undefined;
  /** Signs and verifies large frames beside this thread, if the host can. */
  readonly lateHmac?: LateHmac | undefined;
  readonly clock: Clock;
  readonly scheduleFlush: FlushScheduler;
}
