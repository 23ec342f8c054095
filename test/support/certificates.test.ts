import { connect, createSecureContext, createServer } from "node:tls";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createAuthority, selfSigned } from "./certificates.js";

test("an authority's certificate is accepted by whoever trusts it, with its key encrypted too", async () => {
  const authority = await createAuthority();
  const { cert, encryptedKey } = await authority.issue();
  const server = createServer({ cert, key: encryptedKey("a passphrase"), passphrase: "a passphrase" }).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  const client = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", ca: authority.cert });
  await once(client, "secureConnect");
  expect(client.authorized).toBe(true);
  client.destroy();
  server.close();
});

test("an authority makes lists of revoked certificates, of the serial number that was asked for", async () => {
  const authority = await createAuthority();
  const one = await authority.issue({ serialNumber: "4a01" });
  createSecureContext({ crl: await authority.revoke(one) });
  expect(one.x509.serialNumber).toBe("4A01");
  expect((await selfSigned({ subjectAltNames: [] })).x509.subjectAltName).toBeUndefined();
});
