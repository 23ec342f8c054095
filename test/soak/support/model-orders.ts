/** What a process is told that runs the model of resuming. */
export interface ModelOrders {
  /** Runs so many seeds from `from` on; gives what went wrong, of the first few. */
  run(order: { readonly from: number; readonly count: number }): Promise<readonly string[]>;
}
