import { moment, record } from "../../samples.mjs";

/**
 * The client of the raw echo, over the socket that it is given: it writes, reads and matches JSON.
 *
 * @param {{ readonly send: (message: string | Uint8Array) => void, readonly close: () => Promise<void> }} socket
 * @returns {{ readonly client: import("../peer.js").BenchClient, readonly onText: (text: string) => void, readonly onBytes: (bytes: Uint8Array) => void }}
 */
export function echoClient(socket) {
  let lastId = 0;
  /** @type {Map<number, (answer: any) => void>} */ // oxlint-disable-line typescript/no-explicit-any
  const waiting = new Map();
  /** @type {(item: { readonly index: number }) => void} */
  let onItem = () => {};
  /** @type {(index: number) => number} */
  let onCall = (index) => index;
  let onCalled = () => {};

  /** @type {(id: number, answer: unknown) => void} */
  const settle = (id, answer) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  };
  /** @type {(member: string, args: readonly unknown[]) => Promise<any>} */ // oxlint-disable-line typescript/no-explicit-any
  const call = (member, args) =>
    new Promise((resolve) => {
      lastId += 1;
      waiting.set(lastId, resolve);
      socket.send(JSON.stringify({ id: lastId, member, args }));
    });
  const sent = record(moment.toISOString());

  return {
    onBytes: (bytes) =>
      settle(new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0), bytes.subarray(4)),
    onText: (text) => {
      const message = JSON.parse(text);
      if (message.id !== undefined) settle(message.id, message.args[0]);
      else if (message.call !== undefined) socket.send(`=${onCall(message.call)}`);
      else if (message.called === true) onCalled();
      else onItem(message);
    },
    client: {
      isEcho: true,
      losesDates: true,
      add: (a, b) => call("add", [a, b]),
      echoRecord: () => call("echo", [sent]),
      echoBytes: (bytes) =>
        new Promise((resolve) => {
          lastId += 1;
          waiting.set(lastId, resolve);
          const message = new Uint8Array(4 + bytes.length);
          new DataView(message.buffer).setUint32(0, lastId);
          message.set(bytes, 4);
          socket.send(message);
        }),
      stream: (count, onStreamItem) =>
        new Promise((resolve) => {
          let received = 0;
          onItem = (streamed) => {
            onStreamItem(streamed);
            received += 1;
            if (received === count) resolve();
          };
          socket.send(`#${count}`);
        }),
      callBack: (count, onCallBack) =>
        new Promise((resolve) => {
          onCall = onCallBack;
          onCalled = resolve;
          socket.send(`!${count}`);
        }),
      close: () => socket.close(),
    },
  };
}
