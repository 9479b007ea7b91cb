import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** An authenticator made of software, for one passkey: honest unless a test asks for something else. */
export interface SoftPasskey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly cose: Buffer;
  readonly userHandle: string;
}

/** What ceremonies are over: the options that the server gave. */
export interface Ceremony {
  readonly challenge: string;
  readonly relyingPartyId: string;
}

/** What a test may have done otherwise. */
export interface Deviation {
  readonly clientData?: Readonly<Record<string, unknown>>;
  readonly relyingPartyId?: string;
  /** 1 presence, 4 verification, 8 and 16 backup, 64 a key, 128 extensions. */
  readonly flags?: number;
  readonly counter?: number;
  /** Changes what is sent after it was signed. */
  readonly sent?: (response: Readonly<Record<string, string>>) => Readonly<Record<string, unknown>>;
  readonly credential?: Readonly<Record<string, unknown>>;
}

const [present, verified, withKey] = [1, 4, 64];

const keys = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  P384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  Ed25519: () => generateKeyPairSync('ed25519').privateKey,
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  RSA1024: () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
};

export type KeyKind = keyof typeof keys;

export function softPasskey(userHandle: string, kind: KeyKind = 'ES256'): SoftPasskey {
  const privateKey = keys[kind]();
  return {
    id: randomBytes(32).toString('base64url'),
    privateKey,
    cose: coseOf(privateKey, kind),
    userHandle,
  };
}

function coseOf(privateKey: KeyObject, kind: KeyKind): Buffer {
  const { x = '', y = '', n = '', e = '' } = privateKey.export({ format: 'jwk' }) as Record<string, string>;
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  switch (kind) {
    case 'ES256':
      return cbor(
        new Map<number, Cbor>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, bytes(x)],
          [-3, bytes(y)],
        ]),
      );
    case 'P384':
      return cbor(
        new Map<number, Cbor>([
          [1, 2],
          [3, -35],
          [-1, 2],
          [-2, bytes(x)],
          [-3, bytes(y)],
        ]),
      );
    case 'Ed25519':
      return cbor(
        new Map<number, Cbor>([
          [1, 1],
          [3, -8],
          [-1, 6],
          [-2, bytes(x)],
        ]),
      );
    default:
      return cbor(
        new Map<number, Cbor>([
          [1, 3],
          [3, -257],
          [-1, bytes(n)],
          [-2, bytes(e)],
        ]),
      );
  }
}

/** RegistrationResponseJSON. */
export function registration(
  passkey: SoftPasskey,
  ceremony: Ceremony,
  deviation: Deviation & {
    readonly attestation?: Cbor;
    readonly format?: string;
    readonly aaguid?: string;
  } = {},
): Record<string, unknown> {
  const { attestation = new Map(), format = 'none', aaguid = '0'.repeat(32) } = deviation;
  const id = Buffer.from(passkey.id, 'base64url');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(id.length);
  const authData = Buffer.concat([
    headOf(ceremony, { flags: present | verified | withKey, ...deviation }),
    Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
    length,
    id,
    passkey.cose,
  ]);
  const object = new Map<string, Cbor>([
    ['fmt', format],
    ['attStmt', attestation],
    ['authData', authData],
  ]);
  const response = {
    clientDataJSON: clientDataOf('webauthn.create', ceremony, deviation).toString('base64url'),
    attestationObject: cbor(object).toString('base64url'),
  };
  const sent = deviation.sent?.(response) ?? { ...response, transports: ['internal', 'hybrid'] };
  return credential(passkey, sent, deviation);
}

/** AuthenticationResponseJSON. */
export function assertion(
  passkey: SoftPasskey,
  ceremony: Ceremony,
  deviation: Deviation & { readonly signer?: SoftPasskey; readonly hash?: string } = {},
): Record<string, unknown> {
  const { signer = passkey, hash = 'sha256' } = deviation;
  const authData = headOf(ceremony, { flags: present | verified, ...deviation });
  const clientData = clientDataOf('webauthn.get', ceremony, deviation);
  const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
  const response = {
    clientDataJSON: clientData.toString('base64url'),
    authenticatorData: authData.toString('base64url'),
    signature: sign(hash, signed, signer.privateKey).toString('base64url'),
    userHandle: passkey.userHandle,
  };
  return credential(passkey, deviation.sent?.(response) ?? response, deviation);
}

function credential(
  { id }: SoftPasskey,
  response: Readonly<Record<string, unknown>>,
  deviation: Deviation,
): Record<string, unknown> {
  const plain = { id, rawId: id, type: 'public-key', authenticatorAttachment: 'platform' };
  return { ...plain, clientExtensionResults: {}, response, ...deviation.credential };
}

function clientDataOf(type: string, ceremony: Ceremony, { clientData }: Deviation): Buffer {
  const { challenge, relyingPartyId } = ceremony;
  const origin = relyingPartyId === 'localhost' ? 'http://localhost:3000' : `https://${relyingPartyId}`;
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...clientData }));
}

function headOf(ceremony: Ceremony, { relyingPartyId, flags = 0, counter = 0 }: Deviation): Buffer {
  const tail = Buffer.alloc(5);
  tail.writeUInt8(flags);
  tail.writeUInt32BE(counter, 1);
  const hash = createHash('sha256').update(relyingPartyId ?? ceremony.relyingPartyId);
  return Buffer.concat([hash.digest(), tail]);
}

/** What of CBOR (RFC 8949) authenticators write here. */
export type Cbor = number | string | Uint8Array | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

export function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? sized(1, -1 - value) : sized(0, value);
  if (typeof value === 'string')
    return Buffer.concat([sized(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([sized(2, value.length), value]);
  if (isList(value)) return Buffer.concat([sized(4, value.length), ...value.map(cbor)]);
  const pairs = [...value].flatMap(([key, inner]) => [cbor(key), cbor(inner)]);
  return Buffer.concat([sized(5, value.size), ...pairs]);
}

const isList = (value: Cbor): value is readonly Cbor[] => Array.isArray(value);

function sized(major: number, size: number): Buffer {
  const top = major << 5;
  if (size < 24) return Buffer.from([top | size]);
  if (size < 256) return Buffer.from([top | 24, size]);
  return Buffer.from([top | 25, size >> 8, size & 255]);
}
