import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { messagePackSerializer } from "hearthwire/msgpack";
import {
  type Daemon,
  instancesOf,
  Key,
  KeyRing,
  serve,
  serveNames,
  superjsonSerializer,
  toNodeHandler,
} from "hearthwire/node";
import type { TestProject } from "vitest/node";
import { apps } from "../../apps/apps.js";
import { Probe, Workshop } from "./page-objects.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Where pages ask for a daemon's address (`POST /daemon`) and for tickets (`POST /ticket`). */
    readonly pageDaemon: string;
  }
}

/**
 * Global setup: a daemon on loopback for tests that run in a page. It is started when the first page asks for it, since
 * vitest settles on the pages' own port only after this has run, and a daemon names the origins that it lets in.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const daemons = new Map<string, Promise<Daemon>>();
  // No page reaches it: it has no origins, and another key.
  const key = Key.generate();
  const names = serveNames({ keys: new KeyRing([key]), port: 0 });
  const daemonFor = (origin: string): Promise<Daemon> => {
    let daemon = daemons.get(origin);
    if (daemon === undefined) {
      daemon = names.then((served) => startDaemon(origin, { server: served.url("names"), key }));
      daemons.set(origin, daemon);
    }
    return daemon;
  };
  const front = createServer(
    toNodeHandler(async (request) => {
      const origin = request.headers.get("origin");
      if (origin === null || request.method !== "POST") return new Response(null, { status: 403 });
      const daemon = await daemonFor(origin);
      const { pathname, searchParams } = new URL(request.url);
      const lifetimeMs = Number(searchParams.get("lifetimeMs") ?? 600_000);
      const answer =
        pathname === "/ticket" ? daemon.mintTicket({ subject: "page", lifetimeMs }) : { url: daemon.url() };
      return Response.json(answer, { headers: { "access-control-allow-origin": origin } });
    }),
  ).listen(0, "127.0.0.1");
  await once(front, "listening");
  project.provide("pageDaemon", `http://127.0.0.1:${(front.address() as AddressInfo).port}`);
  return async () => {
    front.closeAllConnections();
    front.close();
    for (const daemon of daemons.values()) await (await daemon).close({ graceMs: 0 });
    await (await names).close({ graceMs: 0 });
  };
}

async function startDaemon(
  origin: string,
  { server, key }: { readonly server: string; readonly key: Key },
): Promise<Daemon> {
  let renewals = 0;
  const daemon: Daemon = await serve(
    {
      ...apps(),
      probe: instancesOf(Probe, { mode: "session" }),
      workshop: instancesOf(Workshop, { mode: "session" }),
      daemon: { sessions: () => daemon.sessions.size, renewals: () => renewals },
    },
    {
      origins: [origin],
      keys: new KeyRing([Key.generate({ use: "mint" })]),
      serializers: [superjsonSerializer(), messagePackSerializer()],
      names: { server, replica: true, prefix: `${new URL(origin).port}/`, connect: { key } },
    },
  );
  daemon.on("renewed", () => (renewals += 1));
  return daemon;
}
