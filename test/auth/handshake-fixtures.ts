import { ClientHandshake, type ClientHandshakeOptions, type Established } from "../../src/auth/client-handshake.js";
import type { CertificateCredential } from "../../src/auth/certificate-credential.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import {
  type Accepted,
  HandshakeRefusal,
  ServerHandshake,
  type ServerHandshakeOptions,
} from "../../src/auth/server-handshake.js";
import { mintTicketAt, type Ticket, type TicketOptions } from "../../src/auth/ticket.js";

export const NOW = 1_700_000_000_000;
export const AUDIENCE = "ws://127.0.0.1:7766";
export const alice = Key.generate({ id: "alice" });
export const root = Key.generate({ id: "root", use: "mint" });

export function mint(options: Partial<TicketOptions> = {}, key: Key = root): Ticket {
  return mintTicketAt(NOW, { subject: "zoe", ...options, keys: key });
}

/** The halves of a handshake whose keys can be read and whose ring asks nobody: they answer at once. */
export type PromptClient = Pick<ClientHandshake, "hello"> & { welcome(frame: Uint8Array): Established };
export type PromptServer = Pick<ServerHandshake, "keyId" | "confirm"> & { hello(frame: Uint8Array): Accepted };

export function client(options: Partial<ClientHandshakeOptions> = {}): PromptClient {
  return waitingClient(options) as PromptClient;
}

export function waitingClient(options: Partial<ClientHandshakeOptions> = {}): ClientHandshake {
  return new ClientHandshake({
    credential: { method: 1, key: alice },
    audience: AUDIENCE,
    serializers: [1, 2],
    maxFrameBytes: 65_536,
    ...options,
  });
}

export function server(options: Partial<ServerHandshakeOptions> = {}): PromptServer {
  return waitingServer(options) as PromptServer;
}

export function waitingServer(options: Partial<ServerHandshakeOptions> = {}): ServerHandshake {
  return new ServerHandshake({
    keys: new KeyRing([alice, root]),
    audiences: [AUDIENCE, "ws://localhost:7766"],
    serializers: [1, 2],
    maxFrameBytes: 131_072,
    heartbeatMs: 20_000,
    windowMs: 60_000,
    nowMs: () => NOW,
    ...options,
  });
}

/** Of a client that proves itself by its certificate, as both ends of its TLS know it. */
export const keyingMaterial = new Uint8Array(32).fill(5);
export const certificateCredential: CertificateCredential = {
  keyingMaterial,
  subject: "shop-7",
  expiresAtMs: NOW + 3_600_000,
};

/** A handshake carried to its end, with all its frames. */
export interface Exchange {
  readonly hello: Uint8Array;
  readonly welcome: Uint8Array;
  readonly confirm: Uint8Array;
  readonly accepted: Accepted;
  readonly client: Established;
  readonly ack: number;
}

export function shakeHands(clientSide: PromptClient, serverSide: PromptServer): Exchange {
  const accepted = serverSide.hello(clientSide.hello);
  const established = clientSide.welcome(accepted.welcome);
  const confirm = ClientHandshake.confirm(established, 0);
  const ack = serverSide.confirm(confirm);
  return { hello: clientSide.hello, welcome: accepted.welcome, confirm, accepted, client: established, ack };
}

/** Runs what must be refused and gives the refusal. */
export function refusalOf(task: () => unknown): HandshakeRefusal {
  try {
    task();
  } catch (error) {
    if (error instanceof HandshakeRefusal) return error;
    throw error;
  }
  throw new Error("it was accepted");
}
