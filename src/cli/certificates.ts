import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bits, boolean, integer, octets, oid, sequence, set, tagged, time, utf8 } from '../crypto/der.ts';

/** A key and the certificate for it, in PEM. */
export interface Certified {
  readonly key: string;
  readonly certificate: string;
}

const subject = 'Cognate development authority';
const day = 86_400_000;

/** The domains an authority of ours may certify: who steals its key can pretend to be no other site (RFC 5280 §4.2.1.10). */
const permittedDomains = ['amazonaws.com', 'amazonaws.com.cn', 'api.aws', 'amazoncognito.com'];

/** A certificate authority of its own, for ten years, confined to AWS's domains. */
export function createAuthority(now: number): Certified {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    extension('2.5.29.19', sequence(boolean(true), integer(Buffer.from([0]))), true), // CA, no further ones below it
    extension('2.5.29.15', bits(Buffer.from([0b0000_0110]), 1), true), // keyCertSign, cRLSign
    extension(
      '2.5.29.30',
      sequence(tagged(0xa0, ...permittedDomains.map((name) => sequence(dnsName(name))))),
      true,
    ),
    extension('2.5.29.14', octets(keyId(publicKey))),
  ];
  const certificate = signed({
    subject,
    publicKey,
    signer: privateKey,
    notBefore: now - day,
    notAfter: now + 3650 * day,
    extensions,
  });
  return { key: pemOf(privateKey), certificate };
}

/** A server certificate for one host name, for a year. */
export function certify(authority: Certified, host: string, now: number): Certified {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuerKey = new X509Certificate(authority.certificate).publicKey;
  const extensions = [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', bits(Buffer.from([0b1000_0000]), 7), true), // digitalSignature
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))), // serverAuth
    extension('2.5.29.17', sequence(dnsName(host))),
    extension('2.5.29.14', octets(keyId(publicKey))),
    extension('2.5.29.35', sequence(tagged(0x80, keyId(issuerKey)))),
  ];
  const certificate = signed({
    subject: 'cognate run', // common names are at most 64 characters; the host is the alternative name
    publicKey,
    signer: createPrivateKey(authority.key),
    notBefore: now - day,
    notAfter: now + 365 * day,
    extensions,
  });
  return { key: pemOf(privateKey), certificate };
}

interface Content {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Buffer[];
}

/** RFC 5280 §4.1: version 3, signed with ECDSA and SHA-256. */
function signed(content: Content): string {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive and never shorter
  const toSign = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    nameOf(subject),
    sequence(time(new Date(content.notBefore)), time(new Date(content.notAfter))),
    nameOf(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...content.extensions)),
  );
  const der = sequence(toSign, algorithm, bits(sign('sha256', toSign, content.signer)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const nameOf = (commonName: string) => sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))));
const dnsName = (name: string) => tagged(0x82, Buffer.from(name, 'latin1'));

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

/** RFC 5280 §4.2.1.2, method 1, over the whole key information: any stable value will do. */
function keyId(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
