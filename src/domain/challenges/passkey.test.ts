import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertion, registration, softPasskey } from '../../../test/authenticator.ts';
import type { Ceremony, SoftPasskey } from '../../../test/authenticator.ts';
import { phone, sender } from '../../../test/mfa.ts';
import { passkeyScene, relyingPartyId, withPasskeys } from '../../../test/passkeys.ts';
import type { PasskeyScene } from '../../../test/passkeys.ts';
import { makeUser, passwordSignIn } from '../../../test/sign-in.ts';
import { atOnce, outcome, outcomes } from '../../../test/user-pool.ts';
import { RespondToAuthChallenge } from '../../operations/cognito-idp/auth.ts';
import type { About } from '../../context.ts';
import type { ChallengeNameType, InitiateAuthResponse } from '../../api/cognito-idp.ts';

const refused = 'NotAuthorizedException: Passkey authentication failed.';
const invalid = 'InvalidParameterException: Invalid credential.';
const spent = 'NotAuthorizedException: Invalid session for the user, session can only be used once.';
const all = ['PASSWORD_SRP', 'PASSWORD', 'WEB_AUTHN'];

const start = (
  { call, home }: PasskeyScene,
  parameters: Readonly<Record<string, string>> = { PREFERRED_CHALLENGE: 'WEB_AUTHN' },
  name = 'ada',
): Promise<InitiateAuthResponse> =>
  call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: name, ...parameters },
  });

const answer = (
  { call, home }: PasskeyScene,
  Session: string | undefined,
  ChallengeName: ChallengeNameType,
  responses: Readonly<Record<string, string>>,
) =>
  call('RespondToAuthChallenge', {
    ClientId: home.clientId,
    ChallengeName,
    ChallengeResponses: { USERNAME: 'ada', ...responses },
    Session,
  });

const optionsOf = ({ ChallengeParameters }: Pick<InitiateAuthResponse, 'ChallengeParameters'>) =>
  JSON.parse(ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '{}') as {
    readonly challenge: string;
    readonly rpId: string;
    readonly userVerification: string;
    readonly allowCredentials: readonly { readonly id: string }[];
  };

const ceremonyOf = (step: InitiateAuthResponse): Ceremony => {
  const { challenge, rpId } = optionsOf(step);
  return { challenge, relyingPartyId: rpId };
};

type Deviation = Parameters<typeof assertion>[2];

/** USER_AUTH with a passkey, from end to end. */
async function signIn(scene: PasskeyScene, passkey: SoftPasskey, deviation?: Deviation) {
  const asked = await start(scene);
  const CREDENTIAL = JSON.stringify(assertion(passkey, ceremonyOf(asked), deviation));
  return answer(scene, asked.Session, 'WEB_AUTHN', { CREDENTIAL });
}

test('USER_AUTH offers WEB_AUTHN to who has a passkey, and gives tokens for an assertion', async (t) => {
  const scene = await passkeyScene(t);
  assert.deepEqual((await start(scene, {})).AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);
  const passkey = await scene.register();
  await makeUser(scene.call, scene.home, 'bob');
  assert.deepEqual((await start(scene, {}, 'bob')).AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);

  const asked = await start(scene);
  const { challenge, ...options } = optionsOf(asked);
  assert.equal(asked.ChallengeName, 'WEB_AUTHN');
  assert.deepEqual(asked.AvailableChallenges, all);
  assert.match(challenge, /^[\w-]{22}$/);
  assert.deepEqual(options, {
    timeout: 180_000,
    rpId: relyingPartyId,
    allowCredentials: [{ id: passkey.id, type: 'public-key' }],
    userVerification: 'preferred',
  });
  const CREDENTIAL = JSON.stringify(assertion(passkey, ceremonyOf(asked)));
  const { AuthenticationResult, ChallengeName } = await answer(scene, asked.Session, 'WEB_AUTHN', {
    CREDENTIAL,
  });
  assert.equal(ChallengeName, undefined);
  const { Username } = await scene.call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' });
  assert.equal(Username, 'ada');
});

