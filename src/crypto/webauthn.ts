import { createHash, createPublicKey } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';

/** ES256 and RS256 (COSE): the algorithms of passkeys here, and no other. */
export const algorithms = [-7, -257] as const;

/** What a browser made of a ceremony: RegistrationResponseJSON or AuthenticationResponseJSON, checked for its form. */
export interface Credential {
  readonly id: string;
  readonly attachment: string | undefined;
  readonly response: Readonly<Record<string, unknown>>;
  readonly clientData: ClientData;
}

/** WebAuthn §5.8.1: CollectedClientData. */
export interface ClientData {
  readonly type: string;
  readonly challenge: string;
  readonly origin: string;
  readonly crossOrigin: boolean;
}

/** The credential in a JSON value; undefined for what is none: members missing, of a wrong kind, or not base64url. */
export function credentialOf(value: unknown): Credential | undefined {
  const { id, rawId, type, response, authenticatorAttachment } = membersOf(value);
  // WebAuthn §7.1: a credential id has 1023 bytes at most.
  if (!isBase64url(id) || id === '' || id.length > 1364 || rawId !== id || type !== 'public-key')
    return undefined;
  const answer = membersOf(response);
  const clientData = clientDataOf(answer['clientDataJSON']);
  if (clientData === undefined) return undefined;
  const attachment = typeof authenticatorAttachment === 'string' ? authenticatorAttachment : undefined;
  return { id, attachment, response: answer, clientData };
}

function clientDataOf(encoded: unknown): ClientData | undefined {
  if (!isBase64url(encoded)) return undefined;
  const { type, challenge, origin, crossOrigin, topOrigin } = membersOf(
    parsed(Buffer.from(encoded, 'base64url')),
  );
  if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string')
    return undefined;
  const isAlone = (crossOrigin === undefined || crossOrigin === false) && topOrigin === undefined;
  return { type, challenge, origin, crossOrigin: !isAlone };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** In the one form that these bytes have. */
export function isBase64url(value: unknown): value is string {
  return typeof value === 'string' && Buffer.from(value, 'base64url').toString('base64url') === value;
}

/**
 * Whether pages of this origin may use the passkeys of a relying party: over HTTPS, or on this machine itself; its host
 * is the relying party id or lies under it (WebAuthn §5.1.3 step 7; §13.4.9). As browsers write it, to the byte.
 */
export function isOriginOf(origin: string, relyingPartyId: string): boolean {
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin) return false;
  const { protocol, hostname } = url;
  const isSecure = protocol === 'https:' || (protocol === 'http:' && isUnder(hostname, 'localhost'));
  return isSecure && isUnder(hostname, relyingPartyId);
}

const isUnder = (host: string, id: string) => id !== '' && (host === id || host.endsWith(`.${id}`));

/** What a ceremony must be to count. */
export interface Expected {
  readonly challenge: string;
  readonly relyingPartyId: string;
  readonly userVerification: boolean;
}

export interface RegisteredKey {
  readonly id: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly aaguid: string;
  readonly transports: readonly string[];
}

/** Why a registration does not count. */
export type RegistrationFault = 'origin' | 'relying party' | 'unsupported';

/**
 * The key of a registration, or why it does not count (WebAuthn §7.1).
 *
 * Origin and relying party are compared exactly; only ES256 on P-256 and RS256 of 2048 to 4096 bits are taken, each by a
 * key that is one. Statements of attestation are put aside unread: nothing is asked of the maker, and no address that a
 * certificate names is ever called.
 */
export async function registeredKey(
  credential: Credential,
  expected: Expected,
): Promise<RegisteredKey | RegistrationFault> {
  const { clientData, response } = credential;
  if (clientData.crossOrigin || !isOriginOf(clientData.origin, expected.relyingPartyId)) return 'origin';
  const [library, helpers] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers'),
  ]);
  const plain = withoutStatement(helpers, response['attestationObject']);
  if (plain === undefined) return 'unsupported';
  if (!isHashOf(plain.authData, expected.relyingPartyId)) return 'relying party';
  try {
    const { registrationInfo } = await library.verifyRegistrationResponse({
      response: jsonOf(credential, {
        attestationObject: plain.encoded,
      }) as RegistrationResponseJSON,
      expectedChallenge: expected.challenge,
      expectedOrigin: clientData.origin,
      expectedRPID: expected.relyingPartyId,
      requireUserVerification: expected.userVerification,
      supportedAlgorithmIDs: [...algorithms],
    });
    if (registrationInfo === undefined || registrationInfo.credential.id !== credential.id)
      return 'unsupported';
    const { id, publicKey, counter } = registrationInfo.credential;
    if (!isSupported(helpers.decodeCredentialPublicKey(publicKey))) return 'unsupported';
    return {
      id,
      publicKey: Buffer.from(publicKey).toString('base64url'),
      counter,
      aaguid: registrationInfo.aaguid,
      transports: transportsOf(response['transports']),
    };
  } catch {
    // Whatever the library finds wrong with bytes of a stranger.
    return 'unsupported';
  }
}

type Helpers = typeof import('@simplewebauthn/server/helpers');

