import type { PayloadSerializer } from "./payload.js";
import { defaultSerializer } from "./default-serializer.js";
import { checkValueOptions, type ValueOptions } from "./value-options.js";

/**
 * The serializers of one endpoint in its order of preference: those that it was given, else superjson with its types.
 * @throws ConfigError `HW_OPTION_INVALID` as `checkValueOptions`
 */
export function endpointSerializers(options: ValueOptions): readonly PayloadSerializer[] {
  checkValueOptions(options);
  return options.serializers ?? [defaultSerializer({ types: options.types })];
}
