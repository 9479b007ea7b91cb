import { randomBytes, sign } from 'node:crypto';
import { bits, integer, oid, sequence, set, tagged, time, utf8 } from './der.ts';
import type { KeyPair } from './rsa.ts';
import { openPrivateKey, publicKeyOf } from './rsa.ts';

/**
 * A certificate in DER that vouches for nobody but its own RSA key (RFC 5280 §4.1: version 3, signed with RSA and
 * SHA-256), as SAML metadata carries them: its holder is known by the key, not by an authority.
 */
export function selfSigned(
  { privateKey, modulus }: KeyPair,
  { commonName, notBefore, notAfter }: { commonName: string; notBefore: number; notAfter: number },
): Buffer {
  const algorithm = sequence(oid('1.2.840.113549.1.1.11'), Buffer.from([0x05, 0x00]));
  const serial = randomBytes(16);
  // Positive, and never shorter.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const name = sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))));
  const toSign = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    name,
    sequence(time(new Date(notBefore)), time(new Date(notAfter))),
    name,
    publicKeyOf(modulus).export({ type: 'spki', format: 'der' }),
  );
  return sequence(toSign, algorithm, bits(sign('sha256', toSign, openPrivateKey(privateKey))));
}