test('WEB_AUTHN is chosen by SELECT_CHALLENGE or named as the challenge, and answered under either name', async (t) => {
  const scene = await passkeyScene(t);
  const passkey = await scene.register('ada', 'RS256');
  for (const [chooses, answers] of [
    ['SELECT_CHALLENGE', 'WEB_AUTHN'],
    ['WEB_AUTHN', 'SELECT_CHALLENGE'],
  ] as const) {
    const choice = await start(scene, {});
    assert.deepEqual([choice.ChallengeName, choice.AvailableChallenges], ['SELECT_CHALLENGE', all]);
    const asked = await answer(scene, choice.Session, chooses, { ANSWER: 'WEB_AUTHN' });
    assert.equal(asked.ChallengeName, 'WEB_AUTHN');
    const missing = answer(scene, asked.Session, answers, { ANSWER: 'WEB_AUTHN' });
    assert.equal(await outcome(missing), 'InvalidParameterException: Missing required parameter CREDENTIAL');
    const CREDENTIAL = JSON.stringify(assertion(passkey, ceremonyOf(asked)));
    const done = await answer(scene, asked.Session, answers, { ANSWER: 'WEB_AUTHN', CREDENTIAL });
    assert.ok(done.AuthenticationResult);
    assert.equal(await outcome(answer(scene, choice.Session, chooses, { ANSWER: 'WEB_AUTHN' })), spent);
  }
});

test('a credential that no challenge was given for is refused', async (t) => {
  const scene = await passkeyScene(t);
  const passkey = await scene.register();
  const { Session } = await start(scene, {});
  const CREDENTIAL = JSON.stringify(assertion(passkey, { challenge: '', relyingPartyId }));
  for (const name of ['SELECT_CHALLENGE', 'WEB_AUTHN'] as const)
    assert.equal(await outcome(answer(scene, Session, name, { ANSWER: 'WEB_AUTHN', CREDENTIAL })), refused);
});

test('MF-9 an assertion serves once, for its session, within three minutes', async (t) => {
  const scene = await passkeyScene(t, { client: { AuthSessionValidity: 15 } });
  const passkey = await scene.register();
  const asked = await start(scene);
  const CREDENTIAL = JSON.stringify(assertion(passkey, ceremonyOf(asked)));
  const other = await start(scene);
  assert.equal(await outcome(answer(scene, other.Session, 'WEB_AUTHN', { CREDENTIAL })), refused);
  assert.deepEqual(
    await outcomes(atOnce(8, () => answer(scene, asked.Session, 'WEB_AUTHN', { CREDENTIAL }))),
    { [spent]: 7, ok: 1 },
  );

  const wrong = await start(scene);
  const foreign = JSON.stringify(assertion(softPasskey(passkey.userHandle), ceremonyOf(wrong)));
  assert.equal(await outcome(answer(scene, wrong.Session, 'WEB_AUTHN', { CREDENTIAL: foreign })), refused);
  const right = JSON.stringify(assertion(passkey, ceremonyOf(wrong)));
  assert.equal(await outcome(answer(scene, wrong.Session, 'WEB_AUTHN', { CREDENTIAL: right })), spent);

  const late = await start(scene);
  scene.clock.advance(180_000);
  assert.equal(
    await outcome(
      answer(scene, late.Session, 'WEB_AUTHN', {
        CREDENTIAL: JSON.stringify(assertion(passkey, ceremonyOf(late))),
      }),
    ),
    'NotAuthorizedException: Invalid session for the user, session is expired.',
  );
});

test('MF-9 the counter goes up; one that comes back is refused and noted', async (t) => {
  const scene = await passkeyScene(t);
  const passkey = await scene.register();
  for (const [counter, told] of [
    [0, 'ok'],
    [5, 'ok'],
    [5, refused],
    [4, refused],
    [0, refused],
    [6, 'ok'],
    [2 ** 32 - 1, 'ok'],
  ] as const)
    assert.equal(await outcome(signIn(scene, passkey, { counter })), told, String(counter));

  const acts: string[] = [];
  const note = ({ act }: About) => void (act === undefined || acts.push(act));
  const asked = await start(scene);
  const CREDENTIAL = JSON.stringify(assertion(passkey, ceremonyOf(asked), { counter: 7 }));
  const input = {
    ClientId: scene.home.clientId,
    ChallengeName: 'WEB_AUTHN',
    ChallengeResponses: { USERNAME: 'ada', CREDENTIAL },
    Session: asked.Session,
  } as const;
  await assert.rejects(RespondToAuthChallenge({ ...scene.ctx, note }, input));
  assert.deepEqual(acts, ['passkey copied']);
});

