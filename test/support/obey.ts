import type { Orders } from "./child-program.js";

/** Does what the parent process asks, until it is gone (`ChildProgram`). */
export function obey<O extends Orders<O>>(orders: O): void {
  process.on("disconnect", () => process.exit(0));
  process.on("message", ({ id, name, order }: { id: number; name: keyof O; order: never }) => {
    Promise.resolve()
      .then(() => orders[name](order))
      .then(
        (answer) => process.send?.({ id, answer }),
        (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
      );
  });
}
