/// <reference lib="esnext.disposable" preserve="true" />

export { messagePackSerializer } from "./serializers/messagepack-serializer.js";
export type { PayloadSerializer } from "./serializers/payload.js";
export type { SuperjsonOptions } from "./serializers/superjson-serializer.js";
