import { once } from "node:events";
import { type AddressInfo, connect as dial, createServer, type Socket } from "node:net";

/** Passes connections on to a port; those that are stalled stay open, and nothing comes over them any more. */
export async function stallingLine() {
  const pairs: [Socket, Socket][] = [];
  const state = { target: 0, isBroken: false };
  const server = createServer((near) => {
    near.on("error", () => undefined);
    if (state.isBroken) return void near.destroy();
    const far = dial(state.target, "127.0.0.1").on("error", () => undefined);
    pairs.push([near, far]);
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    stall() {
      state.isBroken = true;
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.pause();
        far.pause();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of pairs.flat()) socket.destroy();
      server.close();
      await once(server, "close");
    },
  });
}
