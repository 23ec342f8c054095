/** What a host may do with a line whose page or program sleeps, wakes up, or goes away. */
export interface LineLifecycle {
  /** The network may be back: what waits for its next try begins it now, and a line that has long been silent is given up. */
  wake(): void;
  /** Lets the channel go without a word, so that the session waits; nothing is tried until `wake`. */
  sleep(): void;
  /** Says goodbye: the session ends at both ends. */
  leave(): void;
}
