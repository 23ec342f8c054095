import { describe, expect, test } from "vitest";
import { jsonText } from "../../src/cli/json-text.js";

describe("jsonText", () => {
  test("escapes what terminals take for commands, and means the same", () => {
    const said = "\u009b31m \u001b]0;title\u0007 \u202e \u2028 plain \u00e9";
    const text = jsonText({ [said]: said });
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u2028]/);
    expect(text).toContain("plain \u00e9");
    expect(JSON.parse(text)).toEqual({ [said]: said });
  });
});
