import { X509Certificate } from "node:crypto";
import { pemBlocks, readPem } from "../node/pem-source.js";
import { failed, type Finding } from "./finding.js";

const DAY_MS = 86_400_000;
/** A certificate that ends sooner is told. */
const SOON_DAYS = 14;

/** Whether the certificates of a PEM file are valid now, and for some time. */
export async function checkCertificateFile(
  file: string,
  { option, nowMs = Date.now() }: { readonly option: string; readonly nowMs?: number | undefined },
): Promise<Finding> {
  try {
    const text = await readPem({ file }, { option, label: "CERTIFICATE" });
    const certificates = pemBlocks(text, "CERTIFICATE").map((block) => new X509Certificate(block));
    const { validFrom, validTo } = certificates.reduce((one, other) =>
      Date.parse(one.validTo) <= Date.parse(other.validTo) ? one : other,
    );
    return certificateFinding({ check: option, what: file, validFrom, validTo, nowMs });
  } catch (error) {
    return failed(option, error);
  }
}

/** What the dates of a certificate mean now. */
export function certificateFinding(certificate: {
  readonly check: string;
  readonly what: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly nowMs: number;
}): Finding {
  const { check, what, validFrom, validTo, nowMs } = certificate;
  const [begins, ends] = [Date.parse(validFrom), Date.parse(validTo)];
  if (begins > nowMs) {
    const remedy = "compare the clocks of both machines";
    return { check, level: "fail", says: `${what}: the certificate is valid from ${day(begins)} on only`, remedy };
  }
  const remedy = "renew it";
  if (ends <= nowMs) return { check, level: "fail", says: `${what}: the certificate ended on ${day(ends)}`, remedy };
  const days = Math.floor((ends - nowMs) / DAY_MS);
  const says = `${what}: the certificate is valid until ${day(ends)}`;
  return days < SOON_DAYS
    ? { check, level: "warn", says: `${says}, ${days === 1 ? "one day" : `${days} days`} from now`, remedy }
    : { check, level: "ok", says };
}

function day(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
