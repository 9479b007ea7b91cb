import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import {
  adasDevice,
  always,
  byCode,
  claimsOf,
  confirmed,
  deviceHome,
  ownDevice,
  signIn,
  verifierConfig,
} from '../../../test/devices.ts';
import { hashFor, makeHome, makeUser, password } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { Call } from '../../../test/test-server.ts';
import type { CreateUserPoolClientRequest, DeviceType } from '../../api/cognito-idp.ts';
import { atOnce, mapOf, outcome, outcomes } from '../../../test/user-pool.ts';

const notFound = 'ResourceNotFoundException: Device does not exist.';
const noUser = 'UserNotFoundException: User does not exist.';

/** A pool that remembers devices, MFA off. */
async function home(call: Call, client: Partial<CreateUserPoolClientRequest> = {}): Promise<Home> {
  const made = await makeHome(call, { DeviceConfiguration: always }, client);
  await makeUser(call, made);
  return made;
}

async function signedIn(call: Call, at: Home, more: Readonly<Record<string, string>> = {}) {
  const { AuthenticationResult } = await signIn(call, at, more);
  return { tokens: AuthenticationResult ?? {}, AccessToken: AuthenticationResult?.AccessToken ?? '' };
}

/** As they come over the wire: seconds. */
const datesOf = (device: DeviceType | undefined) =>
  [device?.DeviceCreateDate, device?.DeviceLastModifiedDate, device?.DeviceLastAuthenticatedDate].map(Number);

test('a device is shown to its user and to administrators', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const at = await home(call);
  const { tokens, AccessToken } = await signedIn(call, at);
  const { key } = await confirmed(call, tokens);
  const brief = {
    device_status: 'valid',
    device_name: "Ada's telephone",
    last_ip_used: '127.0.0.1',
  };
  const full = {
    ...brief,
    'dev:device_arn': `arn:aws:cognito-idp:us-east-1:000000000000:owner/ada.${at.poolId}/device/${key}`,
    'dev:device_owner': `ada.${at.poolId}`,
    'dev:device_remembered_status': 'remembered',
    'dev:device_sdk': 'aws-sdk',
  };
  const who = { UserPoolId: at.poolId, Username: 'ada' };
  const id = { DeviceKey: key };
  const shown = [
    [full, (await call('GetDevice', { AccessToken, ...id })).Device],
    [full, (await call('AdminGetDevice', { ...who, ...id })).Device],
    [brief, (await call('ListDevices', { AccessToken })).Devices?.[0]],
    [full, (await call('AdminListDevices', who)).Devices?.[0]],
  ] as const;
  for (const [attributes, device] of shown) {
    const [made, ...others] = datesOf(device);
    assert.ok(made !== undefined && Number.isInteger(made) && Math.abs(clock.now() / 1000 - made) < 60);
    assert.deepEqual(others, [made, made]);
    assert.equal(device?.DeviceKey, key);
    assert.deepEqual(mapOf(device?.DeviceAttributes), attributes);
  }

  clock.advance(10_000);
  await call('UpdateDeviceStatus', { AccessToken, ...id, DeviceRememberedStatus: 'not_remembered' });
  clock.advance(10_000);
  await signedIn(call, at, { DEVICE_KEY: key });
  const { Device } = await call('AdminGetDevice', { ...who, ...id });
  assert.equal(mapOf(Device?.DeviceAttributes)['dev:device_remembered_status'], 'not_remembered');
  const [created = 0, modified = 0, authenticated = 0] = datesOf(Device);
  assert.ok(
    modified - created >= 10 && authenticated - modified >= 10,
    `${created} ${modified} ${authenticated}`,
  );
  await call('AdminUpdateDeviceStatus', { ...who, ...id, DeviceRememberedStatus: 'remembered' });
  // Without a status nothing is said.
  await call('AdminUpdateDeviceStatus', { ...who, ...id });
  await call('UpdateDeviceStatus', { AccessToken, ...id });
  const again = await call('GetDevice', { AccessToken, ...id });
  assert.equal(mapOf(again.Device?.DeviceAttributes)['dev:device_remembered_status'], 'remembered');
});

