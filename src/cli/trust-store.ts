import { integer, octets, oid, sequence, set, tagged } from '../crypto/der.ts';

const data = oid('1.2.840.113549.1.7.1');
const certBag = oid('1.2.840.113549.1.12.10.1.3');
const x509Certificate = oid('1.2.840.113549.1.9.22.1');
/** Java takes only certificates with this attribute as trusted; its value is anyExtendedKeyUsage. */
const trustedKeyUsage = sequence(oid('2.16.840.1.113894.746875.1.1'), set(oid('2.5.29.37.0')));

/** A PKCS#12 store of trusted certificates (RFC 7292 §4). They are public: it is neither encrypted nor has it a MAC. */
export function trustStore(pems: readonly string[]): Buffer {
  const bags = pems.map((pem) => {
    const certificate = Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ''), 'base64');
    return sequence(
      certBag,
      tagged(0xa0, sequence(x509Certificate, tagged(0xa0, octets(certificate)))),
      set(trustedKeyUsage),
    );
  });
  const contents = sequence(contentInfo(sequence(...bags)));
  return sequence(integer(Buffer.from([3])), contentInfo(contents));
}

const contentInfo = (content: Buffer) => sequence(data, tagged(0xa0, octets(content)));
