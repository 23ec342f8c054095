import type { Remote } from "hearthwire/browser";
import type { Machine } from "../server/machine.js";
import { Chart } from "./chart.js";
import { attempt, element, showText } from "./element.js";
import { formatBytes, formatDuration, formatShare } from "./format.js";

const chart = new Chart(element("chart", HTMLCanvasElement));

/** Shows the machine's facts and its readings, until the stream ends with the connection. */
export async function showMachine(machine: Remote<Machine>): Promise<void> {
  await attempt("machine-error", async () => {
    const facts = await machine.facts();
    showText("machine-name", facts.name);
    showText("system", facts.system);
    showText("processor-kind", `${facts.processor} (${facts.cores} cores)`);
    showText("memory-size", formatBytes(facts.memoryBytes));
    for await (const reading of machine.readings()) {
      const memory = reading.memoryBytes / facts.memoryBytes;
      chart.add({ atMs: reading.at.getTime(), processor: reading.processor, memory });
      showText("processor", formatShare(reading.processor));
      showText("memory", formatShare(memory));
      showText("uptime", formatDuration(reading.uptimeSeconds));
    }
  });
}
