import type { Credential, Established, ResumedSession } from "../auth/client-handshake.js";
import type { PayloadSerializer } from "../serializers/payload.js";
import type { Transport, TransportClose } from "../transport/transport.js";
import type { ClientEnvironment } from "./client-environment.js";
import { type ChannelReceiver, Dial } from "./dial.js";
import { secureHandshake } from "./secure-handshake.js";

/** What all handshakes of a line say alike. */
export interface HandshakeTerms {
  /** The daemon's, or the named address that leads to it. */
  readonly url: string;
  readonly environment: ClientEnvironment;
  readonly serializers: readonly PayloadSerializer[];
  readonly maxFrameBytes: number;
}

/** What one handshake says, and whom it tells. */
export interface HandshakeAttempt {
  /** What is dialled. */
  readonly url: string;
  readonly credential: Credential;
  /** The session to go on with. @default a new one */
  readonly resume?: ResumedSession | undefined;
  /** The server has proved itself; CONFIRM is to be sent. What is returned takes all that the transport brings. */
  readonly established: (established: Established, transport: Transport) => ChannelReceiver;
  /** It will not be; `close` when the line closed. */
  readonly failed: (error: Error, close?: TransportClose) => void;
}

/** Dials a daemon and shakes hands. @throws what the host says of an address that it can't dial */
export function shakeHands(terms: HandshakeTerms, attempt: HandshakeAttempt): Dial {
  const { environment, serializers, maxFrameBytes } = terms;
  const { url, credential, resume, established, failed } = attempt;
  const transport = environment.dial(url, { maxFrameBytes });
  return new Dial({
    url,
    transport,
    handshake: (seen) => {
      const offered = serializers.map(({ id }) => id);
      const { security } = environment;
      return secureHandshake({ url, security, credential, serializers: offered, maxFrameBytes, resume }, seen);
    },
    established: (made) => established(made, transport),
    failed,
  });
}
