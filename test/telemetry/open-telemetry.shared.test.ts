import { describe, expect, it } from "vitest";
import { withOptions } from "../../src/client/proxy-functions.js";
import { expose } from "../../src/objects/expose.js";
import { openTelemetry } from "../../src/telemetry/open-telemetry.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { RecordedSpans, treeOf } from "./support/recorded-telemetry.js";

class Desk {
  add(amount: number): number {
    return amount + 1;
  }
  ask(question: (text: string) => Promise<string>): Promise<string> {
    return question("ready?");
  }
  async *count(to: number): AsyncGenerator<number> {
    for (let item = 1; item <= to; item++) yield item;
  }
}
expose(Desk, ["add", "ask", "count"]);

async function setUp() {
  const spans = new RecordedSpans();
  const interceptors = [openTelemetry({ tracerProvider: spans.tracerProvider })];
  const peers = await linkedPeers({ desk: new Desk() }, { client: { interceptors }, daemon: { interceptors } });
  return { peers, spans, desk: peers.object("desk"), [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose]() };
}

// As in a browser: nothing here keeps a context over an await.
describe("spans where no context is kept", () => {
  it("are one tree over callbacks and calls within calls", async () => {
    await using scene = await setUp();
    const { desk, spans } = scene;
    const answer = await desk.ask(async (text) => {
      const sum = desk.add(1);
      return `${text} ${await sum}`;
    });
    expect(answer).toBe("ready? 2");
    expect(treeOf(spans)).toEqual([
      "client desk/ask",
      "  server desk/ask",
      "    client (function)",
      "      server (function)",
      "        client desk/add",
      "          server desk/add",
    ]);
  });

  it("last as long as a stream", async () => {
    await using scene = await setUp();
    const { desk, spans } = scene;
    const stream = await desk.count(2);
    expect(spans.spans.map(({ name }) => name)).not.toContain("client desk/count");
    let sum = 0;
    for await (const item of stream) sum += item;
    expect(sum).toBe(3);
    expect(treeOf(spans)).toEqual(["client desk/count", "  server desk/count"]);
  });

  it("have the trace context as parent that a call was given", async () => {
    await using scene = await setUp();
    const trace = "0af7651916cd43dd8448eb211c80319c";
    await withOptions(scene.desk, { traceparent: `00-${trace}-b7ad6b7169203331-01` }).add(1);
    expect(scene.spans.spans.map((span) => span.spanContext().traceId)).toEqual([trace, trace]);
  });
});