for (const prompt of [false, true]) {
  test(`ConfirmDevice with DeviceOnlyRememberedOnUserPrompt ${prompt}`, async (t) => {
    const { call } = await testServer(t);
    const at = await makeHome(call, { DeviceConfiguration: { DeviceOnlyRememberedOnUserPrompt: prompt } });
    await makeUser(call, at);
    const { tokens, AccessToken } = await signedIn(call, at);
    const device = ownDevice(tokens);
    const DeviceSecretVerifierConfig = verifierConfig(device);
    const given = { AccessToken, DeviceKey: device.key, DeviceSecretVerifierConfig };
    assert.deepEqual(await call('ConfirmDevice', given), { UserConfirmationNecessary: prompt });
    const { Device } = await call('GetDevice', { AccessToken, DeviceKey: device.key });
    const attributes = mapOf(Device?.DeviceAttributes);
    assert.equal(attributes['dev:device_remembered_status'], prompt ? 'not_remembered' : 'remembered');
    assert.equal(attributes['device_name'], undefined);
  });
}

test('ConfirmDevice confirms the device of the very sign-in, once', async (t) => {
  const { call } = await testServer(t);
  const at = await home(call);
  await makeUser(call, at, 'bob');
  const mine = await signedIn(call, at);
  const other = await signedIn(call, at);
  const bobs = await signedIn(call, at, { USERNAME: 'bob' });
  const device = ownDevice(mine.tokens);
  const config = verifierConfig(device);
  const confirm = (AccessToken: string, more: object = {}) =>
    outcome(
      call('ConfirmDevice', {
        AccessToken,
        DeviceKey: device.key,
        DeviceSecretVerifierConfig: config,
        ...more,
      }),
    );
  assert.equal(await confirm(other.AccessToken), notFound);
  assert.equal(await confirm(bobs.AccessToken), notFound);
  assert.equal(await confirm(mine.AccessToken, { DeviceKey: `us-east-1_${randomUUID()}` }), notFound);
  const invalid = 'InvalidParameterException: Invalid device secret verifier config.';
  const configs: readonly object[] = [
    {},
    { Salt: config.Salt },
    { PasswordVerifier: config.PasswordVerifier },
    { ...config, Salt: '' },
    { ...config, Salt: 'AAAA' },
    { ...config, Salt: 'not base64!' },
    { ...config, Salt: Buffer.alloc(65, 1).toString('base64') },
    { ...config, PasswordVerifier: '' },
    { ...config, PasswordVerifier: 'AA==' },
    { ...config, PasswordVerifier: 'AQ==' },
    { ...config, PasswordVerifier: Buffer.alloc(384, 0xff).toString('base64') },
    { ...config, PasswordVerifier: Buffer.alloc(4000, 1).toString('base64') },
  ];
  for (const DeviceSecretVerifierConfig of configs)
    assert.equal(
      await confirm(mine.AccessToken, { DeviceSecretVerifierConfig }),
      invalid,
      JSON.stringify(DeviceSecretVerifierConfig).slice(0, 80),
    );
  const ends = await outcomes(
    atOnce(64, () =>
      call('ConfirmDevice', {
        AccessToken: mine.AccessToken,
        DeviceKey: device.key,
        DeviceSecretVerifierConfig: config,
      }),
    ),
  );
  assert.deepEqual(ends, { 'DeviceKeyExistsException: Device already exists.': 63, ok: 1 });
});

test('ConfirmDevice needs a pool that remembers devices', async (t) => {
  const { call } = await testServer(t);
  const at = await makeHome(call);
  await makeUser(call, at);
  const { AccessToken } = await signedIn(call, at);
  assert.equal(
    await outcome(call('ConfirmDevice', { AccessToken, DeviceKey: 'us-east-1_0' })),
    'InvalidUserPoolConfigurationException: The user pool does not remember devices.',
  );
  assert.deepEqual((await call('ListDevices', { AccessToken })).Devices, []);
});

