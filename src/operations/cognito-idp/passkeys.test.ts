import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cbor, registration, softPasskey } from '../../../test/authenticator.ts';
import type { Cbor, KeyKind, SoftPasskey } from '../../../test/authenticator.ts';
import { passkeyScene, relyingPartyId } from '../../../test/passkeys.ts';
import { addClient, makeHome, makeUser, passwordSignIn } from '../../../test/sign-in.ts';
import { outcome } from '../../../test/user-pool.ts';

const notFound = 'WebAuthnChallengeNotFoundException: The challenge of the credential was not found.';
const notSupported = 'WebAuthnCredentialNotSupportedException: The credential is not supported.';
const notAllowed = 'WebAuthnOriginNotAllowedException: The origin of the credential is not allowed.';
const mismatch =
  'WebAuthnRelyingPartyMismatchException: The credential is not for the relying party ID of the user pool.';
const invalid = 'InvalidParameterException: Invalid credential.';

test('StartWebAuthnRegistration gives the creation options', async (t) => {
  const { call, accessToken, register } = await passkeyScene(t);
  const first = await register();
  const AccessToken = await accessToken();
  const { UserAttributes } = await call('GetUser', { AccessToken });
  const sub = UserAttributes.find(({ Name }) => Name === 'sub')?.Value ?? '';
  const start = () => call('StartWebAuthnRegistration', { AccessToken }, { signed: false });
  const { CredentialCreationOptions: options } = await start();
  const { challenge, ...rest } = options;
  assert.deepEqual(rest, {
    rp: { id: relyingPartyId, name: relyingPartyId },
    user: { id: Buffer.from(sub).toString('base64url'), name: 'ada', displayName: 'ada' },
    pubKeyCredParams: [
      { type: 'public-key', alg: -7 },
      { type: 'public-key', alg: -257 },
    ],
    timeout: 60_000,
    excludeCredentials: [{ type: 'public-key', id: first.id }],
    authenticatorSelection: {
      requireResidentKey: true,
      residentKey: 'required',
      userVerification: 'preferred',
    },
  });
  assert.match(String(challenge), /^[\w-]{22}$/);
  assert.notEqual((await start()).CredentialCreationOptions['challenge'], challenge);
});

test('the relying party is what is configured, else the domain; without either there is none', async (t) => {
  const { call, ctx, home, accessToken, begin, configure } = await passkeyScene(t);
  const AccessToken = await accessToken();
  await configure(undefined);
  assert.equal(
    await outcome(call('StartWebAuthnRegistration', { AccessToken })),
    'WebAuthnConfigurationMissingException: The user pool has neither a relying party ID nor a domain.',
  );
  const put = async (settings: { Domain?: string; CustomDomain?: string }) => {
    const pool = await ctx.store.pools.find(home.poolId);
    assert.ok(
      pool && (await ctx.store.pools.replace({ ...pool, settings: { ...pool.settings, ...settings } })),
    );
  };
  await put({ Domain: 'home' });
  assert.equal((await begin(AccessToken)).relyingPartyId, 'home.auth.us-east-1.amazoncognito.com');
  await put({ CustomDomain: 'login.example.org' });
  assert.equal((await begin(AccessToken)).relyingPartyId, 'login.example.org');
});

test('a relying party is told and compared as browsers write it, however it was configured', async (t) => {
  const { call, accessToken, begin, configure } = await passkeyScene(t);
  const AccessToken = await accessToken();
  for (const [RelyingPartyId, written] of [
    ['Auth.Example.com', relyingPartyId],
    ['b\u00fccher.example', 'xn--bcher-kva.example'],
  ] as const) {
    await configure({ RelyingPartyId });
    const ceremony = await begin(AccessToken);
    assert.equal(ceremony.relyingPartyId, written);
    const Credential = registration(softPasskey(ceremony.userHandle), ceremony);
    assert.deepEqual(await call('CompleteWebAuthnRegistration', { AccessToken, Credential }), {});
  }
  const { Credentials } = await call('ListWebAuthnCredentials', { AccessToken });
  assert.deepEqual(
    Credentials.map((it) => it.RelyingPartyId),
    [relyingPartyId, 'xn--bcher-kva.example'],
  );
});

