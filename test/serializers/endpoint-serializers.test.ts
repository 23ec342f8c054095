import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import { customSerializer } from "../../src/serializers/custom-serializer.js";
import { endpointSerializers } from "../../src/serializers/endpoint-serializers.js";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { valueType } from "../../src/serializers/value-type.js";
import { arrived } from "./bodies.js";
import { money, Money } from "./values.js";

const refusalOf = (options: object): string => {
  try {
    endpointSerializers(options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code: "HW_OPTION_INVALID" });
    return (error as Error).message;
  }
  throw new Error("they were taken");
};
const custom = (id: number) => customSerializer({ id, encode: () => new Uint8Array(), decode: () => null });

describe("the serializers of an endpoint", () => {
  test("are superjson where nothing is said, and know its types", () => {
    expect(endpointSerializers({}).map(({ id }) => id)).toEqual([1]);
    const [serializer] = endpointSerializers({ types: [money] });
    expect(arrived(serializer!, new Money(5))).toStrictEqual(new Money(5));
  });

  test("are those that were given, in their order", () => {
    const serializers = [custom(128), jsonSerializer(), superjsonSerializer()];
    expect(endpointSerializers({ serializers })).toEqual(serializers);
  });

  test.each<[string, object, string]>([
    [
      "both options",
      { serializers: [jsonSerializer()], types: [money] },
      '"types" goes with the default serializer alone',
    ],
    ["an empty list", { serializers: [] }, '"serializers" must be an array of 1..8 serializers, got 0'],
    ["nine", { serializers: Array.from({ length: 9 }, (_, at) => custom(128 + at)) }, "got 9"],
    ["one instead of a list", { serializers: superjsonSerializer() }, "got object"],
    ["two of one id", { serializers: [superjsonSerializer(), superjsonSerializer()] }, "has two with the id 1"],
    ["the function instead of what it gives", { serializers: [superjsonSerializer] }, "got function"],
    ["null", { serializers: [null] }, "must hold serializers"],
    ["an id above one byte", { serializers: [{ ...custom(128), id: 256, encode: () => undefined }] }, "got the id 256"],
    ["the id 0", { serializers: [{ id: 0, encode: () => undefined }] }, "got the id 0"],
    ["types that are no list", { types: money }, '"types" must be an array'],
    ["a tag twice", { types: [money, money] }, 'the tag "money" is registered twice'],
    [
      "a type without decode",
      { types: [{ tag: "a", Class: Money, encode: () => 1 }] },
      '"encode" and "decode" of the tag "a"',
    ],
    [
      "a tag of our own",
      { types: [valueType({ tag: "bytes", Class: Money, encode: () => 1, decode: () => new Money(1) })] },
      'the tag "bytes" is taken by hearthwire itself',
    ],
  ])("are not %s", (_, options, message) => {
    expect(refusalOf(options)).toContain(message);
  });
});
