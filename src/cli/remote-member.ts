import { describe } from "../client/describe.js";
import type { MemberDescription } from "../client/object-description.js";
import type { AnyRemote, UntypedObject } from "../client/remote.js";
import { CallError } from "../errors/hearthwire-error.js";
import { closestName } from "../objects/closest-name.js";

/** A member of a remote object, as any command may use it. */
export interface RemoteMember {
  readonly description: MemberDescription;
  /** Calls it, or reads it when it is an accessor. */
  use(args: readonly unknown[]): Promise<unknown>;
}

/**
 * Looks a member up in what its object says of itself, so that a misspelt one is refused before anything is called.
 *
 * @param name `""` for the function itself, when the object is one
 * @throws CallError `HW_NO_SUCH_MEMBER`
 */
export async function remoteMember(remote: AnyRemote, name: string): Promise<RemoteMember> {
  const { object, members } = await describe(remote);
  const description = members.find((member) => member.name === name);
  if (description === undefined) throw noSuchMember(object, { name, members });
  return { description, use: (args) => use(remote, { description, args }) };
}

function noSuchMember(
  object: string,
  { name, members }: { readonly name: string; readonly members: readonly MemberDescription[] },
): CallError {
  const names = members.map((member) => member.name);
  const closest = closestName(name, names);
  const remedy =
    names.length === 0
      ? "it has none"
      : names[0] === ""
        ? 'it is a function: call the member ""'
        : closest === undefined
          ? `it has ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", ..." : ""}`
          : `did you mean "${closest}"?`;
  return new CallError("HW_NO_SUCH_MEMBER", `"${object}" has no member "${name}" that you may use: ${remedy}`, {
    object,
    member: name,
    delivery: "not-sent",
  });
}

async function use(
  remote: AnyRemote,
  { description, args }: { readonly description: MemberDescription; readonly args: readonly unknown[] },
): Promise<unknown> {
  const { name, kind } = description;
  if (name === "") return (remote as unknown as (...args: readonly unknown[]) => Promise<unknown>)(...args);
  // A proxy, for which any name is a member of the other side, or none.
  const object = remote as unknown as UntypedObject;
  return kind === "accessor" ? (object[name] as unknown) : object[name]!(...args);
}
