import { randomId } from "../objects/random-id.js";
import type { ViewSettings } from "./call-options.js";

/** Whoever looks at answers is told the id that the call was sent with, so each call gets one of its own. */
export function correlated(settings: ViewSettings): ViewSettings {
  if (settings.onAnswer === undefined || settings.correlationId !== undefined) return settings;
  return { ...settings, correlationId: randomId() };
}
