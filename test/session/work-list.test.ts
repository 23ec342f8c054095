import { expect, test } from "vitest";
import { WorkList } from "../../src/session/work-list.js";

interface Node {
  readonly name: string;
  readonly next?: readonly Node[];
}

test("does work in the order in which recursion would", () => {
  const done: string[] = [];
  const list = new WorkList<Node>(({ name, next = [] }) => {
    done.push(name);
    list.add(next);
  });
  list.add([{ name: "a", next: [{ name: "b", next: [{ name: "c" }] }, { name: "d" }] }, { name: "e" }]);
  expect(done).toEqual(["a", "b", "c", "d", "e"]);
});

test("takes up what is left when a step threw", () => {
  const done: string[] = [];
  const list = new WorkList<Node>(({ name }) => {
    if (name === "a") throw new Error("no");
    done.push(name);
  });
  expect(() => list.add([{ name: "a" }, { name: "b" }])).toThrow("no");
  list.add([{ name: "c" }]);
  expect(done).toEqual(["c", "b"]);
});
