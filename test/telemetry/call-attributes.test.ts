import { describe, expect, test } from "vitest";
import type { InterceptedCall } from "../../src/objects/interceptor.js";
import { callAttributes, fullMethodName } from "../../src/telemetry/call-attributes.js";

const call = { kind: "call", object: "shop", member: "buy", isRelayed: false, peer: undefined } as InterceptedCall;
const addressOf = (peer: string) => {
  const { "rpc.system.name": _, "rpc.method": __, ...address } = callAttributes({ ...call, peer }).attributes;
  return address;
};

describe("callAttributes", () => {
  test.each([
    ["ws://shop.test/desk", { "server.address": "shop.test", "server.port": 80 }],
    ["wss://shop.test/desk", { "server.address": "shop.test", "server.port": 443 }],
    ["ws://[::1]:7766/", { "server.address": "[::1]", "server.port": 7766 }],
    ["203.0.113.9", { "network.peer.address": "203.0.113.9" }],
    ["2001:db8::1", { "network.peer.address": "2001:db8::1" }],
    ["", {}],
    ["ws+unix://", {}],
    ["://", {}],
  ])("tells of the peer %s where it is", (peer, attributes) => {
    expect(addressOf(peer)).toEqual(attributes);
  });

  test("names what clients named for each other as such", () => {
    expect(callAttributes({ ...call, object: "", member: "chosen", isRelayed: true })).toEqual({
      name: "hearthwire",
      attributes: {
        "rpc.system.name": "hearthwire",
        "rpc.method": "_OTHER",
        "rpc.method_original": "(reference)/chosen",
      },
    });
  });
});

describe("fullMethodName", () => {
  test.each([
    ["shop/buy", { object: "shop", member: "buy" }],
    ["now", { object: "now", member: "" }],
    ["(reference)/update", { object: "", member: "update" }],
    ["(function)", { object: "", member: "" }],
    ["_OTHER", { object: "_OTHER", member: "_OTHER" }],
  ])("is %s", (name, method) => {
    expect(fullMethodName(method)).toBe(name);
  });
});
