import type { record } from "../samples.mjs";

/** How a client finds the server of its pair; plain JSON, it crosses a process boundary. */
export interface ServerFacts {
  readonly port: number;
  readonly secret?: string;
}

/** An object that the server made and that is called through a reference. */
export interface BenchReference {
  add(a: number, b: number): Promise<unknown>;
}

/** One connected client. What a peer can't do is absent, and the work that needs it has no figure. */
export interface BenchClient {
  /** An echo answers 2: nothing is dispatched. */
  readonly isEcho?: boolean;
  /** The Date of the record arrives as its text. */
  readonly losesDates?: boolean;
  add(a: number, b: number): Promise<unknown>;
  echoRecord?(): Promise<ReturnType<typeof record>>;
  echoBytes?(bytes: Uint8Array): Promise<Uint8Array>;
  /** Resolves when so many items have arrived. */
  stream?(count: number, onItem: (item: { readonly index: number }) => void): Promise<void>;
  /** The server calls so many times, `CALLS_BACK_IN_FLIGHT` at once, each with its number and answered with it. */
  callBack?(count: number, onCall: (index: number) => number): Promise<void>;
  /** So many references to new objects of the server. */
  makeReferences?(count: number): Promise<readonly BenchReference[]>;
  close(): Promise<void>;
}

/** `peers/NAME/server.mjs`. */
export interface PeerServer {
  /** `pageOrigin`: whose pages may connect, empty where none will. */
  startServer(options: { readonly pageOrigin: string }): Promise<ServerFacts>;
}

/** `peers/NAME/client.mjs`, and `page.mjs` where a page needs another one. */
export interface PeerClient {
  connect(server: ServerFacts): Promise<BenchClient>;
}
