import { dialledSockets } from "./support/dialled-sockets.js";
import {
  connect,
  type Connection,
  type ConnectOptions,
  openConnection,
  release,
  type Remote,
} from "hearthwire/browser";
import {
  createElement,
  type ReactNode,
  StrictMode,
  Suspense,
  use,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import { flushSync } from "react-dom";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PageObjects, Probe } from "./support/page-objects.js";
import { reachDaemon } from "./support/reach-daemon.js";

let url: string;
let options: ConnectOptions;
let place: HTMLElement;
let root: Root;
let isMounted: boolean;

beforeEach(async () => {
  ({ url, options } = await reachDaemon());
  // Its own line: that of the test before still lingers.
  options = { ...options, handshake: crypto.randomUUID() };
  place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
  isMounted = false;
  mounts = 0;
});
afterEach(() => {
  unmount();
  place.remove();
  vi.restoreAllMocks();
});

function render(component: () => ReactNode): void {
  isMounted = true;
  root.render(createElement(StrictMode, null, createElement(component)));
}

function unmount(): void {
  if (isMounted) root.unmount();
  isMounted = false;
}

const shown = (): string | null => place.textContent;

let mounts: number;

/** Connects in an effect, calls once for each mount, and releases in its cleanup. */
function Touched(): ReactNode {
  const [uses, setUses] = useState(0);
  useEffect(() => {
    mounts++;
    const probe = connect<Probe>(`${url}probe`, options);
    void probe.touch().then(setUses, () => {});
    return () => release(probe);
  }, []);
  return `touched ${uses}`;
}

/** A component's connection, closed in its cleanup. */
function useConnection(): Connection<PageObjects> | undefined {
  const [connection, setConnection] = useState<Connection<PageObjects>>();
  useEffect(() => {
    const opened = openConnection<PageObjects>(url, options);
    setConnection(opened);
    return () => void opened.close();
  }, []);
  return connection;
}

describe("under React's StrictMode, which mounts, unmounts and mounts", () => {
  it("a component that connects in an effect and releases in its cleanup dials one socket", async () => {
    const before = dialledSockets(url);
    render(Touched);
    await expect.poll(shown).toMatch(/^touched [12]$/);
    expect({ mounts, sockets: dialledSockets(url) - before }).toEqual({ mounts: 2, sockets: 1 });
  });

  it("a component that goes and comes back at once finds its socket again", async () => {
    const before = dialledSockets(url);
    render(Touched);
    await expect.poll(shown).toMatch(/^touched [12]$/);
    flushSync(() => root.render(null));
    flushSync(() => render(Touched));
    await expect.poll(shown).toMatch(/^touched [34]$/);
    expect({ mounts, sockets: dialledSockets(url) - before }).toEqual({ mounts: 4, sockets: 1 });
  });

  it("the session ends when the component has gone for good", async () => {
    const observer = openConnection<PageObjects>(url, { ...options, isolated: true });
    const daemon = observer.object("daemon");
    await expect.poll(() => daemon.sessions()).toBe(1);
    function Connected(): ReactNode {
      useConnection();
      return null;
    }
    render(Connected);
    await expect.poll(() => daemon.sessions()).toBe(2);
    unmount();
    await expect.poll(() => daemon.sessions(), { timeout: 10_000 }).toBe(1);
    await observer.close();
  });

  it("a component shows the connection's state by useSyncExternalStore, without a warning of React", async () => {
    const warnings = vi.spyOn(console, "error");
    const statuses: string[] = [];
    let opened: Connection<PageObjects> | undefined;
    function Status({ of: connection }: { readonly of: Connection<PageObjects> }): ReactNode {
      const state = useSyncExternalStore(
        (changed) => connection.on("state", changed),
        () => connection.state,
      );
      if (statuses.at(-1) !== state.status) statuses.push(state.status);
      return state.status;
    }
    function Page(): ReactNode {
      opened = useConnection();
      return opened === undefined ? "none" : createElement(Status, { of: opened });
    }
    render(Page);
    await expect.poll(shown).toBe("connected");
    await opened?.close();
    await expect.poll(shown).toBe("closed");
    // The first mount's connection is closed by its cleanup, maybe before it was shown.
    expect(statuses.slice(-3)).toEqual(["connecting", "connected", "closed"]);
    expect(warnings).not.toHaveBeenCalled();
  });

  it("a component reads the promise of a proxy, and of a call, by use()", async () => {
    // React notes status and value on promises that it is given.
    const probe = connect<Probe>(`${url}probe`, options);
    const count = probe.count();
    function Counted(): ReactNode {
      const { count: member } = use(probe);
      return `${typeof member} ${use(count)}`;
    }
    render(() => createElement(Suspense, { fallback: "waiting" }, createElement(Counted)));
    await expect.poll(shown).toMatch(/^function \d+$/);
    release(probe);
  });

  it("a proxy in state is kept, not called, and given to children whole", async () => {
    const warnings = vi.spyOn(console, "error");
    function Uses({ of: probe }: { readonly of: Remote<Probe> }): ReactNode {
      const [uses, setUses] = useState(0);
      useEffect(() => void probe.count().then(setUses), [probe]);
      return `used ${uses}`;
    }
    function Page(): ReactNode {
      const [probe, setProbe] = useState<Remote<Probe>>();
      useEffect(() => {
        const connecting = connect<Probe>(`${url}probe`, options);
        void connecting.then(setProbe, () => {});
        return () => release(connecting);
      }, []);
      return probe === undefined ? "none" : createElement(Uses, { of: probe });
    }
    render(Page);
    // Each of the two mounts may have counted; nothing else has.
    await expect.poll(shown).toMatch(/^used [12]$/);
    expect(warnings).not.toHaveBeenCalled();
  });
});
