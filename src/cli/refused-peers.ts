import { Command } from "commander";
import type { Refusal } from "../daemon/daemon-events.js";
import { FloodCap } from "../daemon/flood-cap.js";
import { networkOf } from "../daemon/network-of.js";
import type { Daemon } from "../node/served-daemon.js";
import { safeText } from "../observe/safe-text.js";
import { type Clock, systemClock } from "../session/clock.js";
import type { CommandIo } from "./command-io.js";
import { flagsOf, inFlags } from "./in-flags.js";
import { jsonText } from "./json-text.js";
import { withListenOptions } from "./listen-options.js";
import { styled } from "./output.js";

/**
 * Tells on the standard error output of peers that a daemon refuses, a line each: of one address 20 in 10 seconds, and then
 * the last one with how many were left out. `{ "refused": { ... } }` with `--json`.
 *
 * @returns disposed, it tells the last of them, and no more
 */
export function sayRefusedPeers(io: CommandIo, daemon: Daemon, clock: Clock = systemClock): Disposable {
  const refusals = new FloodCap<Refusal>(clock, (refusal, leftOut) =>
    io.err(io.isJson ? jsonText({ refused: documentOf(refusal, leftOut) }) : textOf(io, refusal, leftOut)),
  );
  const stop = daemon.on("refused", (refusal) => refusals.add(networkOf(refusal.remoteAddress ?? ""), refusal));
  return {
    [Symbol.dispose]: () => {
      stop();
      refusals.end();
    },
  };
}

function textOf(io: CommandIo, refusal: Refusal, leftOut: number): string {
  const { remoteAddress, keyId, reason } = documentOf(refusal, leftOut);
  const label = styled(io, { text: "refused:", style: "yellow" });
  const key = keyId === undefined ? "" : ` with the key "${keyId}"`;
  const before = leftOut === 0 ? "" : ` (and ${leftOut} before it)`;
  return `${label} ${remoteAddress ?? "a peer"}${key}${before}: ${reason}`;
}

/** Fit for a terminal: all of it may be the peer's own words. */
function documentOf({ remoteAddress, keyId, reason }: Refusal, leftOut: number) {
  return {
    ...(remoteAddress !== undefined && { remoteAddress: safeText(remoteAddress) }),
    ...(keyId !== undefined && { keyId: safeText(keyId) }),
    reason: safeText(inFlags(reason, SERVER_FLAGS), MAX_REASON_LENGTH),
    ...(leftOut > 0 && { leftOut }),
  };
}

/** Of any command that serves. */
const SERVER_FLAGS: ReadonlySet<string> = new Set(["--key-file", ...flagsOf(withListenOptions(new Command()))]);

/** Reasons are sentences of the daemon's own, and end with what to do. */
const MAX_REASON_LENGTH = 500;
