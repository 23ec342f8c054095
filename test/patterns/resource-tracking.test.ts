import { expect, it } from "vitest";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { settle } from "../client/stub-peer.js";

/** Something that has to be given back. */
class Handle implements Disposable {
  readonly #name: string;
  readonly #log: string[];

  constructor(name: string, log: string[]) {
    this.#name = name;
    this.#log = log;
    log.push(`open ${name}`);
  }

  [Symbol.dispose](): void {
    this.#log.push(`close ${this.#name}`);
  }
}

/** Opens files for a client: some for a call, some for as long as the client is there. */
class Files {
  readonly log: string[] = [];
  readonly #kept: Handle[] = [];

  read(): string {
    const context = callContext();
    context.track(new Handle("index", this.log));
    context.track(new Handle("page", this.log));
    this.log.push("read");
    return "text";
  }

  async *lines(): AsyncGenerator<number> {
    callContext().track(new Handle("lines", this.log));
    for (let line = 1; ; line++) yield line;
  }

  keep(name: string): void {
    this.#kept.push(new Handle(name, this.log));
  }

  [Symbol.dispose](): void {
    for (const handle of this.#kept.splice(0).reverse()) handle[Symbol.dispose]();
  }
}
expose(Files, ["read", "lines", "keep"]);

it("what a call tracks is closed when the call is over, the last first", async () => {
  const files = new Files();
  await using peers = await linkedPeers({ files });
  await peers.object("files").read();
  expect(files.log).toEqual(["open index", "open page", "read", "close page", "close index"]);
});

it("what a stream tracks is closed when its reader leaves", async () => {
  const files = new Files();
  await using peers = await linkedPeers({ files });
  for await (const line of peers.object("files").lines()) {
    expect([line, files.log]).toEqual([1, ["open lines"]]);
    break;
  }
  while (files.log.length < 2) await settle();
  expect(files.log).toEqual(["open lines", "close lines"]);
});

it("what a session's instance keeps is closed when the client goes", async () => {
  const made: Files[] = [];
  class Kept extends Files {
    constructor() {
      super();
      made.push(this);
    }
  }
  await using peers = await linkedPeers({ files: Kept });
  const client = peers.another();
  await client.object("files").keep("a");
  await client.object("files").keep("b");
  expect(made[0]!.log).toEqual(["open a", "open b"]);
  await client.close();
  while (made[0]!.log.length < 4) await settle();
  expect(made[0]!.log).toEqual(["open a", "open b", "close b", "close a"]);
});
