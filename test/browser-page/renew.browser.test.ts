import { type Connection, fetchTicket, openConnection } from "hearthwire/browser";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { PageObjects } from "./support/page-objects.js";
import { reachDaemon } from "./support/reach-daemon.js";

let connection: Connection<PageObjects>;

beforeEach(async () => {
  const { url } = await reachDaemon();
  const ticket = fetchTicket(`${inject("pageDaemon")}/ticket?lifetimeMs=1000`);
  connection = openConnection<PageObjects>(url, { ticket, isolated: true });
});
afterEach(() => connection.close());

describe("a page whose tickets are short", () => {
  it("goes on with its session, calls and streams from one ticket to the next", async () => {
    const states: string[] = [];
    connection.on("state", ({ status }) => states.push(status));
    const daemon = connection.object("daemon");
    const probe = connection.object("probe");
    await connection.ready;
    const { state } = connection;
    const numbers = connection.object("workshop").countTo(1_000)[Symbol.asyncIterator]();
    const seen: number[] = [];
    let touches = 0;
    const before = await daemon.renewals();
    // The probe is the session's own: with another session it would begin anew.
    while ((await daemon.renewals()) < before + 3) {
      const next = await numbers.next();
      if (next.done !== true) seen.push(next.value);
      expect(await probe.touch()).toBe((touches += 1));
    }
    for (let next = await numbers.next(); next.done !== true; next = await numbers.next()) seen.push(next.value);
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    expect(connection.state).toBe(state);
    expect(states).toEqual(["connected"]);
  });

  it("renews when it is asked to", async () => {
    const daemon = connection.object("daemon");
    await connection.ready;
    const before = await daemon.renewals();
    await connection.renew();
    expect(await daemon.renewals()).toBeGreaterThan(before);
  });
});
