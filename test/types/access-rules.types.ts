// Compiled by `npm run check`, never run: the names of a table of access rules are those that are served.
import { accessRules, type Authorizer, expose, instancesOf, type Principal, type Served } from "hearthwire";
import { serve } from "hearthwire/node";

type Equal<A, B> = (<G>() => G extends A ? 1 : 2) extends <G>() => G extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...verdict: Equal<A, B> extends true ? [] : ["differs", A, B]): void;

// S25: a principal is always somebody.
same<Principal["kind"], "key" | "ticket" | "certificate">();

const Vault = expose(
  class Vault {
    open() {}
    remove() {}
    audit() {}
  },
  ["open", "remove"],
);
class Cart {
  add(item: string) {
    return item;
  }
}
expose(Cart, ["add"]);
const objects = {
  vault: new Vault(),
  cart: instancesOf(Cart, { mode: "principal" }),
  seat: Cart,
  tools: { upper: (text: string) => text.toUpperCase() },
  now: () => new Date(),
};
const isStaff: Authorizer = ({ principal, remoteAddress }) => principal.subject === "staff" && remoteAddress !== "";

void serve(objects, {
  authorize: accessRules<typeof objects>({
    vault: { open: true, remove: isStaff, "*": false },
    cart: { add: async () => true },
    seat: { add: true },
    tools: { upper: isStaff },
    now: true,
    "hearthwire.daemon": { ping: true },
    "": isStaff,
    "*": false,
  }),
});
accessRules<Served<typeof objects>>({ vault: { open: true }, cart: { add: true } });
accessRules({ anything: { goes: true }, else: isStaff });

// @ts-expect-error -- no such object
accessRules<typeof objects>({ vaulx: true });
// @ts-expect-error -- no such member
accessRules<typeof objects>({ vault: { opens: true } });
// @ts-expect-error -- not exposed
accessRules<typeof objects>({ vault: { audit: true } });
// @ts-expect-error -- a role is no rule
accessRules<typeof objects>({ vault: { open: "staff" } });
// @ts-expect-error -- it must say yes or no
accessRules<typeof objects>({ vault: { open: () => undefined } });
