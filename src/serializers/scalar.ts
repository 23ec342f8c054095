import { PayloadError } from "./payload.js";

/** The most digits of a bigint: parsing three million took 0.6 s. */
export const MAX_BIGINT_DIGITS = 1024;
const BIGINT = new RegExp(`^-?\\d{1,${MAX_BIGINT_DIGITS}}$`);
/** What an invalid Date is on the wire. */
export const INVALID_DATE = "invalid";
const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);
/** A URL ends in a link or a fetch: `javascript:` and `file:` don't. */
const URL_PROTOCOLS: ReadonlySet<string> = new Set(["http:", "https:", "ws:", "wss:", "mailto:"]);

/** What `href` is made of. Anything else in a host would be mapped and decoded, in time that grows with its square. */
const PRINTABLE_ASCII = /^[ -~]*$/;

/** Half a surrogate pair, or a byte order mark in front, which decoders of UTF-8 take off. */
const LOST_IN_UTF8 = /^\uFEFF|\p{Surrogate}/u;

/** Halves of surrogate pairs. */
export const LOST_SURROGATES = /\p{Surrogate}/gu;

/** Whether a text comes back as it was when it went as UTF-8. */
export function keepsInUtf8(text: string): boolean {
  return !LOST_IN_UTF8.test(text);
}

export function isSendableUrl(url: URL): boolean {
  return URL_PROTOCOLS.has(url.protocol);
}

export function isSendableBigint(digits: string): boolean {
  return BIGINT.test(digits);
}

/**
 * Revives a value that superjson writes as one JSON scalar.
 * @throws PayloadError when the JSON is not exactly what a sender writes.
 */
export function reviveScalar(type: string, json: unknown): unknown {
  switch (type) {
    case "undefined":
      if (json === null) return undefined;
      break;
    case "number":
      if (NUMBERS.has(json)) return NUMBERS.get(json);
      break;
    case "bigint":
      if (typeof json === "string" && BIGINT.test(json)) return BigInt(json);
      break;
    case "Date":
      if (typeof json === "string") return reviveDate(json);
      break;
    case "URL":
      if (typeof json === "string") return reviveUrl(json);
      break;
    case "text":
      if (typeof json === "string") return reviveText(json);
      break;
    case "regexp":
      if (typeof json === "string") return reviveRegExp(json);
      break;
  }
  throw new PayloadError(`a value annotated as ${type} must be what a sender writes for one`);
}

function reviveText(json: string): string {
  let text: unknown;
  try {
    text = JSON.parse(json);
  } catch {
    text = undefined;
  }
  if (typeof text !== "string") throw new PayloadError("a text that UTF-8 can't hold is written as JSON");
  return text;
}

function reviveDate(json: string): Date {
  const date = new Date(json);
  if (json === INVALID_DATE) return date;
  if (isUsualIso(json, date)) return date;
  if (Number.isNaN(date.valueOf()) || date.toISOString() !== json) {
    throw new PayloadError('a Date must be its own toISOString(), or "invalid"');
  }
  return date;
}

const USUAL_ISO = /^\d{4}-(?:0[1-9]|1[0-2])-(\d\d)T[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z$/;

/**
 * Whether a text is the `toISOString()` of its date, without making that again. A day that its month does not have and an
 * hour above 23 are no date, or end up on another day.
 */
function isUsualIso(json: string, date: Date): boolean {
  const day = USUAL_ISO.exec(json)?.[1];
  return day !== undefined && date.getUTCDate() === Number(day);
}

function reviveUrl(json: string): URL {
  const url = PRINTABLE_ASCII.test(json) && URL.canParse(json) ? new URL(json) : undefined;
  if (url === undefined || !isSendableUrl(url)) {
    throw new PayloadError(
      "a URL must be valid, in ASCII as its href is, with the protocol http, https, ws, wss or mailto",
    );
  }
  return url;
}

function reviveRegExp(json: string): RegExp {
  const end = json.lastIndexOf("/");
  if (json[0] === "/" && end > 0) {
    try {
      return new RegExp(json.slice(1, end), json.slice(end + 1));
    } catch (error) {
      throw new PayloadError("a regexp must be valid", { cause: error });
    }
  }
  throw new PayloadError("a regexp must be written as /source/flags");
}
