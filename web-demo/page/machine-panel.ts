import { ConnectionError, type Remote } from "hearthwire/browser";
import type { Machine } from "../server/machine.js";
import { Chart } from "./chart.js";
import { attempt, element, showText } from "./element.js";
import { formatBytes, formatDuration, formatShare, formatTime } from "./format.js";

const chart = new Chart(element("chart", HTMLCanvasElement));

/** Shows the machine's facts and its readings, until the stream ends with its session; called anew for the next one. */
export async function showMachine(machine: Remote<Machine>): Promise<void> {
  await attempt("machine-error", async () => {
    try {
      await showReadings(machine);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      showText("readings", `Points were lost: the session ended at ${formatTime(Date.now())}.`);
    }
  });
}

async function showReadings(machine: Remote<Machine>): Promise<void> {
  const facts = await machine.facts();
  showText("machine-name", facts.name);
  showText("system", facts.system);
  showText("processor-kind", `${facts.processor} (${facts.cores} cores)`);
  showText("memory-size", formatBytes(facts.memoryBytes));
  for await (const reading of machine.readings()) {
    const memory = reading.memoryBytes / facts.memoryBytes;
    const { number, at, processor } = reading;
    chart.add({ number, atMs: at.getTime(), processor, memory });
    showText("processor", formatShare(processor));
    showText("memory", formatShare(memory));
    showText("uptime", formatDuration(reading.uptimeSeconds));
  }
}
