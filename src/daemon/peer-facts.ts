import type { CertificateCredential } from "../auth/certificate-credential.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";

/** What the listener knows of a peer before it has said a word. */
export interface PeerFacts {
  /** Left out for peers without an address, such as a MessagePort's. */
  readonly remoteAddress?: string | undefined;
  /** This machine, or a reverse proxy that is trusted: many peers behind one address. @default false */
  readonly isLoopback?: boolean | undefined;
  /** The web origin of the page, absent for programs. */
  readonly origin?: string | undefined;
  /** Others can read along: the line is neither over TLS nor within this machine. @default false */
  readonly isExposed?: boolean | undefined;
  /** Exported keying material of the TLS connection. */
  readonly channelBinding?: Uint8Array | undefined;
  readonly peerCertificate?: PeerCertificate | undefined;
  /** Only there when the peer's certificate proves it in place of a key. */
  readonly certificateCredential?: CertificateCredential | undefined;
  /** Asked when HELLO has come, before it is looked at; throwing or rejecting refuses the peer. */
  readonly verify?: (() => void | Promise<void>) | undefined;
  /** Called when the peer has proved itself: limits of the socket for strangers can go. */
  readonly onAuthenticated?: (() => void) | undefined;
}
