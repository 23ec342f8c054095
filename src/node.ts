/// <reference lib="esnext.disposable" preserve="true" />

export * from "./index.js";
export type { HandshakeRequest } from "./daemon/options.js";
export type { ServedPort, ServePortOptions } from "./daemon/serve-port.js";
export type { AuditEntry, AuditListener } from "./daemon/audit-trail.js";
export type { CloseOptions } from "./daemon/close-options.js";
export type { DaemonEvents, DaemonNames, Denial, Refusal, RemovedName, SessionInfo } from "./daemon/daemon-events.js";
export type { DaemonStatistics } from "./daemon/daemon-statistics.js";
export type { Limits } from "./daemon/limits.js";
export type { SessionTimes } from "./daemon/session-times.js";
export { announce, type Announcement, type AnnounceOptions } from "./node/announce.js";
export type { UpgradeServer } from "./node/attach.js";
export type { CloseOnSignal, ClosingSignal } from "./node/close-on-signal.js";
export type { NamesForClients } from "./naming/names-for-clients.js";
export type { NameLimits } from "./naming/name-limits.js";
export {
  NameServer,
  type NameServerEvents,
  type NameServerOptions,
  type RegisterNameOptions,
} from "./naming/name-server.js";
export type { Removal } from "./naming/removals.js";
export { callLatencies, type CallLatencies, type CallLatency } from "./node/call-latencies.js";
export { type Config, config, type ConfigEntry, type ConfigValues, type Environment } from "./node/config.js";
export { type ExpectedCertificate, verifyCertificate, type VerifyPeer } from "./node/certificate-checks.js";
export type { ClientTlsOptions } from "./node/client-tls-options.js";
export { connect, openConnection } from "./node/connect.js";
export { discoverNames, type DiscoverOptions } from "./node/discover-names.js";
export type { FoundNameServer } from "./node/discovery-asker.js";
export { keyFile, type KeyFileOptions } from "./node/key-file.js";
export { keyFileFromEnvironment } from "./node/key-file-from-environment.js";
export type { NodeConnectOptions } from "./node/node-connect-options.js";
export { toNodeHandler } from "./node/node-handler.js";
export { connectPort, type NodePort, servePort } from "./node/ports.js";
export type { Daemon, DaemonAddress } from "./node/served-daemon.js";
export type { PemSource } from "./node/pem-source.js";
export { sqliteNames } from "./node/sqlite-names.js";
export { serve } from "./node/serve.js";
export type { NamesOptions } from "./node/names-options.js";
export { serveNames, type ServeNamesOptions } from "./node/serve-names.js";
export type {
  AttachTarget,
  DaemonOptions,
  ListenTarget,
  ListenUnixTarget,
  ServeOptions,
} from "./node/serve-options.js";
export type { Passphrase } from "./node/tls-identity.js";
export type { ClientCertificateOptions, RenewedTls, TlsMaterial, TlsOptions } from "./node/tls-options.js";
