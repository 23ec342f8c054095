import { mkdirSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { dirname } from "node:path";

/** Finer than V8's 1000: a measured part lasts a second. */
const INTERVAL_US = 200;

/**
 * V8's profile of what is measured and of nothing else: begun and ended by those who read the processor times.
 */
export class MeasuredProfile {
  #path;
  #session = new Session();
  #isOn = false;
  #count = 0;

  /** @param {string} path without its ending; further measurements of the process have a number behind it */
  constructor(path) {
    this.#path = path;
    this.#session.connect();
  }

  /** Begins, or ends and writes. */
  async toggle() {
    this.#isOn = !this.#isOn;
    if (this.#isOn) {
      await this.#session.post("Profiler.enable");
      await this.#session.post("Profiler.setSamplingInterval", { interval: INTERVAL_US });
      await this.#session.post("Profiler.start");
      return;
    }
    const { profile } = await this.#session.post("Profiler.stop");
    this.#count += 1;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(`${this.#path}${this.#count === 1 ? "" : `-${this.#count}`}.cpuprofile`, JSON.stringify(profile));
  }
}
