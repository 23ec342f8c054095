/// <reference lib="esnext.disposable" preserve="true" />

export { hearthwire, type HearthwirePluginOptions } from "./node/vite-plugin.js";
export type { DaemonModule } from "./node/daemon-module.js";
