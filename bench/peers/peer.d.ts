import type { record } from "../samples.mjs";

/** How a client finds the server of its pair; plain JSON, it crosses a process boundary. */
export interface ServerFacts {
  readonly port: number;
  readonly secret?: string;
}

/** One connected client. */
export interface BenchClient {
  add(a: number, b: number): Promise<unknown>;
  echoRecord(): Promise<ReturnType<typeof record>>;
  echoBytes(bytes: Uint8Array): Promise<Uint8Array>;
  /** Resolves when so many items have arrived. */
  stream(count: number, onItem: (item: { readonly index: number }) => void): Promise<void>;
  close(): Promise<void>;
}

/** What is measured: each module of this folder is one. */
export interface Peer {
  startServer(): Promise<ServerFacts>;
  connect(server: ServerFacts): Promise<BenchClient>;
}