const origin = (value: string): Deviation => ({ clientData: { origin: value } });
const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
const sent = (member: string, change: (value: Buffer) => Buffer): Deviation => ({
  sent: (it) => ({ ...it, [member]: change(bytes(it[member])).toString('base64url') }),
});
const put = (member: string, value: unknown): Deviation => ({ sent: (it) => ({ ...it, [member]: value }) });
const flip = (at: number) => (value: Buffer) => {
  const copy = Buffer.from(value);
  const index = at < 0 ? copy.length + at : at;
  copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
  return copy;
};
const somebody = Buffer.from('00000000-0000-4000-8000-000000000000').toString('base64url');

/** Each is right but for one thing. */
const broken: Readonly<Record<string, Deviation>> = {
  'another ceremony': { clientData: { type: 'webauthn.create' } },
  'a type with another case': { clientData: { type: 'WebAuthn.get' } },
  'another challenge': { clientData: { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' } },
  'no challenge': { clientData: { challenge: '' } },
  'a foreign origin': origin('https://evil.example'),
  'an origin that ends alike': origin(`https://evil${relyingPartyId}`),
  'an origin that begins alike': origin(`https://${relyingPartyId}.evil.example`),
  'an origin above': origin('https://example.com'),
  'an origin beside': origin('https://shop.example.com'),
  'an origin without TLS': origin(`http://${relyingPartyId}`),
  'an origin with a path': origin(`https://${relyingPartyId}/`),
  'an origin in capitals': origin(`https://${relyingPartyId.toUpperCase()}`),
  'an origin with a user': origin(`https://evil@${relyingPartyId}`),
  'an origin with a dot more': origin(`https://${relyingPartyId}.`),
  'this machine': origin('http://localhost'),
  'no origin': origin('null'),
  'an app': origin('android:apk-key-hash:2jmj7l5rSw0yVb_vlWAYkK_YBwk'),
  'a frame of another site': { clientData: { crossOrigin: true } },
  'a page above': { clientData: { topOrigin: 'https://evil.example' } },
  'another relying party': { relyingPartyId: 'evil.example' },
  'the relying party above': { relyingPartyId: 'example.com' },
  'nobody present': { flags: 4 },
  'no flags': { flags: 0 },
  'a backup of what cannot be backed up': { flags: 5 | 16 },
  'a key that is announced and missing': { flags: 5 | 64 },
  'extensions that are announced and missing': { flags: 5 | 128 },
  'another key': { signer: softPasskey('') },
  'an RSA key': { signer: softPasskey('', 'RS256') },
  'another hash': { hash: 'sha384' },
  'a signature with one bit changed': sent('signature', flip(-1)),
  'a signature cut short': sent('signature', (it) => it.subarray(0, -1)),
  'bytes after the signature': sent('signature', (it) => Buffer.concat([it, Buffer.of(0)])),
  'many bytes after the signature': sent('signature', (it) => Buffer.concat([it, Buffer.alloc(256)])),
  'a signature with a third number': sent('signature', (it) =>
    Buffer.concat([Buffer.of(0x30, it.length + 1), it.subarray(2), Buffer.of(2, 1, 1)]),
  ),
  'a signature of a longer form': sent('signature', (it) =>
    Buffer.concat([Buffer.of(0x30, 0x81, it.length - 2), it.subarray(2)]),
  ),
  'a signature of indefinite length': sent('signature', (it) =>
    Buffer.concat([Buffer.of(0x30, 0x80), it.subarray(2), Buffer.of(0, 0)]),
  ),
  'a signature with a zero before r': sent('signature', (it) =>
    Buffer.concat([Buffer.of(0x30, it.length - 1, 2, it.readUInt8(3) + 1, 0), it.subarray(4)]),
  ),
  'a signature of r and s without DER': sent('signature', () => Buffer.alloc(64, 1)),
  'a signature of zeros': sent('signature', () => Buffer.from('3006020100020100', 'hex')),
  'no signature': put('signature', ''),
  'a signature that is a number': put('signature', 1),
  'a signature in base64': { sent: (it) => ({ ...it, signature: `${it['signature']}==` }) },
  'flags changed afterwards': sent('authenticatorData', (it) => flip(32)(flip(32)(flip(36)(it)))),
  'a relying party changed afterwards': sent('authenticatorData', flip(0)),
  'authenticator data cut short': sent('authenticatorData', (it) => it.subarray(0, 36)),
  'bytes after the authenticator data': sent('authenticatorData', (it) => Buffer.concat([it, Buffer.of(0)])),
  'no authenticator data': put('authenticatorData', undefined),
  'client data changed afterwards': sent('clientDataJSON', (it) => Buffer.concat([it, Buffer.from(' ')])),
  "another user's handle": put('userHandle', somebody),
  'an empty handle': put('userHandle', ''),
  'a handle that is a number': put('userHandle', 7),
  'an unknown id': { credential: { id: 'AAAA', rawId: 'AAAA' } },
};

const noCredential: Readonly<Record<string, Deviation>> = {
  'two ids': { credential: { rawId: 'AAAA' } },
  'no id': { credential: { id: '', rawId: '' } },
  'an id in base64': { credential: { id: 'AAA=', rawId: 'AAA=' } },
  'an id too long': { credential: { id: 'A'.repeat(1368), rawId: 'A'.repeat(1368) } },
  'another type': { credential: { type: 'password' } },
  'no response': { credential: { response: null } },
  'client data that are no JSON': put('clientDataJSON', 'AAAA'),
  'client data that are a list': put('clientDataJSON', Buffer.from('[]').toString('base64url')),
};

test('MF-9 broken assertions are refused, each for one reason', async (t) => {
  const scene = await passkeyScene(t);
  const passkey = await scene.register();
  for (const [name, deviation] of Object.entries(broken))
    assert.equal(await outcome(signIn(scene, passkey, deviation)), refused, name);
  for (const [name, deviation] of Object.entries(noCredential))
    assert.equal(await outcome(signIn(scene, passkey, deviation)), invalid, name);
  for (const CREDENTIAL of ['no JSON', '[]', 'null', '{}', '"text"']) {
    const { Session } = await start(scene);
    assert.equal(await outcome(answer(scene, Session, 'WEB_AUTHN', { CREDENTIAL })), invalid);
  }
  assert.ok(Object.keys(broken).length >= 40);
  assert.equal(await outcome(signIn(scene, passkey)), 'ok');
});

test('MF-9 origins that are right: any port, any host under the relying party, this machine', async (t) => {
  const scene = await passkeyScene(t);
  const passkey = await scene.register();
  for (const right of [`https://${relyingPartyId}:8443`, `https://app.${relyingPartyId}`])
    assert.equal(await outcome(signIn(scene, passkey, origin(right))), 'ok', right);
  await scene.configure({ RelyingPartyId: 'localhost' });
  const local = await scene.register();
  for (const right of ['http://localhost', 'http://localhost:5173', 'https://localhost'])
    assert.equal(await outcome(signIn(scene, local, origin(right))), 'ok', right);
  assert.equal(await outcome(signIn(scene, local, origin('http://localhost.example'))), refused);
});

test('MF-9 verification is asked for and checked where the pool requires it', async (t) => {
  const scene = await passkeyScene(t);
  const passkey = await scene.register();
  assert.equal(await outcome(signIn(scene, passkey, { flags: 1 })), 'ok');
  await scene.configure({ RelyingPartyId: relyingPartyId, UserVerification: 'required' });
  assert.equal(optionsOf(await start(scene)).userVerification, 'required');
  assert.equal(await outcome(signIn(scene, passkey, { flags: 1 })), refused);
  assert.equal(await outcome(signIn(scene, passkey, { flags: 5 })), 'ok');
});

test('MF-7 where MFA is required, only a passkey that verified its user stands for it', async (t) => {
  const scene = await passkeyScene(t);
  const { call, ctx, home } = scene;
  const passkey = await scene.register();
  const asked = await start(scene);
  const pool = await ctx.store.pools.find(home.poolId);
  assert.ok(pool);
  const settings = { ...pool.settings, MfaConfiguration: 'ON' as const, SmsConfiguration: sender };
  assert.ok(await ctx.store.pools.replace({ ...pool, settings }));
  // The challenge was given while the pool demanded nothing.
  const CREDENTIAL = JSON.stringify(assertion(passkey, ceremonyOf(asked)));
  const early = await outcome(answer(scene, asked.Session, 'WEB_AUTHN', { CREDENTIAL }));
  assert.equal(early, 'InvalidParameterException: The selected challenge is not available for the user.');
  assert.deepEqual((await start(scene)).AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);

  await scene.configure({
    RelyingPartyId: relyingPartyId,
    FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION',
  });
  // The user must have turned it on, beside another factor.
  assert.deepEqual((await start(scene)).AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminUpdateUserAttributes', { ...user, UserAttributes: [phone] });
  await call('AdminSetUserMFAPreference', { ...user, WebAuthnMfaSettings: { Enabled: true } });
  const mfa = await start(scene);
  assert.deepEqual(mfa.AvailableChallenges, all);
  assert.equal(optionsOf(mfa).userVerification, 'required');
  assert.equal(await outcome(signIn(scene, passkey, { flags: 1 })), refused);
  assert.ok((await signIn(scene, passkey)).AuthenticationResult);
  assert.equal((await passwordSignIn(call, home)).ChallengeName, 'SMS_MFA');
});

test('a passkey of a relying party that the pool left is stranded', async (t) => {
  const scene = await passkeyScene(t);
  const passkey = await scene.register();
  const asked = await start(scene);
  await scene.configure({ RelyingPartyId: 'example.org' });
  await scene.register();
  assert.equal(optionsOf(await start(scene)).allowCredentials.length, 1);
  const CREDENTIAL = JSON.stringify(assertion(passkey, ceremonyOf(asked)));
  assert.equal(await outcome(answer(scene, asked.Session, 'WEB_AUTHN', { CREDENTIAL })), refused);
  assert.equal(await outcome(signIn(scene, passkey)), refused);
});

test('who has stranded passkeys alone is told so wherever factors are told, and may delete them', async (t) => {
  const scene = await passkeyScene(t);
  const { call, home } = scene;
  const passkey = await scene.register();
  const AccessToken = await scene.accessToken();
  const factors = async () => {
    const own = (await call('GetUserAuthFactors', { AccessToken })).ConfiguredUserAuthFactors;
    const user = { UserPoolId: home.poolId, Username: 'ada' };
    assert.deepEqual((await call('AdminGetUserAuthFactors', user)).ConfiguredUserAuthFactors, own);
    return [own, (await start(scene, {})).AvailableChallenges];
  };
  const listed = async () =>
    (await call('ListWebAuthnCredentials', { AccessToken })).Credentials.map((it) => it.CredentialId);
  assert.deepEqual(await factors(), [['PASSWORD', 'WEB_AUTHN'], all]);
  await scene.configure({ RelyingPartyId: 'example.org' });
  assert.deepEqual(await factors(), [['PASSWORD'], ['PASSWORD_SRP', 'PASSWORD']]);
  assert.deepEqual(await listed(), [passkey.id]);
  // The pool comes back to it.
  await scene.configure({ RelyingPartyId: relyingPartyId });
  assert.deepEqual(await factors(), [['PASSWORD', 'WEB_AUTHN'], all]);
  await scene.configure({ RelyingPartyId: 'example.org' });
  await call('DeleteWebAuthnCredential', { AccessToken, CredentialId: passkey.id });
  assert.deepEqual(await listed(), []);
});

test('SE-2 the passkey of another user opens nothing', async (t) => {
  const scene = await passkeyScene(t);
  await scene.register();
  await makeUser(scene.call, scene.home, 'bob');
  const bobs = await scene.register('bob');
  for (const deviation of [{}, put('userHandle', undefined)])
    assert.equal(await outcome(signIn(scene, bobs, deviation)), refused);
  const asked = await start(scene);
  const CREDENTIAL = JSON.stringify(assertion(bobs, ceremonyOf(asked)));
  assert.equal(
    await outcome(answer(scene, asked.Session, 'WEB_AUTHN', { USERNAME: 'bob', CREDENTIAL })),
    'NotAuthorizedException: Invalid session for the user.',
  );
});

test('LO-9 who is locked out by wrong passwords still signs in with a passkey', async (t) => {
  const scene = await passkeyScene(t);
  const { call, home } = scene;
  const passkey = await scene.register();
  for (let count = 0; count < 6; count += 1)
    await outcome(passwordSignIn(call, home, { password: 'Wrong-horse-1' }));
  assert.equal(
    await outcome(passwordSignIn(call, home)),
    'NotAuthorizedException: Password attempts exceeded',
  );
  assert.equal(await outcome(signIn(scene, passkey)), 'ok');
});

test('LO-8 wrong assertions count for the address, and right ones are given back', async (t) => {
  const scene = await passkeyScene(t);
  const passkey = await scene.register();
  const { failures } = scene.ctx;
  const reserved = t.mock.method(failures, 'reserve').mock;
  const released = t.mock.method(failures, 'release').mock;
  await assert.rejects(signIn(scene, softPasskey(passkey.userHandle)));
  assert.deepEqual([reserved.callCount(), released.callCount()], [1, 0]);
  await signIn(scene, passkey);
  assert.deepEqual([reserved.callCount(), released.callCount()], [2, 1]);
});

test('states of the user are told to who proves to be them, and to nobody else', async (t) => {
  const scene = await passkeyScene(t);
  const { call, home } = scene;
  const passkey = await scene.register();
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminDisableUser', user);
  assert.equal(await outcome(signIn(scene, passkey)), 'NotAuthorizedException: User is disabled.');
  assert.equal(await outcome(signIn(scene, passkey, { flags: 0 })), refused);
});

test('who must set a password first is offered the kinds of passwords alone', async (t) => {
  const scene = await passkeyScene(t);
  const { call, home } = scene;
  await scene.register();
  const begun = await start(scene, {});
  assert.deepEqual(begun.AvailableChallenges, all);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminSetUserPassword', { ...user, Password: 'Temporary-horse-1' });
  const asked = await start(scene);
  assert.equal(asked.ChallengeName, 'SELECT_CHALLENGE');
  assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);
  assert.equal(
    await outcome(answer(scene, asked.Session, 'SELECT_CHALLENGE', { ANSWER: 'WEB_AUTHN' })),
    'InvalidParameterException: The selected challenge is not available for the user.',
  );
});

test('who signs in at an external provider is not offered the passkey that they could not use', async (t) => {
  const scene = await passkeyScene(t);
  const { call, ctx, home } = scene;
  const passkey = await scene.register();
  const asked = await start(scene);
  const ada = await ctx.store.users.findByName(home.poolId, 'ada');
  const external = { status: 'EXTERNAL_PROVIDER', password: undefined } as const;
  assert.ok(ada && (await ctx.store.users.replace({ ...ada, ...external })));
  const choice = await start(scene);
  assert.deepEqual([choice.ChallengeName, choice.AvailableChallenges], ['SELECT_CHALLENGE', []]);
  const told = await call('AdminGetUserAuthFactors', { UserPoolId: home.poolId, Username: 'ada' });
  assert.deepEqual(told.ConfiguredUserAuthFactors, []);
  const CREDENTIAL = JSON.stringify(assertion(passkey, ceremonyOf(asked)));
  assert.equal(
    await outcome(answer(scene, asked.Session, 'WEB_AUTHN', { CREDENTIAL })),
    'NotAuthorizedException: Invalid session for the user.',
  );
});

test('AT-7 the passkey of a deleted user opens nothing, nor does one that was deleted', async (t) => {
  const scene = await passkeyScene(t, { pool: { Policies: withPasskeys } });
  const { call, home } = scene;
  const passkey = await scene.register();
  const asked = await start(scene);
  const AccessToken = await scene.accessToken();
  const begun = await scene.begin(AccessToken);
  await call('AdminDeleteUser', { UserPoolId: home.poolId, Username: 'ada' });
  await makeUser(call, home);
  const CREDENTIAL = JSON.stringify(assertion(passkey, ceremonyOf(asked)));
  assert.equal(
    await outcome(answer(scene, asked.Session, 'WEB_AUTHN', { CREDENTIAL })),
    'NotAuthorizedException: Invalid session for the user.',
  );
  assert.deepEqual((await start(scene)).AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);
  const Credential = registration(softPasskey(begun.userHandle), begun);
  assert.match(await outcome(call('CompleteWebAuthnRegistration', { AccessToken, Credential })), /^NotAuth/);

  const kept = await scene.register();
  assert.equal(await outcome(signIn(scene, passkey)), refused);
  const extra = await scene.register();
  const token = await scene.accessToken();
  await call('DeleteWebAuthnCredential', { AccessToken: token, CredentialId: kept.id });
  assert.equal(await outcome(signIn(scene, kept)), refused);
  assert.equal(await outcome(signIn(scene, extra)), 'ok');
});
