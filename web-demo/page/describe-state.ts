import { type ConnectionState, HearthwireError } from "hearthwire/browser";
import { sentence } from "./element.js";
import { formatTime } from "./format.js";

/** What the page says of its connection. */
export interface StateDescription {
  readonly kind: "connecting" | "connected" | "waiting" | "refused" | "lost";
  readonly text: string;
  /** What becomes of it, or what the user can do; empty when there is nothing to say. */
  readonly advice: string;
  /** What the library says of it. */
  readonly reason: string;
}

const openPrintedAddress =
  "Open the address that “npm run demo” printed last, the one with “#code=” in it. " +
  "The code lets only who started the demo in, and each run has a new one.";
const startAgain = "Is “npm run demo” still running? If it was started again, open the address that it printed.";

/** @param wasConnected whether this page has ever been connected */
export function describeState(state: ConnectionState, wasConnected: boolean): StateDescription {
  const reason = "reason" in state && state.reason !== undefined ? sentence(state.reason) : "";
  switch (state.status) {
    case "connecting": {
      if (!wasConnected) return { kind: "connecting", text: "Connecting…", advice: "", reason };
      return { kind: "lost", text: "Connecting anew…", advice: `${describeTry(state)} ${startAgain}`, reason };
    }
    case "connected": {
      const text = state.resumed ? "Connected again: nothing was lost" : "Connected: every frame is signed";
      return { kind: "connected", text, advice: "", reason };
    }
    case "reconnecting": {
      const promise = `Nothing is lost if the line is back in time; the page waits until ${formatTime(state.leaseEndsAt)}.`;
      return { kind: "waiting", text: "Reconnecting…", advice: `${describeTry(state)} ${promise}`, reason };
    }
    case "closed": {
      const { reason: error } = state;
      // What may pass, such as a daemon that just starts anew, is no refusal of this page.
      const isRefused = error instanceof HearthwireError && error.code === "HW_REFUSED" && !error.retryable;
      if (isRefused) return { kind: "refused", text: "Refused", advice: openPrintedAddress, reason };
      return { kind: "lost", text: wasConnected ? "Connection lost" : "No connection", advice: startAgain, reason };
    }
  }
}

function describeTry({ attempt, nextAttemptAt }: { attempt: number; nextAttemptAt?: Date }): string {
  return nextAttemptAt === undefined
    ? `Try ${attempt} is under way.`
    : `Try ${attempt} is at ${formatTime(nextAttemptAt)}.`;
}
