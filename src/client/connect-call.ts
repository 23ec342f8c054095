import { DeadlineError, ProtocolError } from "../errors/hearthwire-error.js";
import type { Annotations } from "../session/call-handler.js";
import type { MemberShape } from "../wire/message.js";
import type { ViewSettings } from "./call-options.js";
import { timeoutError } from "./connect-error.js";
import { FunctionStandIn } from "./function-stand-in.js";
import type { ObjectStandIn } from "./object-stand-in.js";
import type { OpenConnection } from "./open-connection.js";
import { PendingCall } from "./pending-call.js";
import { shapeOf } from "./shape.js";
import type { Lifetime, StandIn } from "./stand-in.js";

/**
 * What `connect` gives: asks for the members of a named object and results in its proxy. Until then, and afterwards,
 * calls on it are calls on the object.
 */
export class ConnectCall extends PendingCall {
  readonly #named: ObjectStandIn;
  readonly #connection: OpenConnection;

  constructor(named: ObjectStandIn, connection: OpenConnection) {
    const view = { ...named.view, timeoutMs: connection.connectTimeoutMs };
    super(named.withView(view), named.callTarget, { kind: "look", member: "" });
    this.#named = named;
    this.#connection = connection;
  }

  override get callTarget(): string | StandIn["callTarget"] {
    this.observe();
    return this.#named.callTarget;
  }

  override get view(): ViewSettings {
    return this.#named.view;
  }

  override get lifetime(): Lifetime {
    return this.#named.lifetime;
  }

  override get meaning(): StandIn["meaning"] {
    return this.#named.meaning;
  }

  override succeed(members: unknown, annotations: Annotations | undefined): void {
    if (isMemberList(members)) super.succeed(this.#proxyOf(members), annotations);
    else this.fail(new ProtocolError(`${this.#connection.url} gave no list of members`), annotations);
  }

  /** A function has the one member `""`, which calls it (protocol.md section 6). */
  #proxyOf(members: readonly MemberShape[]): object {
    const isFunction = members.some(([name]) => name === "");
    return isFunction ? new FunctionStandIn(this.#named).proxy : this.#named.withShape(shapeOf(members)).proxy;
  }

  /** Whoever is not connected has nothing to release. */
  override fail(error: unknown, annotations: Annotations | undefined): void {
    const cause = error instanceof DeadlineError ? timeoutError(this.#connection.url, error.timeoutMs) : error;
    this.#connection.fail(cause);
    super.fail(cause, annotations);
  }
}

function isMemberList(value: unknown): value is readonly MemberShape[] {
  return Array.isArray(value) && value.every((member) => Array.isArray(member) && typeof member[0] === "string");
}
