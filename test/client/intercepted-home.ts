import { vi } from "vitest";
import type { Remote } from "../../src/client/remote.js";
import type { CoreOptions } from "../../src/daemon/options.js";
import type { InterceptedCall, Interceptor } from "../../src/objects/interceptor.js";
import { Session } from "../../src/session/session.js";
import { type Home, openHome, WAREHOUSE, type Warehouse } from "./home.js";

export interface InterceptedHome {
  readonly home: Home;
  readonly warehouse: Remote<Warehouse>;
  /** The texts of the frames that the client has sent since it was connected. */
  readonly sent: string[];
  /** What all sessions made so far still hold, summed up. */
  readonly held: () => Readonly<Record<string, number>>;
}

/** A connected client in memory, whose calls are intercepted. */
export async function openInterceptedHome({
  client = [],
  server = [],
  daemon,
  isolated = false,
}: {
  client?: readonly Interceptor[];
  server?: readonly Interceptor[];
  daemon?: Omit<CoreOptions, "keys">;
  /** Closing the connection closes the socket at once. */
  isolated?: boolean;
} = {}): Promise<InterceptedHome> {
  const attach = vi.spyOn(Session.prototype, "attach");
  const home = openHome({ daemon: { ...daemon, interceptors: server } });
  const warehouse = await home.connect<Warehouse>(WAREHOUSE, { ...home.options, isolated, interceptors: client });
  const sessions = attach.mock.contexts.map((session) => session as Session);
  attach.mockRestore();
  const [line] = home.lines;
  if (line === undefined) throw new Error("nothing was dialled");
  const sent: string[] = [];
  const send = line.send.bind(line);
  vi.spyOn(line, "send").mockImplementation((frame) => {
    sent.push(new TextDecoder().decode(frame));
    send(frame);
  });
  return {
    home,
    warehouse,
    sent,
    held: () => {
      const sum: Record<string, number> = {};
      for (const { statistics } of sessions) {
        for (const [name, count] of Object.entries(statistics)) sum[name] = (sum[name] ?? 0) + (count as number);
      }
      return sum;
    },
  };
}

/** `client call warehouse.store`. */
export function told({ side, kind, object, member }: InterceptedCall): string {
  return `${side} ${kind} ${object}.${member}`;
}

/** Passes every call on and notes what it saw of it. */
export function logging(log: string[]): Interceptor {
  return async (call, next) => {
    log.push(told(call));
    try {
      const result = await next(call);
      log.push(`${call.member} gave ${String(result)}`);
      return result;
    } catch (error) {
      log.push(`${call.member} threw ${String(error)}`);
      throw error;
    }
  };
}

/** What a promise rejects with. */
export async function failureOf(result: PromiseLike<unknown>): Promise<unknown> {
  try {
    await result;
  } catch (error) {
    return error;
  }
  throw new Error("it succeeded");
}

/** A promise and what settles it. */
export function gate<T = void>(): { readonly passed: Promise<T>; readonly open: (value: T) => void } {
  let open!: (value: T) => void;
  const passed = new Promise<T>((resolve) => (open = resolve));
  return { passed, open };
}
