import { exposureGeneration, exposureOf } from "./exposure.js";
import { InstancesOfClass } from "./instances-of.js";
import type { ExposureTable } from "./member.js";

const NO_MEMBERS: ExposureTable = new Map();

/** A `ServedObject` that has the members of its class: what that exposes later is served as well. */
export class ServedByClass {
  readonly id: string;
  readonly source: object | InstancesOfClass<object>;
  #generation = -1;
  #table = NO_MEMBERS;

  constructor(id: string, source: object | InstancesOfClass<object>) {
    this.id = id;
    this.source = source;
  }

  /** Looked up again only when some class has exposed something since. */
  get table(): ExposureTable {
    const generation = exposureGeneration();
    if (this.#generation !== generation) {
      const { source } = this;
      this.#table = (source instanceof InstancesOfClass ? source.table : exposureOf(source)) ?? NO_MEMBERS;
      this.#generation = generation;
    }
    return this.#table;
  }
}
