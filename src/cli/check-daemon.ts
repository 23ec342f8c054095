import { CLOCK_SKEW_MS } from "../auth/validity.js";
import type { DaemonObject } from "../daemon/daemon-object.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import { certificateFinding } from "./check-certificate.js";
import type { CommandIo } from "./command-io.js";
import { commandSentence } from "./command-sentence.js";
import { DAEMON_OBJECT, daemonConnection } from "./daemon-connection.js";
import { failed, type Finding } from "./finding.js";

/** From here on a difference of clocks is worth a word, in ms. */
const NOTABLE_SKEW_MS = 1_000;

/**
 * Whether a daemon lets this user in, how its clock stands to ours, and how long its certificate lasts.
 * @param options `flags` of the command, which its sentences speak of
 */
export async function checkDaemon(
  io: CommandIo,
  address: string,
  { flags }: { readonly flags: ReadonlySet<string> },
): Promise<readonly Finding[]> {
  let certificate: PeerCertificate | undefined;
  try {
    const verifyPeer = (seen: PeerCertificate): void => void (certificate = seen);
    await using connection = await daemonConnection(io, address, { verifyPeer });
    await connection.ready;
    const { url } = connection;
    const daemon = connection.object<DaemonObject>(DAEMON_OBJECT);
    const askedMs = Date.now();
    const { version, startedAt, uptimeMs } = await daemon.info();
    const nowMs = (askedMs + Date.now()) / 2;
    return [
      { check: "daemon", level: "ok", says: `${url}: hearthwire ${version} lets this user in` },
      clockFinding(startedAt.getTime() + uptimeMs - nowMs),
      ...(certificate === undefined ? [] : [certificateFinding({ check: "tls", what: url, ...certificate, nowMs })]),
    ];
  } catch (error) {
    return [failed("daemon", error instanceof Error ? await commandSentence(io, error, flags) : error)];
  }
}

/** @param aheadMs how far the daemon's clock is ahead of ours */
export function clockFinding(aheadMs: number): Finding {
  const difference = `${(Math.abs(aheadMs) / 1_000).toFixed(1)} s ${aheadMs < 0 ? "behind" : "ahead of"} ours`;
  if (Math.abs(aheadMs) < NOTABLE_SKEW_MS)
    return { check: "clock", level: "ok", says: "the daemon's clock agrees with ours" };
  const remedy = "let both machines take their time from the network (NTP)";
  const says = `the daemon's clock is ${difference}`;
  if (Math.abs(aheadMs) < CLOCK_SKEW_MS) return { check: "clock", level: "warn", says, remedy };
  return { check: "clock", level: "fail", says: `${says}: tickets and dates of keys are taken amiss`, remedy };
}
