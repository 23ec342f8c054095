import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { expose } from "../../src/objects/expose.js";

/** Compiled, never run: schemas must give what the parameters take. */
class Warehouse {
  store(_item: string, _count: number): void {}
  rename(_order: { id: string; tags?: string[] }): void {}
  get level(): number {
    return 1;
  }
}

expose(Warehouse, { members: { store: { input: [z.string(), z.number().int()] } } });
expose(Warehouse, { members: { store: { input: [v.string(), v.pipe(v.number(), v.integer())] } } });
expose(Warehouse, { members: { store: { input: [type("string"), type("number.integer")] } } });
expose(Warehouse, { members: { store: { input: [z.string().trim(), z.string().transform(Number)] } } });
expose(Warehouse, { members: { rename: { input: [z.object({ id: z.string() })] } } });
expose(Warehouse, { members: { rename: { input: [v.object({ id: v.string() })] } } });
expose(Warehouse, { members: { rename: { input: [type({ id: "string" })] } } });
// @ts-expect-error zod: the second parameter is a number
expose(Warehouse, { members: { store: { input: [z.string(), z.string()] } } });
// @ts-expect-error valibot: the second parameter is a number
expose(Warehouse, { members: { store: { input: [v.string(), v.string()] } } });
// @ts-expect-error arktype: the second parameter is a number
expose(Warehouse, { members: { store: { input: [type("string"), type("string")] } } });
// @ts-expect-error what a transform gives is what counts
expose(Warehouse, { members: { store: { input: [z.string(), z.number().transform(String)] } } });
// @ts-expect-error one schema for each parameter
expose(Warehouse, { members: { store: { input: [z.string()] } } });
// @ts-expect-error and no more
expose(Warehouse, { members: { store: { input: [z.string(), z.number(), z.number()] } } });
// @ts-expect-error an id that is a number
expose(Warehouse, { members: { rename: { input: [z.object({ id: z.number() })] } } });
// @ts-expect-error an accessor has no parameters
expose(Warehouse, { members: { level: { input: [z.number()] } } });