test('a pool whose sign-in policy lacks WEB_AUTHN registers nothing', async (t) => {
  const { call } = await passkeyScene(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const AccessToken = (await passwordSignIn(call, home)).AuthenticationResult?.AccessToken ?? '';
  const refused = 'WebAuthnNotEnabledException: Passkeys are not enabled for the user pool.';
  assert.equal(await outcome(call('StartWebAuthnRegistration', { AccessToken })), refused);
  assert.equal(await outcome(call('CompleteWebAuthnRegistration', { AccessToken, Credential: {} })), refused);
});

test('CompleteWebAuthnRegistration, ListWebAuthnCredentials and DeleteWebAuthnCredential', async (t) => {
  const { call, accessToken, begin, register, clock } = await passkeyScene(t);
  const AccessToken = await accessToken();
  const ceremony = await begin(AccessToken);
  const bitwarden = softPasskey(ceremony.userHandle, 'RS256');
  const Credential = registration(bitwarden, ceremony, { aaguid: 'd548826e-79b4-db40-a3d8-11116f7e8349' });
  assert.deepEqual(await call('CompleteWebAuthnRegistration', { AccessToken, Credential }), {});
  clock.advance(1000);
  const plain = await register();
  const list = (more = {}) => call('ListWebAuthnCredentials', { AccessToken, ...more }, { signed: false });
  const { Credentials, NextToken } = await list();
  assert.equal(NextToken, undefined);
  assert.deepEqual(
    Credentials.map(({ CreatedAt, ...shown }) => ({ ...shown, isTime: typeof CreatedAt === 'number' })),
    [
      {
        CredentialId: bitwarden.id,
        FriendlyCredentialName: 'Bitwarden',
        RelyingPartyId: relyingPartyId,
        AuthenticatorAttachment: 'platform',
        AuthenticatorTransports: ['hybrid', 'internal'],
        isTime: true,
      },
      {
        CredentialId: plain.id,
        FriendlyCredentialName: 'Passkey',
        RelyingPartyId: relyingPartyId,
        AuthenticatorAttachment: 'platform',
        AuthenticatorTransports: ['hybrid', 'internal'],
        isTime: true,
      },
    ],
  );
  const first = await list({ MaxResults: 1 });
  assert.deepEqual([first.Credentials.length, first.Credentials[0]?.CredentialId], [1, bitwarden.id]);
  const second = await list({ MaxResults: 1, NextToken: first.NextToken });
  assert.deepEqual([second.Credentials[0]?.CredentialId, second.NextToken], [plain.id, undefined]);

  const remove = () => call('DeleteWebAuthnCredential', { AccessToken, CredentialId: bitwarden.id });
  assert.deepEqual(await remove(), {});
  assert.equal(await outcome(remove()), 'ResourceNotFoundException: Passkey not found.');
  assert.equal((await list()).Credentials.length, 1);
});

test('AT-6 passkeys of others are neither seen nor deleted', async (t) => {
  const { call, home, accessToken, register } = await passkeyScene(t);
  const { id } = await register();
  await makeUser(call, home, 'bob');
  const AccessToken = await accessToken('bob');
  assert.deepEqual((await call('ListWebAuthnCredentials', { AccessToken })).Credentials, []);
  assert.equal(
    await outcome(call('DeleteWebAuthnCredential', { AccessToken, CredentialId: id })),
    'ResourceNotFoundException: Passkey not found.',
  );
});

test('a user has twenty passkeys at most', async (t) => {
  const { call, accessToken, begin, register } = await passkeyScene(t);
  const AccessToken = await accessToken();
  for (let count = 0; count < 19; count += 1) await register();
  const ceremony = await begin(AccessToken);
  await register();
  const full = 'LimitExceededException: Passkeys cannot exceed limit of 20 for a user.';
  assert.equal(await outcome(call('StartWebAuthnRegistration', { AccessToken })), full);
  // The challenge of before was replaced by the last registration's.
  const Credential = registration(softPasskey(ceremony.userHandle), ceremony);
  assert.equal(await outcome(call('CompleteWebAuthnRegistration', { AccessToken, Credential })), notFound);
  assert.equal((await call('ListWebAuthnCredentials', { AccessToken })).Credentials.length, 20);
});

test('MF-9 a registration challenge serves once, for a minute, for its user and app', async (t) => {
  const { call, home, clock, accessToken, begin } = await passkeyScene(t);
  const AccessToken = await accessToken();
  const complete = (Credential: Record<string, unknown>, token = AccessToken) =>
    outcome(call('CompleteWebAuthnRegistration', { AccessToken: token, Credential }));

  const once = await begin(AccessToken);
  const passkey = softPasskey(once.userHandle);
  assert.equal(await complete(registration(passkey, once)), 'ok');
  assert.equal(await complete(registration(softPasskey(once.userHandle), once)), notFound);

  const spoilt = await begin(AccessToken);
  assert.equal(
    await complete(registration(softPasskey(spoilt.userHandle), spoilt, { flags: 64 })),
    notSupported,
  );
  assert.equal(await complete(registration(softPasskey(spoilt.userHandle), spoilt)), notFound);

  const late = await begin(AccessToken);
  clock.advance(60_000);
  assert.equal(await complete(registration(softPasskey(late.userHandle), late)), notFound);

  const again = await begin(AccessToken);
  assert.equal(await complete(registration(passkey, again)), invalid);

  await makeUser(call, home, 'bob');
  const hers = await begin(AccessToken);
  const forHers = registration(softPasskey(hers.userHandle), hers);
  assert.equal(await complete(forHers, await accessToken('bob')), notFound);
  const other = await addClient(call, home.poolId);
  const { AuthenticationResult } = await passwordSignIn(call, other);
  assert.equal(
    await complete(forHers, AuthenticationResult?.AccessToken),
    'WebAuthnClientMismatchException: The registration was started by another app client.',
  );
  assert.equal((await call('ListWebAuthnCredentials', { AccessToken })).Credentials.length, 1);
});

type Deviation = Parameters<typeof registration>[2];

const refusals: readonly {
  readonly name: string;
  readonly kind?: KeyKind;
  readonly deviation?: Deviation;
  readonly change?: (passkey: SoftPasskey) => SoftPasskey;
  readonly told: string;
}[] = [
  { name: 'no id', deviation: { credential: { id: undefined } }, told: invalid },
  { name: 'two ids', deviation: { credential: { rawId: 'AAAA' } }, told: invalid },
  { name: 'another type of credential', deviation: { credential: { type: 'password' } }, told: invalid },
  { name: 'no response', deviation: { credential: { response: 'none' } }, told: invalid },
  {
    name: 'client data that are no JSON',
    deviation: { sent: (it) => ({ ...it, clientDataJSON: 'AAAA' }) },
    told: invalid,
  },
  { name: 'an assertion', deviation: { clientData: { type: 'webauthn.get' } }, told: invalid },
  {
    name: 'another challenge',
    deviation: { clientData: { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' } },
    told: notFound,
  },
  {
    name: 'a foreign origin',
    deviation: { clientData: { origin: 'https://evil.example' } },
    told: notAllowed,
  },
  {
    name: 'an origin that ends alike',
    deviation: { clientData: { origin: `https://evil${relyingPartyId}` } },
    told: notAllowed,
  },
  { name: 'an origin above', deviation: { clientData: { origin: 'https://example.com' } }, told: notAllowed },
  {
    name: 'an origin without TLS',
    deviation: { clientData: { origin: `http://${relyingPartyId}` } },
    told: notAllowed,
  },
  {
    name: 'an origin with a path',
    deviation: { clientData: { origin: `https://${relyingPartyId}/` } },
    told: notAllowed,
  },
  { name: 'a frame of another site', deviation: { clientData: { crossOrigin: true } }, told: notAllowed },
  { name: 'another relying party', deviation: { relyingPartyId: 'example.com' }, told: mismatch },
  { name: 'nobody present', deviation: { flags: 64 | 4 }, told: notSupported },
  { name: 'no key', deviation: { flags: 5 }, told: notSupported },
  {
    name: 'an attestation object that is none',
    deviation: { sent: (it) => ({ ...it, attestationObject: 'AAAA' }) },
    told: notSupported,
  },
  {
    name: 'another id than that of the key',
    deviation: { credential: { id: 'AAAA', rawId: 'AAAA' } },
    told: notSupported,
  },
  { name: 'a key of Ed25519', kind: 'Ed25519', told: notSupported },
  { name: 'a key of P-384', kind: 'P384', told: notSupported },
  { name: 'a small modulus', kind: 'RSA1024', told: notSupported },
  ...[[], [0], [1], [2]].map((exponent) => ({
    name: `an exponent of [${exponent.join()}]`,
    kind: 'RS256' as const,
    change: (it: SoftPasskey) => ({ ...it, cose: withExponent(it.cose, Buffer.from(exponent)) }),
    told: notSupported,
  })),
  { name: 'a point that is not on the curve', change: offCurve, told: notSupported },
  {
    name: 'bytes after the key',
    change: (it) => ({ ...it, cose: Buffer.concat([it.cose, Buffer.of(0)]) }),
    told: notSupported,
  },
];

/** The exponent 65537 is what these keys end with. */
const withExponent = (cose: Buffer, exponent: Buffer) =>
  Buffer.concat([cose.subarray(0, -cbor(Buffer.of(1, 0, 1)).length), cbor(exponent)]);

function offCurve(passkey: SoftPasskey): SoftPasskey {
  const cose = Buffer.from(passkey.cose);
  cose.writeUInt8(cose.readUInt8(cose.length - 1) ^ 1, cose.length - 1);
  return { ...passkey, cose };
}

test('MF-9 registrations that are refused', async (t) => {
  const { call, accessToken, begin } = await passkeyScene(t);
  const AccessToken = await accessToken();
  for (const { name, kind, deviation, change = (it: SoftPasskey) => it, told } of refusals) {
    const ceremony = await begin(AccessToken);
    const Credential = registration(change(softPasskey(ceremony.userHandle, kind)), ceremony, deviation);
    const end = await outcome(call('CompleteWebAuthnRegistration', { AccessToken, Credential }));
    assert.equal(end, told, name);
  }
  assert.deepEqual((await call('ListWebAuthnCredentials', { AccessToken })).Credentials, []);
});

test('MF-9 where verification is required, a key that verified nobody is refused', async (t) => {
  for (const webAuthn of [
    { UserVerification: 'required' },
    { FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION' },
  ] as const) {
    const { call, accessToken, begin } = await passkeyScene(t, { webAuthn });
    const AccessToken = await accessToken();
    for (const [flags, told] of [
      [65, notSupported],
      [69, 'ok'],
    ] as const) {
      const ceremony = await begin(AccessToken);
      const Credential = registration(softPasskey(ceremony.userHandle), ceremony, { flags });
      assert.equal(await outcome(call('CompleteWebAuthnRegistration', { AccessToken, Credential })), told);
    }
  }
});

test('MF-9 what an authenticator attests is put aside, whatever it says', async (t) => {
  const { call, accessToken, begin } = await passkeyScene(t);
  const AccessToken = await accessToken();
  const packed: Cbor = new Map<string, Cbor>([
    ['alg', -7],
    ['sig', cbor('no signature')],
    ['x5c', [cbor('no certificate')]],
  ]);
  for (const format of ['packed', 'fido-u2f', 'android-safetynet', 'of-tomorrow']) {
    const ceremony = await begin(AccessToken);
    const passkey = softPasskey(ceremony.userHandle);
    const Credential = registration(passkey, ceremony, { format, attestation: packed });
    assert.deepEqual(await call('CompleteWebAuthnRegistration', { AccessToken, Credential }), {}, format);
  }
});

test("a registration is refused whose relying party is the pool's no longer", async (t) => {
  const { call, accessToken, begin, configure } = await passkeyScene(t);
  const AccessToken = await accessToken();
  const ceremony = await begin(AccessToken);
  await configure({ RelyingPartyId: 'example.org' });
  const Credential = registration(softPasskey(ceremony.userHandle), ceremony);
  assert.equal(await outcome(call('CompleteWebAuthnRegistration', { AccessToken, Credential })), mismatch);
});
