import type { ProxyFactory } from "../session/outbound-call.js";
import type { ProxyOwner } from "./stand-in.js";

/** Makes the stand-ins of what one session's peer exports. */
export function proxyFactory(_owner: ProxyOwner): ProxyFactory {
  throw new Error("not written");
}