test('a device without a verifier is on record, and never asked for its proof', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const at = await deviceHome(call);
  const { device } = await adasDevice(server, at);
  const { Devices } = await call('AdminListDevices', { UserPoolId: at.poolId, Username: 'ada' });
  assert.deepEqual(
    Devices?.map(({ DeviceKey }) => DeviceKey),
    [device.key],
  );
  const step = await byCode(server, at, await signIn(call, at));
  const tokens = step.AuthenticationResult ?? {};
  const { key: DeviceKey } = ownDevice(tokens);
  await call('ConfirmDevice', { AccessToken: tokens.AccessToken ?? '', DeviceKey });
  assert.equal((await signIn(call, at, { DEVICE_KEY: DeviceKey })).ChallengeName, 'SMS_MFA');
});

test('AT-6 what is not the user’s device does not exist', async (t) => {
  const { call } = await testServer(t);
  const at = await home(call);
  await makeUser(call, at, 'bob');
  const { tokens, AccessToken } = await signedIn(call, at);
  const { key } = await confirmed(call, tokens);
  const bob = await signedIn(call, at, { USERNAME: 'bob' });
  const DeviceRememberedStatus = 'not_remembered';
  const owners = [
    [key, bob.AccessToken, 'bob'],
    ['us-east-1_0', AccessToken, 'ada'],
  ] as const;
  for (const [DeviceKey, token, Username] of owners) {
    const by = { AccessToken: token, DeviceKey };
    const admin = { UserPoolId: at.poolId, Username, DeviceKey };
    const calls: readonly Promise<unknown>[] = [
      call('GetDevice', by),
      call('ForgetDevice', by),
      call('UpdateDeviceStatus', { ...by, DeviceRememberedStatus }),
      call('UpdateDeviceStatus', by),
      call('AdminGetDevice', admin),
      call('AdminForgetDevice', admin),
      call('AdminUpdateDeviceStatus', { ...admin, DeviceRememberedStatus }),
    ];
    assert.deepEqual(await outcomes(calls), { [notFound]: calls.length });
  }
  const who = { UserPoolId: at.poolId, Username: 'nobody' };
  assert.equal(await outcome(call('AdminForgetDevice', { ...who, DeviceKey: key })), noUser);
  assert.equal(await outcome(call('AdminUpdateDeviceStatus', { ...who, DeviceKey: key })), noUser);
  // These two declare no UserNotFoundException.
  const gone = 'ResourceNotFoundException: User does not exist.';
  assert.equal(await outcome(call('AdminGetDevice', { ...who, DeviceKey: key })), gone);
  assert.equal(await outcome(call('AdminListDevices', who)), gone);
  const missing = 'InvalidParameterException: Missing required parameter AccessToken';
  assert.equal(await outcome(call('GetDevice', { DeviceKey: key })), missing);
  assert.equal(await outcome(call('ForgetDevice', { DeviceKey: key })), missing);
  const { Device } = await call('GetDevice', { AccessToken, DeviceKey: key });
  assert.equal(mapOf(Device?.DeviceAttributes)['dev:device_remembered_status'], 'remembered');
});

test('lists come in pages, whose tokens are their own', async (t) => {
  const { call, clock } = await testServer(t);
  const at = await home(call);
  const keys: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    clock.advance(1000);
    const { tokens } = await signedIn(call, at);
    keys.push((await confirmed(call, tokens)).key);
  }
  const { AccessToken } = await signedIn(call, at);
  const who = { UserPoolId: at.poolId, Username: 'ada' };
  const lists = {
    own: (more: object) => call('ListDevices', { AccessToken, ...more }),
    admin: (more: object) => call('AdminListDevices', { ...who, ...more }),
  };
  const tokens: string[] = [];
  for (const list of Object.values(lists)) {
    const first = await list({ Limit: 2 });
    const second = await list({ Limit: 2, PaginationToken: first.PaginationToken });
    const third = await list({ Limit: 2, PaginationToken: second.PaginationToken });
    const shown = [first, second, third].flatMap(({ Devices = [] }) => Devices);
    assert.deepEqual(
      shown.map(({ DeviceKey }) => DeviceKey),
      keys,
    );
    assert.equal(third.PaginationToken, undefined);
    assert.equal((await list({ Limit: 0 })).Devices?.length, 5);
    tokens.push(first.PaginationToken ?? '');
  }
  const bad = 'InvalidParameterException: Invalid pagination token';
  assert.equal(await outcome(lists.own({ PaginationToken: tokens[1] })), bad);
  assert.equal(await outcome(lists.admin({ PaginationToken: tokens[0] })), bad);
  assert.match(await outcome(lists.own({ Limit: 61 })), /^InvalidParameterException: 1 validation error/);
});

