import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { certify, createAuthority } from './certificates.ts';

/** What a client that trusts the authority says of a server with a certificate for this host. */
async function handshake(host: string): Promise<string> {
  const authority = createAuthority(Date.now());
  const { key, certificate } = certify(authority, host, Date.now());
  const server = createServer({ key, cert: certificate }, (socket) => socket.end()).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => undefined);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', servername: host, ca: authority.certificate });
  try {
    await once(client, 'secureConnect');
    return 'trusted';
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.destroy();
    server.close();
  }
}

test('a host of Cognito is trusted by who trusts the authority', async () => {
  assert.equal(await handshake('cognito-idp.us-east-1.amazonaws.com'), 'trusted');
  assert.equal(await handshake('login.auth.eu-west-1.amazoncognito.com'), 'trusted');
});

test("the authority's certificate for a site that is not AWS's is not trusted", async () => {
  assert.equal(await handshake('www.example.com'), 'permitted subtree violation');
});

test('the authority is one, for ten years, and the key is that of the certificate', () => {
  const authority = createAuthority(Date.UTC(2026, 0, 2));
  const certificate = new X509Certificate(authority.certificate);
  assert.equal(certificate.ca, true);
  assert.equal(certificate.validToDate.getUTCFullYear(), 2035);
  assert.ok(certificate.verify(certificate.publicKey));
});

test('a year after 2049 is written in the long form', () => {
  const certificate = new X509Certificate(createAuthority(Date.UTC(2045, 0, 1)).certificate);
  assert.equal(certificate.validToDate.getUTCFullYear(), 2054);
});
