// A daemon that does itself the harm that the harness must notice.
import { expose } from "../../../src/objects/expose.js";
import { Attackable } from "./attackable.js";
import { beAttacked } from "./be-attacked.js";

const kept: unknown[] = [];

class Harm {
  pollute(): void {
    Object.defineProperty(Object.prototype, "polluted", { value: 1, configurable: true });
  }

  restore(): void {
    Reflect.deleteProperty(Object.prototype, "polluted");
    kept.length = 0;
  }

  leak(bytes: number): void {
    kept.push(new Uint8Array(bytes));
  }

  print(text: string): void {
    process.stderr.write(text);
  }

  exit(): void {
    process.exit(7);
  }
}
expose(Harm, ["pollute", "restore", "leak", "print", "exit"]);

beAttacked({ target: new Attackable(), harm: new Harm() });