test('a device that was forgotten is gone, and its access token does not bring it back', async (t) => {
  const { call } = await testServer(t);
  const at = await home(call);
  for (const by of ['user', 'administrator'] as const) {
    const { tokens, AccessToken } = await signedIn(call, at);
    const device = await confirmed(call, tokens);
    const DeviceKey = device.key;
    const forget = () =>
      by === 'user'
        ? call('ForgetDevice', { AccessToken, DeviceKey })
        : call('AdminForgetDevice', { UserPoolId: at.poolId, Username: 'ada', DeviceKey });
    assert.deepEqual(await outcomes(atOnce(64, forget)), { [notFound]: 63, ok: 1 });
    assert.equal(await outcome(call('GetDevice', { AccessToken, DeviceKey })), notFound);
    const again = call('ConfirmDevice', {
      AccessToken,
      DeviceKey,
      DeviceSecretVerifierConfig: verifierConfig(device),
    });
    assert.equal(await outcome(again), notFound);
    assert.equal(claimsOf(AccessToken)['device_key'], DeviceKey);
  }
});

test('DOS-4 a user has a hundred devices at most: the least recently used makes room', async (t) => {
  const { call, clock, ctx } = await testServer(t);
  const at = await home(call);
  const first = await signedIn(call, at);
  const { key } = await confirmed(call, first.tokens);
  const device = await ctx.store.devices.find(at.poolId, String(claimsOf(first.AccessToken)['sub']), key);
  assert.ok(device);
  const now = clock.now();
  for (let n = 0; n < 99; n += 1) {
    const later = { ...device, key: `us-east-1_${randomUUID()}`, authenticatedAt: now + n + 1 };
    await ctx.store.devices.insert(later, { most: 100, now, keptUntil: now });
  }
  const count = async () =>
    (await ctx.store.devices.ofUser(at.poolId, device.userId, { limit: 200 })).items.length;
  assert.equal(await count(), 100);
  clock.advance(60_000);
  const next = await signedIn(call, at);
  const { key: newest } = await confirmed(call, next.tokens);
  assert.equal(await count(), 100);
  const { AccessToken } = next;
  assert.equal(await outcome(call('GetDevice', { AccessToken, DeviceKey: key })), notFound);
  assert.equal(await outcome(call('GetDevice', { AccessToken, DeviceKey: newest })), 'ok');
});

test('a device was last used where its user is, as the server of an app says', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const secret = { GenerateSecret: true, EnablePropagateAdditionalUserContextData: true };
  const at = await home(call, secret);
  const hash = { SECRET_HASH: hashFor(at, 'ada') };
  const { tokens, AccessToken } = await signedIn(call, at, hash);
  const { key } = await confirmed(call, tokens);
  const AuthParameters = { USERNAME: 'ada', PASSWORD: password, DEVICE_KEY: key, ...hash };
  const lastUsed = async () => {
    const { Device } = await call('GetDevice', { AccessToken, DeviceKey: key });
    return mapOf(Device?.DeviceAttributes)['last_ip_used'];
  };
  await call('AdminInitiateAuth', {
    UserPoolId: at.poolId,
    ClientId: at.clientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters,
    ContextData: { ServerName: 'app', ServerPath: '/', HttpHeaders: [], IpAddress: '203.0.113.5' },
  });
  assert.equal(await lastUsed(), '203.0.113.5');
  const byUser = { ClientId: at.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters } as const;
  await call('InitiateAuth', { ...byUser, UserContextData: { IpAddress: '203.0.113.6' } });
  assert.equal(await lastUsed(), '203.0.113.6');
  await call('InitiateAuth', byUser);
  assert.equal(await lastUsed(), '127.0.0.1');
});
