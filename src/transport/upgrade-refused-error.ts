/** The server answered the WebSocket handshake with plain HTTP. Browsers don't show it. */
export class UpgradeRefusedError extends Error {
  override readonly name = "UpgradeRefusedError";
  /** HTTP status, such as 403. */
  readonly status: number;

  constructor(status: number, options?: ErrorOptions) {
    super(`the server refused the WebSocket handshake with HTTP status ${status}`, options);
    this.status = status;
  }
}
