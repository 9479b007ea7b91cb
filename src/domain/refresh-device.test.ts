import assert from 'node:assert/strict';
import { test } from 'node:test';
import { always, claimsOf, confirmed, ownDevice, signIn, verifierConfig } from '../../test/devices.ts';
import { addClient, makeHome, makeUser, password } from '../../test/sign-in.ts';
import type { Home } from '../../test/sign-in.ts';
import { testServer } from '../../test/test-server.ts';
import type { Call } from '../../test/test-server.ts';
import { outcome } from '../../test/user-pool.ts';

const invalid = 'NotAuthorizedException: Invalid Refresh Token.';

/** The ways to refresh, with a device key or without. */
const ways: Readonly<
  Record<string, (call: Call, at: Home, token: string, key?: string) => Promise<unknown>>
> = {
  REFRESH_TOKEN_AUTH: (call, { clientId }, token, key) =>
    call('InitiateAuth', {
      ClientId: clientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: token, ...(key !== undefined && { DEVICE_KEY: key }) },
    }),
  'AdminInitiateAuth REFRESH_TOKEN': (call, { poolId, clientId }, token, key) =>
    call('AdminInitiateAuth', {
      UserPoolId: poolId,
      ClientId: clientId,
      AuthFlow: 'REFRESH_TOKEN',
      AuthParameters: { REFRESH_TOKEN: token, ...(key !== undefined && { DEVICE_KEY: key }) },
    }),
  GetTokensFromRefreshToken: (call, { clientId }, token, key) =>
    call('GetTokensFromRefreshToken', { ClientId: clientId, RefreshToken: token, DeviceKey: key }),
};

for (const [way, refresh] of Object.entries(ways)) {
  test(`RF-1 ${way}: a refresh token serves with its confirmed device only, until that is forgotten`, async (t) => {
    const { call } = await testServer(t);
    const at = await makeHome(call, { DeviceConfiguration: always });
    await makeUser(call, at);
    const { AuthenticationResult } = await signIn(call, at);
    const { RefreshToken = '', AccessToken = '' } = AuthenticationResult ?? {};
    const device = ownDevice(AuthenticationResult);
    assert.equal(await outcome(refresh(call, at, RefreshToken)), invalid);
    assert.equal(await outcome(refresh(call, at, RefreshToken, device.key)), invalid);
    await call('ConfirmDevice', {
      AccessToken,
      DeviceKey: device.key,
      DeviceSecretVerifierConfig: verifierConfig(device),
    });
    const other = await confirmed(call, (await signIn(call, at)).AuthenticationResult);
    assert.equal(await outcome(refresh(call, at, RefreshToken)), invalid);
    assert.equal(await outcome(refresh(call, at, RefreshToken, other.key)), invalid);
    const answer = (await refresh(call, at, RefreshToken, device.key)) as {
      AuthenticationResult?: { AccessToken?: string; NewDeviceMetadata?: unknown };
    };
    assert.equal(claimsOf(answer.AuthenticationResult?.AccessToken)['device_key'], device.key);
    assert.equal(answer.AuthenticationResult?.NewDeviceMetadata, undefined);

    // A later sign-in with the device: its token ends with the device, too.
    const later = await signIn(call, at, { DEVICE_KEY: device.key });
    const second = later.AuthenticationResult?.RefreshToken ?? '';
    assert.equal(await outcome(refresh(call, at, second, device.key)), 'ok');
    await call('ForgetDevice', { AccessToken, DeviceKey: device.key });
    assert.equal(await outcome(refresh(call, at, RefreshToken, device.key)), invalid);
    assert.equal(await outcome(refresh(call, at, second, device.key)), invalid);
    // Sign-ins with other devices go on, and so do access tokens.
    assert.equal(await outcome(call('GetUser', { AccessToken })), 'ok');
  });
}

test('RF-1 a rotated refresh token stays with its device', async (t) => {
  const { call } = await testServer(t);
  const pool = await makeHome(call, { DeviceConfiguration: always });
  const at = await addClient(call, pool.poolId, {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
  });
  await makeUser(call, at);
  const { AuthenticationResult } = await signIn(call, at);
  const { key } = await confirmed(call, AuthenticationResult);
  const RefreshToken = AuthenticationResult?.RefreshToken ?? '';
  const refresh = (token: string, DeviceKey?: string) =>
    call('GetTokensFromRefreshToken', { ClientId: at.clientId, RefreshToken: token, DeviceKey });
  // What is refused does not spend the token.
  assert.equal(await outcome(refresh(RefreshToken)), invalid);
  const next = (await refresh(RefreshToken, key)).AuthenticationResult?.RefreshToken ?? '';
  assert.notEqual(next, '');
  assert.equal(await outcome(refresh(next)), invalid);
  assert.equal(await outcome(refresh(next, key)), 'ok');
});

test('a token from before devices were remembered is bound to none, and one of a forgotten device stays ended', async (t) => {
  const { call } = await testServer(t);
  const at = await makeHome(call);
  await makeUser(call, at);
  const refresh = ways['REFRESH_TOKEN_AUTH'];
  assert.ok(refresh);
  const before = (await signIn(call, at)).AuthenticationResult?.RefreshToken ?? '';
  await call('UpdateUserPool', { UserPoolId: at.poolId, DeviceConfiguration: always });
  assert.equal(await outcome(refresh(call, at, before)), 'ok');
  const lost = await signIn(call, at);
  const lostDevice = await confirmed(call, lost.AuthenticationResult);
  const kept = await signIn(call, at);
  await confirmed(call, kept.AuthenticationResult);
  const who = { UserPoolId: at.poolId, Username: 'ada' };
  await call('AdminForgetDevice', { ...who, DeviceKey: lostDevice.key });
  // Without devices nobody is asked for a key …
  await call('UpdateUserPool', { UserPoolId: at.poolId });
  const tokenOf = ({ AuthenticationResult }: typeof kept) => AuthenticationResult?.RefreshToken ?? '';
  assert.equal(await outcome(refresh(call, at, tokenOf(kept))), 'ok');
  // … but what was forgotten does not come back.
  assert.equal(await outcome(refresh(call, at, tokenOf(lost), lostDevice.key)), invalid);
});

test('AT-7 a user who is made again has no device of the earlier one', async (t) => {
  const { call } = await testServer(t);
  const at = await makeHome(call, { DeviceConfiguration: always });
  await makeUser(call, at);
  const { AuthenticationResult } = await signIn(call, at);
  const device = await confirmed(call, AuthenticationResult);
  const who = { UserPoolId: at.poolId, Username: 'ada' };
  await call('AdminDeleteUser', who);
  await makeUser(call, at);
  assert.deepEqual((await call('AdminListDevices', who)).Devices, []);
  const end = await outcome(signIn(call, at, { PASSWORD: password, DEVICE_KEY: device.key }));
  assert.equal(end, 'ResourceNotFoundException: Device does not exist.');
  const fresh = ownDevice((await signIn(call, at)).AuthenticationResult);
  assert.notEqual(fresh.groupKey, device.groupKey);
  const RefreshToken = AuthenticationResult?.RefreshToken ?? '';
  const refresh = call('GetTokensFromRefreshToken', {
    ClientId: at.clientId,
    RefreshToken,
    DeviceKey: device.key,
  });
  assert.match(await outcome(refresh), /^NotAuthorizedException/);
});
