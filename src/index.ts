/// <reference lib="esnext.disposable" preserve="true" />

export { mintTicket, type SealedTicket, type Ticket, type TicketOptions } from "./auth/ticket.js";
export { type DenySubjectOptions, TicketDenyList, type TicketDenyListOptions } from "./auth/ticket-deny-list.js";
export { Key, type KeyOptions, type KeyUse } from "./auth/key.js";
export { keyFromPassphrase, type PassphraseOptions } from "./auth/key-from-passphrase.js";
export { type KeyProvider, KeyRing, type KeyRingOptions } from "./auth/key-ring.js";
export type { Principal } from "./auth/principal.js";
export type { ScopeOptions } from "./auth/scope.js";
export { batch } from "./client/batch.js";
export type { CallOptions } from "./client/call-options.js";
export type {
  ConnectionOptions,
  ConnectOptions,
  Credentials,
  HandshakeAnswer,
  TicketFunction,
} from "./client/connect-options.js";
export { describe } from "./client/describe.js";
export type { MemberDescription, ObjectDescription, ParameterDescription } from "./client/object-description.js";
export type { DaemonInfo, DaemonObject } from "./daemon/daemon-object.js";
export type { Connection, ConnectionEvents, ConnectionState } from "./client/connection.js";
export type { ReconnectOptions } from "./client/reconnect-times.js";
export type { ConnectionStatistics } from "./client/connection-statistics.js";
export { connectOver } from "./client/connect-over.js";
export type { PortOptions, TransportOptions } from "./client/connect-port.js";
export { connect, openConnection } from "./client/default-connect.js";
export { oneway } from "./client/oneway.js";
export { retries, type RetryOptions } from "./client/retries.js";
export type { RetryBudgetOptions } from "./client/retry-budget.js";
export { assign, connectionOf, isRemote, release, sameRemote, withOptions } from "./client/proxy-functions.js";
export type { BatchOptions, BatchOutcomes, BatchRecorder, BatchResults, RecordedCall } from "./client/recorded-call.js";
export type * from "./client/remote.js";
export { toReadableStream } from "./client/to-readable-stream.js";
export type * from "./client/value-types.js";
export type { Clock, Timer } from "./session/clock.js";
export type { Annotations } from "./session/call-handler.js";
export type { LiveReference } from "./session/live-reference.js";
export type { SessionStatistics } from "./session/session-statistics.js";
export { type Delivery, ERROR_CODES, type ErrorCode } from "./errors/error-code.js";
export {
  type ArgumentIssue,
  BatchError,
  CallError,
  CannotSendError,
  ConfigError,
  ConnectionError,
  DeadlineError,
  HearthwireError,
  InsecureBindError,
  LimitError,
  NamingError,
  NoCallContextError,
  ProtocolError,
  RemoteError,
} from "./errors/hearthwire-error.js";
export {
  ticketEndpoint,
  type TicketEndpointOptions,
  type TicketHandler,
  type TicketHolder,
} from "./gateway/ticket-endpoint.js";
export { accessRules, type AccessRule, type AccessRules, type ObjectRules } from "./objects/access-rules.js";
export type { Authorizer, AuthorizeRequest } from "./objects/call-handler-options.js";
export { type CallContext, callContext } from "./objects/call-context.js";
export { expose, type ExposeOptions, type MemberOptions } from "./objects/expose.js";
export type { InterceptedCall, Interceptor } from "./objects/interceptor.js";
export { type InstanceMode, type Instances, instancesOf } from "./objects/instances-of.js";
export type { ExposedClass, Exposes, MemberName } from "./objects/member-name.js";
export type { Servable, Served } from "./objects/served.js";
export type { StandardSchema } from "./objects/standard-schema.js";
export type { MessagePortLike } from "./transport/message-port-transport.js";
export type { PeerCertificate } from "./transport/peer-certificate.js";
export type { Transport, TransportClose, TransportReceiver, TransportSecurity } from "./transport/transport.js";
export { type NameResolver, nameResolver } from "./naming/name-resolver.js";
export type { NameChange, NameFilter, Registration } from "./naming/registration.js";
export type { NameStorage, StoredRegistration } from "./naming/name-storage.js";
export type { Logger } from "./observe/logger.js";
export { jsonSerializer } from "./serializers/json-serializer.js";
export type { PayloadSerializer } from "./serializers/payload.js";
export { customSerializer, type CustomSerializerOptions } from "./serializers/custom-serializer.js";
export { superjsonSerializer, type SuperjsonOptions } from "./serializers/superjson-serializer.js";
export { valueType, type ValueType } from "./serializers/value-type.js";
