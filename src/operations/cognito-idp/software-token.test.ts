import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, appCode, appUser, mfaHome } from '../../../test/mfa.ts';
import { makeHome, makeUser, passwordSignIn } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import { VerifySoftwareToken } from './software-token.ts';

const notEnabled = {
  code: 'SoftwareTokenMFANotFoundException',
  message: 'Software Token MFA has not been enabled by the userPool',
};
const mismatch = { code: 'EnableSoftwareTokenMFAException', message: 'Code mismatch' };

test('an app is registered by its first code, and active by preference', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const AccessToken = AuthenticationResult?.AccessToken ?? '';
  const early = call('VerifySoftwareToken', { AccessToken, UserCode: '123456' });
  await assert.rejects(early, { code: 'SoftwareTokenMFANotFoundException' });

  const voided = await call('AssociateSoftwareToken', { AccessToken });
  const { SecretCode = '', Session } = await call('AssociateSoftwareToken', { AccessToken });
  assert.match(SecretCode, /^[A-Z2-7]{52}$/);
  assert.equal(Session, undefined);
  const verify = (secret: string) =>
    call('VerifySoftwareToken', {
      AccessToken,
      UserCode: appCode(secret, clock.now()),
      FriendlyDeviceName: "Ada's telephone",
    });
  await assert.rejects(verify(voided.SecretCode ?? ''), mismatch);
  assert.deepEqual(await verify(SecretCode), { Status: 'SUCCESS' });

  const got = await call('GetUser', { AccessToken });
  assert.equal(got.UserMFASettingList, undefined);
  assert.ok((await passwordSignIn(call, home)).AuthenticationResult);
  await call('SetUserMFAPreference', {
    AccessToken,
    SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
  });
  const { UserMFASettingList, PreferredMfaSetting } = await call('GetUser', { AccessToken });
  assert.deepEqual(UserMFASettingList, ['SOFTWARE_TOKEN_MFA']);
  assert.equal(PreferredMfaSetting, 'SOFTWARE_TOKEN_MFA');
  const asked = await passwordSignIn(call, home);
  assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  assert.equal(asked.ChallengeParameters?.['FRIENDLY_DEVICE_NAME'], "Ada's telephone");
});

test('a new app takes the place of the old one once it has shown a code', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const old = await appUser(server, home);
  const signIn = async (secret: string, steps = 0) => {
    const { Session } = await passwordSignIn(call, home);
    const responses = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now(), steps) };
    return answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, responses);
  };
  const AccessToken = (await signIn(old)).AuthenticationResult?.AccessToken ?? '';
  const { SecretCode: fresh = '' } = await call('AssociateSoftwareToken', { AccessToken });
  // Until then the old one serves, and the new one does not.
  await assert.rejects(signIn(fresh), { code: 'CodeMismatchException' });
  assert.ok((await signIn(old, 1)).AuthenticationResult);
  await call('VerifySoftwareToken', { AccessToken, UserCode: appCode(fresh, clock.now()) });
  clock.advance(60_000);
  await assert.rejects(signIn(old), { code: 'CodeMismatchException' });
  assert.ok((await signIn(fresh)).AuthenticationResult);
});

test('of two registrations at once the later one counts', async (t) => {
  const server = await testServer(t);
  const { call, ctx, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const AccessToken = (await passwordSignIn(call, home)).AuthenticationResult?.AccessToken ?? '';
  const { SecretCode = '' } = await call('AssociateSoftwareToken', { AccessToken });
  const raise: typeof ctx.store.attempts.raise = async (...mark) => {
    await call('AssociateSoftwareToken', { AccessToken });
    return ctx.store.attempts.raise(...mark);
  };
  const between = { ...ctx, store: { ...ctx.store, attempts: { ...ctx.store.attempts, raise } } };
  const UserCode = appCode(SecretCode, clock.now());
  await assert.rejects(VerifySoftwareToken(between, { AccessToken, UserCode }), mismatch);
});

test('apps need a pool that has them on; who has one keeps it when they go off', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const off = await makeHome(call);
  await makeUser(call, off);
  const AccessToken = (await passwordSignIn(call, off)).AuthenticationResult?.AccessToken ?? '';
  await assert.rejects(call('AssociateSoftwareToken', { AccessToken }), notEnabled);
  await assert.rejects(call('VerifySoftwareToken', { AccessToken, UserCode: '123456' }), notEnabled);

  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA', 'SMS_MFA']);
  const secret = await appUser(server, home);
  await call('SetUserPoolMfaConfig', {
    UserPoolId: home.poolId,
    MfaConfiguration: 'OPTIONAL',
    SmsMfaConfiguration: {},
    SoftwareTokenMfaConfiguration: { Enabled: false },
  });
  const { Session, ChallengeName } = await passwordSignIn(call, home);
  assert.equal(ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const responses = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  assert.ok((await answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, responses)).AuthenticationResult);
});

