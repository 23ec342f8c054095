import { expect, test } from "vitest";
import { chooseSerializer } from "../../src/serializers/choose-serializer.js";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";

const superjson = superjsonSerializer();
const json = jsonSerializer();

test("takes the first of the client's list that is accepted", () => {
  expect(chooseSerializer([128, 2, 1], [superjson, json])).toBe(json);
  expect(chooseSerializer([1], [json, superjson])).toBe(superjson);
});

test("takes none where none is accepted", () => {
  expect(chooseSerializer([128], [superjson, json])).toBeUndefined();
  expect(chooseSerializer([], [superjson])).toBeUndefined();
});