/** The attestation object with the statement taken out, as an authenticator makes it that attests nothing. */
function withoutStatement({ isoCBOR, decodeAttestationObject }: Helpers, encoded: unknown) {
  if (!isBase64url(encoded)) return undefined;
  try {
    const authData = decodeAttestationObject(new Uint8Array(Buffer.from(encoded, 'base64url'))).get(
      'authData',
    );
    if (!(authData instanceof Uint8Array)) return undefined;
    const object = new Map<string, string | Uint8Array | Map<string, string>>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ]);
    return { authData, encoded: Buffer.from(isoCBOR.encode(object)).toString('base64url') };
  } catch {
    return undefined;
  }
}

/** Authenticator data begins with the hash of the relying party id (WebAuthn §6.1). */
const isHashOf = (authData: Uint8Array, relyingPartyId: string): boolean =>
  createHash('sha256').update(relyingPartyId).digest().equals(authData.subarray(0, 32));

function jsonOf(credential: Credential, members: Readonly<Record<string, unknown>>): unknown {
  const { id, response } = credential;
  const json = { id, rawId: id, type: 'public-key', clientExtensionResults: {} };
  return { ...json, response: { ...response, transports: undefined, ...members } };
}

/**
 * Whether the key is what its algorithm asks for: a point of the curve, or a modulus of a bearable size with an exponent
 * that is one (RFC 8017 §3.1: odd, and 3 at least).
 */
function isSupported(cose: { get(label: number): unknown }): boolean {
  const [kty, alg] = [cose.get(1), cose.get(3)];
  if (alg === -7 && kty === 2 && cose.get(-1) === 1) {
    const jwk = { kty: 'EC', crv: 'P-256', x: textOf(cose.get(-2)), y: textOf(cose.get(-3)) };
    return keyOf(jwk) !== undefined;
  }
  if (alg !== -257 || kty !== 3) return false;
  const jwk = { kty: 'RSA', n: textOf(cose.get(-1)), e: textOf(cose.get(-2)) };
  const { modulusLength: bits = 0, publicExponent: e = 0n } = keyOf(jwk)?.asymmetricKeyDetails ?? {};
  return bits >= 2048 && bits <= 4096 && e >= 3n && e % 2n === 1n;
}

const textOf = (value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : '';

function keyOf(key: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** WebAuthn §5.8.4; unknown ones are left out. */
const knownTransports = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'];

const transportsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? knownTransports.filter((it) => value.includes(it)) : [];

/** A key as it was registered. */
export interface KnownKey {
  readonly id: string;
  readonly publicKey: string;
  /** Whom it belongs to: the user handle that the authenticator was given. */
  readonly userHandle: string;
}

/**
 * The counter in an assertion; undefined for one that does not count (WebAuthn §7.2): of another ceremony, challenge,
 * origin, relying party, key or user; without presence, without verification where it is asked for; a signature that is
 * not the key's. Whether the counter has moved on is for the caller to say.
 */
export async function assertedCounter(
  credential: Credential,
  key: KnownKey,
  expected: Expected,
): Promise<number | undefined> {
  const { clientData, response } = credential;
  const { userHandle, authenticatorData, signature } = response;
  if (clientData.crossOrigin || !isOriginOf(clientData.origin, expected.relyingPartyId)) return undefined;
  if (userHandle !== undefined && userHandle !== null && userHandle !== key.userHandle) return undefined;
  if (!isBase64url(authenticatorData) || !isBase64url(signature)) return undefined;
  const [library, helpers] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers'),
  ]);
  const publicKey = new Uint8Array(Buffer.from(key.publicKey, 'base64url'));
  try {
    const isElliptic = helpers.cose.isCOSEPublicKeyEC2(helpers.decodeCredentialPublicKey(publicKey));
    if (isElliptic && !isEcdsaSignature(Buffer.from(signature, 'base64url'))) return undefined;
    const { verified, authenticationInfo } = await library.verifyAuthenticationResponse({
      response: jsonOf(credential, {}) as AuthenticationResponseJSON,
      expectedChallenge: expected.challenge,
      expectedOrigin: clientData.origin,
      expectedRPID: expected.relyingPartyId,
      requireUserVerification: expected.userVerification,
      credential: {
        id: key.id,
        publicKey,
        // Nothing lies below: any counter passes.
        counter: 0,
      },
    });
    return verified && credential.id === key.id ? authenticationInfo.newCounter : undefined;
  } catch {
    // Whatever the library finds wrong with bytes of a stranger.
    return undefined;
  }
}

/**
 * Whether these bytes are an Ecdsa-Sig-Value of P-256 in DER (WebAuthn, "Signature Formats"). The library reads BER,
 * overlooks what comes after, and takes numbers without their sign.
 */
function isEcdsaSignature(bytes: Buffer): boolean {
  if (bytes.length < 8 || bytes.length > 72) return false;
  const r = bytes.subarray(4, 4 + bytes.readUInt8(3));
  const s = bytes.subarray(6 + r.length);
  const head = Buffer.of(0x30, 4 + r.length + s.length, 2, r.length);
  return isPositive(r) && isPositive(s) && Buffer.concat([head, r, Buffer.of(2, s.length), s]).equals(bytes);
}

/** With the one zero in front that tells it from a negative number, and no other. */
const isPositive = ([first = 0, second = 0]: Buffer): boolean => (first === 0 ? second > 127 : first < 128);