test('AdminDeleteSoftwareToken removes the app and what depends on it; another one can be set up', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  await appUser(server, home);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  assert.deepEqual((await call('AdminGetUser', user)).UserMFASettingList, ['SOFTWARE_TOKEN_MFA']);
  assert.deepEqual(await call('AdminDeleteSoftwareToken', user), {});
  assert.equal((await call('AdminGetUser', user)).UserMFASettingList, undefined);
  assert.deepEqual(await call('AdminDeleteSoftwareToken', user), {});
  const AccessToken = (await passwordSignIn(call, home)).AuthenticationResult?.AccessToken ?? '';
  assert.ok((await call('AssociateSoftwareToken', { AccessToken })).SecretCode);
  await assert.rejects(call('AdminDeleteSoftwareToken', { ...user, Username: 'nobody' }), {
    code: 'UserNotFoundException',
  });
  await assert.rejects(call('AdminDeleteSoftwareToken', { ...user, UserPoolId: 'us-east-1_aaaaaaaaa' }), {
    code: 'ResourceNotFoundException',
  });
});

test('AssociateSoftwareToken and VerifySoftwareToken refuse what is no token and no session', async (t) => {
  const { call } = await testServer(t);
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const invalid = { code: 'InvalidParameterException', message: 'Missing required parameter AccessToken' };
  await assert.rejects(call('AssociateSoftwareToken', {}), invalid);
  await assert.rejects(call('VerifySoftwareToken', { UserCode: '123456' }), invalid);
  const notAuthorized = { code: 'NotAuthorizedException' };
  await assert.rejects(call('AssociateSoftwareToken', { AccessToken: 'a.b.c' }), notAuthorized);
  for (const Session of [
    'AYABeinvented-session-of-nobody',
    `AYABeinvented-session-of-nobody.${home.clientId}`,
    'AYABeinvented-session.of-no-client',
  ]) {
    const message = 'Invalid session for the user.';
    await assert.rejects(call('AssociateSoftwareToken', { Session }), { ...notAuthorized, message });
    const verify = call('VerifySoftwareToken', { Session, UserCode: '123456' });
    await assert.rejects(verify, { ...notAuthorized, message });
  }
});

test('the token of a deleted user begins no registration', async (t) => {
  const { call } = await testServer(t);
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const AccessToken = (await passwordSignIn(call, home)).AuthenticationResult?.AccessToken ?? '';
  await call('AdminDeleteUser', { UserPoolId: home.poolId, Username: 'ada' });
  await assert.rejects(call('AssociateSoftwareToken', { AccessToken }), {
    code: 'NotAuthorizedException',
    message: 'Access Token has been revoked',
  });
});

test('SEC-1 the seed of an app stands in no record in clear', async (t) => {
  const server = await testServer(t);
  const { call, ctx } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home);
  const user = await ctx.store.users.findByName(home.poolId, 'ada');
  const record = JSON.stringify(user);
  const bits = Array.from(secret, (it) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(it).toString(2).padStart(5, '0'),
  ).join('');
  const seed = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  for (const spelling of [secret, seed.toString('hex'), seed.toString('base64url').slice(0, 40)])
    assert.ok(!record.includes(spelling));
  // It opens for its own user alone.
  const token = user?.mfa?.softwareToken;
  assert.ok(token && user);
  const open = (id: string) => ctx.vault.open('totp', [home.poolId, id, token.id], token.sealed);
  assert.deepEqual(open(user.id), seed);
  assert.equal(open('another'), undefined);
});
