import type { Remote } from "hearthwire/browser";
import type { Machine } from "../server/machine.js";
import { Chart } from "./chart.js";
import { element, formatBytes, textElement } from "./element.js";

const chart = new Chart(element("chart", HTMLCanvasElement));

/** Shows the machine's facts and its readings, until the stream ends with the connection. */
export async function showMachine(machine: Remote<Machine>): Promise<void> {
  const facts = await machine.facts();
  element("facts", HTMLElement).replaceChildren(
    ...fact("Name", facts.name),
    ...fact("System", facts.system),
    ...fact("Processor", `${facts.processor} (${facts.cores} cores)`),
    ...fact("Memory", formatBytes(facts.memoryBytes)),
  );
  for await (const reading of machine.readings()) {
    const memory = reading.memoryBytes / facts.memoryBytes;
    chart.add({ processor: reading.processor, memory });
    element("processor", HTMLOutputElement).value = percent(reading.processor);
    element("memory", HTMLOutputElement).value = percent(memory);
  }
}

function fact(name: string, value: string): HTMLElement[] {
  return [textElement("dt", name), textElement("dd", value)];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
