import { callContext, expose, type Remote } from "hearthwire";
import { servePort } from "hearthwire/browser";

/** What the worker, or the frame, serves. */
export class Mill {
  #ground = 0;
  grind(count: number): number {
    return (this.#ground += count);
  }
  who(): string {
    return callContext().principal.subject;
  }
  async tell(listener: Remote<(text: string) => string>): Promise<string> {
    return listener("from the other side");
  }
  async *count(): AsyncGenerator<number> {
    for (let number = 1; ; number++) yield number;
  }
  mirror(bytes: Uint8Array): Uint8Array {
    return bytes.reverse();
  }
}
expose(Mill, ["grind", "who", "tell", "count", "mirror"]);

/** Loaded in a worker, this serves its scope; in a frame, the port that its page hands over. */
const isFrame = "window" in globalThis;
if (!isFrame) servePort({ mill: new Mill() }, globalThis as never);
else {
  globalThis.addEventListener("message", ({ data, ports: [port] }: MessageEvent<unknown>) => {
    if (data === "take this port" && port !== undefined) servePort({ mill: new Mill() }, port);
  });
  globalThis.parent.postMessage("the frame is ready", "*");
}
