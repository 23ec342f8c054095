import type { Transport } from "../transport/transport.js";
import { faultyLine } from "./faulty-line.js";
import type { LinkFaults } from "./link-faults.js";

/**
 * Two joined transports in memory, as a client and a daemon would have them at the ends of a line. `faultyLine` makes lines
 * that a test can cut and stall.
 *
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function transportPair(faults: LinkFaults = {}): readonly [Transport, Transport] {
  let far!: Transport;
  const near = faultyLine(faults).dial((daemonEnd) => (far = daemonEnd));
  return [near, far];
}
