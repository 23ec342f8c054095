import { expect, test } from "vitest";
import { Conversation } from "../../src/session/conversation.js";
import type { ConversationOptions } from "../../src/session/conversation-options.js";
import { ConversationParts } from "../../src/session/conversation-parts.js";
import { link, TestCall } from "./support/linked-conversations.js";

/** A look at any option but those of the first moment is a fault of the test. */
const OPTIONS = { terms: {}, sink: {} } as ConversationOptions;

test("a conversation in which nothing is said makes none of its tables, however it is asked and ended", () => {
  const { made } = new ConversationParts(OPTIONS);
  expect(Object.values(made).filter((part) => part !== undefined)).toEqual([]);

  const conversation = new Conversation(OPTIONS);
  conversation.opened();
  conversation.relieved();
  expect(conversation.statistics).toEqual({ callsRunning: 0, callsPending: 0, streams: 0, references: 0 });
  expect(conversation.references()).toEqual([]);
  conversation.end({ error: new Error("over"), takenSeq: 0 });
});

test("a call that is the first one, and made after the end, fails at once", async () => {
  const { client } = link();
  client.conversation.end({ error: new Error("the session is over"), takenSeq: 0 });
  const call = client.make(new TestCall("call", "cart", "add", [1]));
  await expect(call.result).rejects.toMatchObject({ delivery: "not-sent" });
  expect(client.conversation.statistics.callsPending).toBe(0);
});
