const session = ["test/session/late-tags.test.ts"];
const channel = "src/session/channel.ts";

/** Breaks of what keeps frames in order whose tags are made beside the thread. @type {import("./run.mjs").Mutant[]} */
export const mutants = [
  {
    rule: "order out",
    file: channel,
    from: "if (signing === undefined && this.#unsent?.isEmpty !== false) this.#transport.send(frame);",
    to: "if (signing === undefined) this.#transport.send(frame);",
    tests: session,
  },
  {
    rule: "order in",
    file: channel,
    from: "if (verifying === undefined && this.#receiving?.isWaiting !== true) return take(frame);",
    to: "if (verifying === undefined) return take(frame);",
    tests: session,
  },
  {
    rule: "order",
    file: "src/session/in-order.ts",
    from: "behind(this.#last, coming)",
    to: "behind(undefined, coming)",
    tests: session,
  },
  {
    rule: "pressure",
    file: channel,
    from: "return (this.#unsent?.bytes ?? 0) + this.#transport.bufferedBytes;",
    to: "return this.#transport.bufferedBytes;",
    tests: session,
  },
  {
    rule: "tag",
    file: channel,
    from: "if (!(isRight ?? this.#receiveMac.verify(frame)))",
    to: "if (isRight === undefined && !this.#receiveMac.verify(frame))",
    tests: session,
  },
  {
    rule: "size first",
    file: channel,
    from: "if (frame.length > this.#maxFrameBytes) return take(frame);",
    to: "",
    tests: session,
  },
  {
    rule: "end of the line",
    file: channel,
    from: "if (this.#receiving?.isWaiting === true) this.#receiving.add(undefined, task);",
    to: "if (this.#maxFrameBytes === 0) task();",
    tests: session,
  },
  {
    rule: "close",
    file: channel,
    from: "this.#unsent?.hurry((frame) => this.#sendMac.sign(frame));",
    to: "",
    tests: session,
  },
  {
    rule: "close",
    file: channel,
    from: "this.#unsent?.hurry((frame) => this.#sendMac.sign(frame));",
    to: "this.#unsent?.hurry(() => undefined);",
    tests: session,
  },
  {
    rule: "sent once",
    file: "src/session/unsent-frames.ts",
    from: "if (!this.#frames.delete(frame)) return;",
    to: "this.#frames.delete(frame);",
    tests: session,
  },
  {
    rule: "nobody takes it",
    file: "src/session/frame-flow.ts",
    from: "if (channel === this.#channel && !this.#isEnded) channel.arrived(frame, take);",
    to: "channel.arrived(frame, take);",
    tests: session,
  },
  {
    rule: "tag",
    file: "src/auth/mac.ts",
    from: "?.then((tag) => equalBytes(tag, frame.subarray(frame.length - TAG_BYTES)))",
    to: "?.then((tag) => tag.length === TAG_BYTES)",
    tests: [...session, "test/browser/web-hmac.shared.test.ts"],
  },
  {
    rule: "equality",
    file: "src/browser/web-hmac.ts",
    from: 'hash: "SHA-256"',
    to: 'hash: "SHA-384"',
    tests: ["test/browser/web-hmac.shared.test.ts"],
  },
];
