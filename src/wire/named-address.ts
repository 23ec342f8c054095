import { ConfigError } from "../errors/hearthwire-error.js";
import { isLoopbackHost } from "./loopback-host.js";

/** Where name servers listen unless told otherwise. */
export const NAMES_PORT = 7765;

/** What a named address is begun with. */
export const NAMED_SCHEME = "hearthwire:";

/** A named address taken apart: what is looked for, and whom to ask. It has a name or at least one tag. */
export interface NamedAddress {
  /** Undefined: any name that has the tags. */
  readonly name?: string | undefined;
  /** What is registered must have all of them; sorted, none twice. */
  readonly tags: readonly string[];
  /** @default whoever is asked where an address says nothing */
  readonly server?: NameServerHost | undefined;
}

/** Where a name server listens. */
export interface NameServerHost {
  /** As URLs have it: in lower case, IPv6 in brackets. */
  readonly host: string;
  /** 1..65535 */
  readonly port: number;
}

/** What a name must be, to end a sentence. */
export const NAME_RULE = "1..128 characters of A-Z a-z 0-9 . _ ~ / -, the first a letter or digit";
/** What a tag must be, to end a sentence. */
export const TAG_RULE = "1..64 characters of A-Z a-z 0-9 . _ : ~ -";
export const MAX_TAGS = 32;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._~/-]{0,127}$/;
const TAG = /^[A-Za-z0-9._:~-]{1,64}$/;
/** The parts, before they are looked at: no part holds what begins the next. */
const ADDRESS = /^hearthwire:([^@?]*)(?:@([^@?]*))?(?:\?([^@?]*))?$/;
const SERVER = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::([1-9][0-9]{0,4}))?$/;

/** Whether a text can be a name. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Whether a text can be a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Takes a named address apart: `hearthwire:` and a name, `@` and a name server, `?tags=` and tags, in this order. A name or
 * tags must be there; all else may be left out, and a port when it is 7765. Nothing is percent-encoded.
 *
 * @throws ConfigError `HW_ADDRESS_INVALID`
 * @example
 * parseNamedAddress("hearthwire:shop/cart@names.example.com?tags=eu");
 * // { name: "shop/cart", tags: ["eu"], server: { host: "names.example.com", port: 7765 } }
 */
export function parseNamedAddress(address: string): NamedAddress {
  const parts = ADDRESS.exec(address);
  if (parts === null) throw invalid(`must be hearthwire:NAME, hearthwire:NAME@HOST:PORT or hearthwire:?tags=TAG,TAG`);
  const [, name = "", server, query] = parts;
  if (name !== "" && !isName(name)) throw invalid(`must name ${NAME_RULE}, got ${shown(name)}`);
  const tags = query === undefined ? [] : tagsOf(query);
  if (name === "" && tags.length === 0)
    throw invalid("must have a name or tags: hearthwire:chat, hearthwire:?tags=gpu");
  return {
    ...(name !== "" && { name }),
    tags,
    ...(server !== undefined && { server: serverOf(server) }),
  };
}

/**
 * The one way to write a named address: the inverse of {@link parseNamedAddress}. Tags are sorted, and the usual port is
 * left out.
 * @throws ConfigError `HW_ADDRESS_INVALID` when a part is none
 */
export function formatNamedAddress({ name = "", tags, server }: NamedAddress): string {
  const at = server === undefined ? "" : `@${server.host}${server.port === NAMES_PORT ? "" : `:${server.port}`}`;
  const query = tags.length === 0 ? "" : `?tags=${tags.toSorted().join(",")}`;
  const address = `${NAMED_SCHEME}${name}${at}${query}`;
  const read = parseNamedAddress(address);
  if ((read.name ?? "") !== name || read.tags.length !== tags.length || read.server?.host !== server?.host) {
    throw invalid(`must have parts that it is read with again: ${shown(address)} has others`);
  }
  return address;
}

/** The daemon of a name server: without TLS on this machine alone. */
export function nameServerUrl({ host, port }: NameServerHost): string {
  return new URL(`${isLoopbackHost(host) ? "ws" : "wss"}://${host}:${port}/`).href;
}

function tagsOf(query: string): readonly string[] {
  if (!query.startsWith("tags=")) throw invalid('may have "?tags=" and nothing else after "?"');
  const tags = query.slice("tags=".length).split(",");
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) {
    throw invalid(`must have tags of ${TAG_RULE}, got ${shown(wrong)}`);
  }
  if (tags.length > MAX_TAGS) throw invalid(`may have at most ${MAX_TAGS} tags, got ${tags.length}`);
  if (new Set(tags).size < tags.length) throw invalid("must not have a tag twice");
  return tags.sort();
}

function serverOf(text: string): NameServerHost {
  const [, host = "", digits] = SERVER.exec(text) ?? [];
  const port = digits === undefined ? NAMES_PORT : Number(digits);
  const hostname = host === "" || port > 65_535 ? undefined : canonicalHost(host);
  if (hostname !== undefined) return { host: hostname, port };
  throw invalid(
    `must have a host and, unless it is ${NAMES_PORT}, a port 1..65535 after "@", such as @names.example.com:8000 or ` +
      `@[::1], got ${shown(text)}`,
  );
}

/** Of the many spellings of one address the one that URLs have. */
function canonicalHost(host: string): string | undefined {
  try {
    return new URL(`ws://${host}/`).hostname;
  } catch {
    return undefined;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}

function invalid(must: string): ConfigError {
  return new ConfigError("HW_ADDRESS_INVALID", `"address" ${must}`);
}
