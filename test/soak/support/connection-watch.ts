import type { Connection, ConnectionState } from "../../../src/client/connection.js";

/** What became of a connection's line. */
export interface LineStory {
  readonly status: ConnectionState["status"];
  /** How often it was connected and lost its socket. */
  readonly losses: number;
  /** How often its session went on over another socket. */
  readonly resumptions: number;
  readonly sessions: number;
  /** Why it was closed, if it was. */
  readonly reason?: string | undefined;
}

/** Counts what happens to a connection. */
export class ConnectionWatch {
  readonly #connection: Connection<never>;
  readonly #sessionIds = new Set<string>();
  #losses = 0;
  #resumptions = 0;
  #wasConnected = false;

  constructor(connection: Connection<never>) {
    this.#connection = connection;
    connection.on("state", (state) => this.#note(state));
    this.#note(connection.state);
  }

  get story(): LineStory {
    const { state } = this.#connection;
    return {
      status: state.status,
      losses: this.#losses,
      resumptions: this.#resumptions,
      sessions: this.#sessionIds.size,
      reason: "reason" in state ? state.reason?.message : undefined,
    };
  }

  #note(state: ConnectionState): void {
    if (state.status === "connected") {
      this.#sessionIds.add(state.sessionId);
      if (state.resumed) this.#resumptions += 1;
    } else if (this.#wasConnected) this.#losses += 1;
    this.#wasConnected = state.status === "connected";
  }
}
