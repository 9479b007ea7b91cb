import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  adasDevice,
  always,
  byCode,
  byDevice,
  claimsOf,
  confirmed,
  deviceExchange,
  deviceHome,
  ownDevice,
  signIn,
} from '../../../test/devices.ts';
import { answer, mfaConfig, phone, sender } from '../../../test/mfa.ts';
import {
  addClient,
  inviteUser,
  makeHome,
  makeUser,
  password,
  passwordSignIn,
  srpAnswer,
  srpProof,
  srpStart,
  temporary,
} from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import { clientProof, clientStart } from '../../crypto/srp.ts';
import { atOnce, outcome, outcomes } from '../../../test/user-pool.ts';
import { InitiateAuth } from '../../operations/cognito-idp/auth.ts';

const notFound = 'ResourceNotFoundException: Device does not exist.';
const wrong = 'NotAuthorizedException: Incorrect username or password.';
const badSession = 'NotAuthorizedException: Invalid session for the user.';

test('a pool that remembers no devices tells of none, reads no key and asks nothing of the store', async (t) => {
  const { call, ctx } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const devices = new Proxy(ctx.store.devices, {
    get: (_, name) => assert.fail(`devices.${String(name)} was used`),
  });
  const { AuthenticationResult } = await InitiateAuth(
    { ...ctx, store: { ...ctx.store, devices } },
    {
      ClientId: home.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: password, DEVICE_KEY: 'us-east-1_0' },
    },
  );
  assert.equal(AuthenticationResult?.NewDeviceMetadata, undefined);
  assert.equal(claimsOf(AuthenticationResult?.AccessToken)['device_key'], undefined);
});

test('every sign-in without a known device brings a new one, whose key the access token names', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { DeviceConfiguration: {} });
  await makeUser(call, home);
  const [a, b] = await Promise.all([signIn(call, home), signIn(call, home)]);
  const [first, second] = [ownDevice(a.AuthenticationResult), ownDevice(b.AuthenticationResult)];
  assert.notEqual(first.key, second.key);
  assert.equal(first.groupKey, second.groupKey);
  assert.equal(claimsOf(a.AuthenticationResult?.AccessToken)['device_key'], first.key);
  assert.equal(claimsOf(a.AuthenticationResult?.IdToken)['device_key'], undefined);
  // Nothing is kept of it before it is confirmed.
  const { Devices } = await call('AdminListDevices', { UserPoolId: home.poolId, Username: 'ada' });
  assert.deepEqual(Devices, []);
});

test('MF-8 a remembered device signs in with the proof of its secret in place of a code', async (t) => {
  const server = await testServer(t);
  const { call, clock, inbox } = server;
  const home = await deviceHome(call);
  const { device } = await adasDevice(server, home);
  const sent = inbox.list('+12065550100').length;
  const step = await signIn(call, home, { DEVICE_KEY: device.key });
  assert.deepEqual(step.ChallengeParameters, { USERNAME: 'ada', DEVICE_KEY: device.key });
  clock.advance(2000);
  const { AuthenticationResult } = await byDevice(server, home, step, device);
  assert.equal(AuthenticationResult?.NewDeviceMetadata, undefined);
  const claims = claimsOf(AuthenticationResult?.AccessToken);
  assert.deepEqual([claims['device_key'], claims['amr']], [device.key, ['pwd']]);
  assert.equal(inbox.list('+12065550100').length, sent);
  const AccessToken = AuthenticationResult?.AccessToken ?? '';
  const { Device } = await call('GetDevice', { AccessToken, DeviceKey: device.key });
  const seconds = Number(Device?.DeviceLastAuthenticatedDate) - Number(Device?.DeviceCreateDate);
  assert.ok(seconds >= 2, `${seconds} seconds`);
});

test('a device is named with the proof of the password, or before it', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  const { device } = await adasDevice(server, home);
  const challenge = await srpStart(call, home);
  const proof = { ...srpProof(home, challenge), DEVICE_KEY: device.key };
  assert.ok((await byDevice(server, home, await srpAnswer(call, home, proof), device)).AuthenticationResult);
  const early = await srpStart(call, home, 'ada', { DEVICE_KEY: device.key });
  const step = await srpAnswer(call, home, srpProof(home, early));
  assert.ok((await byDevice(server, home, step, device)).AuthenticationResult);
});

test('a device may be named with any answer; an unknown one is none by then', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  const { device } = await adasDevice(server, home);
  const known = await byCode(server, home, await signIn(call, home), { DEVICE_KEY: device.key });
  assert.equal(known.AuthenticationResult?.NewDeviceMetadata, undefined);
  assert.equal(claimsOf(known.AuthenticationResult?.AccessToken)['device_key'], device.key);
  const unknown = await byCode(server, home, await signIn(call, home), { DEVICE_KEY: 'us-east-1_0' });
  assert.notEqual(ownDevice(unknown.AuthenticationResult).key, 'us-east-1_0');
});

test('a device that the user does not have is told to who has proven the password, and to nobody else', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  await makeUser(call, home, 'bob', [phone]);
  const { device } = await adasDevice(server, home);
  const bob = { USERNAME: 'bob' };
  for (const DEVICE_KEY of ['us-east-1_0', 'not a key', 'x'.repeat(100), '💥']) {
    assert.equal(await outcome(signIn(call, home, { DEVICE_KEY })), notFound, DEVICE_KEY);
    assert.equal(await outcome(signIn(call, home, { DEVICE_KEY, PASSWORD: 'Wrong-horse-1' })), wrong);
  }
  // None of them is carried along.
  const choice = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', DEVICE_KEY: 'x'.repeat(4000) },
  });
  assert.ok((choice.Session ?? '').length < 1000);
  // Another user's device.
  assert.equal(await outcome(signIn(call, home, { ...bob, DEVICE_KEY: device.key })), notFound);
  assert.equal(
    await outcome(signIn(call, home, { ...bob, DEVICE_KEY: device.key, PASSWORD: 'Wrong-horse-1' })),
    wrong,
  );
  // Clients that are told so send the very same answer without the key.
  const challenge = await srpStart(call, home);
  const proof = srpProof(home, challenge);
  const named = { ...proof, DEVICE_KEY: 'us-east-1_0' };
  assert.equal(await outcome(srpAnswer(call, home, named)), notFound);
  assert.equal((await srpAnswer(call, home, proof)).ChallengeName, 'SMS_MFA');
  assert.equal(
    await outcome(srpAnswer(call, home, proof)),
    'NotAuthorizedException: Invalid session for the user, session can only be used once.',
  );
  // And so where the key came with SRP_A already.
  const early = await srpStart(call, home, 'ada', { DEVICE_KEY: 'us-east-1_0' });
  assert.equal((await srpAnswer(call, home, srpProof(home, early))).ChallengeName, 'SMS_MFA');
});

test('EN-1 a device key tells nothing of who exists', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call, always, { PreventUserExistenceErrors: 'ENABLED' });
  const { device } = await adasDevice(server, home);
  const lengths = new Map<string, number>();
  for (const USERNAME of ['ada', 'bob']) {
    for (const DEVICE_KEY of [device.key, 'us-east-1_0'])
      assert.equal(
        await outcome(signIn(call, home, { USERNAME, DEVICE_KEY, PASSWORD: 'Wrong-horse-1' })),
        wrong,
      );
    const { parameters } = await srpStart(call, home, USERNAME, { DEVICE_KEY: device.key });
    lengths.set(USERNAME, parameters['SECRET_BLOCK']?.length ?? 0);
    for (const name of ['DEVICE_SRP_AUTH', 'DEVICE_PASSWORD_VERIFIER'] as const) {
      const responses = {
        USERNAME,
        DEVICE_KEY: device.key,
        SRP_A: 'abc',
        PASSWORD_CLAIM_SIGNATURE: 'AAAA',
        PASSWORD_CLAIM_SECRET_BLOCK: parameters['SECRET_BLOCK'] ?? '',
        TIMESTAMP: 'Tue Mar 3 07:05:09 UTC 2026',
      };
      const end = await outcome(answer(call, home, name, 'AYABe'.padEnd(40, 'A'), responses));
      assert.equal(end, name === 'DEVICE_SRP_AUTH' ? badSession : wrong);
    }
  }
  assert.equal(lengths.get('ada'), lengths.get('bob'));
});

test('MF-8 no device stands for a code without the proof, or without the wish of its user and pool', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  const { device, tokens } = await adasDevice(server, home);
  const step = () => signIn(call, home, { DEVICE_KEY: device.key });
  const set = (DeviceRememberedStatus: 'remembered' | 'not_remembered') =>
    call('UpdateDeviceStatus', {
      AccessToken: tokens.AccessToken ?? '',
      DeviceKey: device.key,
      DeviceRememberedStatus,
    });

  const forged = { ...device, password: 'wrong' };
  assert.equal(await outcome(byDevice(server, home, await step(), forged)), wrong);
  assert.ok((await byDevice(server, home, await step(), device)).AuthenticationResult);

  // Not remembered: a code as for any other device, whenever that was said.
  const waiting = await step();
  const { responses } = await deviceExchange(server, home, await step(), device);
  await set('not_remembered');
  assert.equal((await step()).ChallengeName, 'SMS_MFA');
  assert.equal(await outcome(byDevice(server, home, waiting, device)), badSession);
  assert.equal(await outcome(answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, responses)), wrong);
  await set('remembered');
  assert.ok((await byDevice(server, home, await step(), device)).AuthenticationResult);

  // The pool asks for the code all the same.
  const open = await step();
  await call('UpdateUserPool', {
    UserPoolId: home.poolId,
    DeviceConfiguration: { ChallengeRequiredOnNewDevice: false },
    SmsConfiguration: sender,
  });
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...mfaConfig('ON', ['SMS_MFA']) });
  assert.equal((await step()).ChallengeName, 'SMS_MFA');
  assert.equal(await outcome(byDevice(server, home, open, device)), badSession);
});

test('MF-8 a forgotten device proves nothing, at whatever moment it is forgotten', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  const { device, tokens } = await adasDevice(server, home);
  const asked = await signIn(call, home, { DEVICE_KEY: device.key });
  const begun = await signIn(call, home, { DEVICE_KEY: device.key });
  const { responses } = await deviceExchange(server, home, begun, device);
  await call('ForgetDevice', { AccessToken: tokens.AccessToken, DeviceKey: device.key });
  assert.equal(await outcome(byDevice(server, home, asked, device)), notFound);
  assert.equal(await outcome(answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, responses)), wrong);
  assert.equal(await outcome(signIn(call, home, { DEVICE_KEY: device.key })), notFound);
});

test('a device that is remembered on its user’s word only is not remembered before', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call, { ...always, DeviceOnlyRememberedOnUserPrompt: true });
  const { device, tokens } = await adasDevice(server, home);
  const step = await signIn(call, home, { DEVICE_KEY: device.key });
  const { AuthenticationResult } = await byCode(server, home, step);
  assert.equal(AuthenticationResult?.NewDeviceMetadata, undefined);
  assert.equal(claimsOf(AuthenticationResult?.AccessToken)['device_key'], device.key);
  await call('UpdateDeviceStatus', {
    AccessToken: tokens.AccessToken ?? '',
    DeviceKey: device.key,
    DeviceRememberedStatus: 'remembered',
  });
  const next = await signIn(call, home, { DEVICE_KEY: device.key });
  assert.ok((await byDevice(server, home, next, device)).AuthenticationResult);
});

test('a device is no substitute for setting a factor up, and is not asked where no code is', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await makeHome(call, { DeviceConfiguration: always });
  await makeUser(call, home);
  const device = await confirmed(call, (await signIn(call, home)).AuthenticationResult);
  const step = await signIn(call, home, { DEVICE_KEY: device.key });
  assert.equal(claimsOf(step.AuthenticationResult?.AccessToken)['device_key'], device.key);
  await call('SetUserPoolMfaConfig', {
    UserPoolId: home.poolId,
    MfaConfiguration: 'ON',
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  assert.equal((await signIn(call, home, { DEVICE_KEY: device.key })).ChallengeName, 'MFA_SETUP');
});

test('NEW_PASSWORD_REQUIRED takes the key of a device that the user has, and refuses another in its own words', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  const { device } = await adasDevice(server, home);
  const who = { UserPoolId: home.poolId, Username: 'ada' };
  const asked = async () => {
    await call('AdminSetUserPassword', { ...who, Password: temporary });
    return passwordSignIn(call, home, { password: temporary });
  };
  const first = await asked();
  const take = (DEVICE_KEY: string) =>
    answer(call, home, 'NEW_PASSWORD_REQUIRED', first.Session, { NEW_PASSWORD: password, DEVICE_KEY });
  assert.equal(await outcome(take('us-east-1_0')), 'InvalidParameterException: Invalid device key given');
  const next = await take(device.key);
  assert.ok((await byDevice(server, home, next, device)).AuthenticationResult);
  // The device came with the temporary password.
  await call('AdminSetUserPassword', { ...who, Password: temporary });
  const named = await signIn(call, home, { PASSWORD: temporary, DEVICE_KEY: device.key });
  const responses = { NEW_PASSWORD: password };
  const then = await answer(call, home, 'NEW_PASSWORD_REQUIRED', named.Session, responses);
  assert.ok((await byDevice(server, home, then, device)).AuthenticationResult);
  await inviteUser(call, home.poolId, 'eve');
  const eves = await passwordSignIn(call, home, { name: 'eve', password: temporary });
  const end = answer(call, home, 'NEW_PASSWORD_REQUIRED', eves.Session, {
    USERNAME: 'eve',
    NEW_PASSWORD: password,
    DEVICE_KEY: device.key,
  });
  assert.equal(await outcome(end), 'InvalidParameterException: Invalid device key given');
});

test('SR-3 MF-8 of sixty-four who send the proof of a device at once, one gets tokens', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  const { device } = await adasDevice(server, home);
  const step = await signIn(call, home, { DEVICE_KEY: device.key });
  const { responses } = await deviceExchange(server, home, step, device);
  const ends = await outcomes(
    atOnce(64, () => answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, responses)),
  );
  assert.equal(ends['ok'], 1, JSON.stringify(ends));
});

test('SE-1 a DEVICE_SRP_AUTH session begins one exchange, of its client, user and device', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  const { device } = await adasDevice(server, home);
  const other = await adasDevice(server, home);
  const { Session } = await signIn(call, home, { DEVICE_KEY: device.key });
  const SRP_A = 'abcdef';
  const begin = (more: Readonly<Record<string, string>> = {}, at = home) =>
    answer(call, at, 'DEVICE_SRP_AUTH', Session, { DEVICE_KEY: device.key, SRP_A, ...more });
  await makeUser(call, home, 'bob', [phone]);
  const elsewhere = await addClient(call, home.poolId);
  const code = await signIn(call, home);
  const refused: Readonly<Record<string, readonly [string, Promise<unknown>]>> = {
    'the session of a code that was not given': [
      badSession,
      answer(call, home, 'DEVICE_SRP_AUTH', code.Session, { DEVICE_KEY: device.key, SRP_A }),
    ],
    'another device': [notFound, begin({ DEVICE_KEY: other.device.key })],
    'another user': [badSession, begin({ USERNAME: 'bob' })],
    'another client': [badSession, begin({}, elsewhere)],
    'no key': [
      'InvalidParameterException: Missing required parameter DEVICE_KEY',
      answer(call, home, 'DEVICE_SRP_AUTH', Session, { SRP_A }),
    ],
    'as another challenge': [badSession, answer(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE: '123456' })],
  };
  const ended = Object.entries(refused).map(async ([what, [words, attempt]]) =>
    assert.equal(await outcome(attempt), words, what),
  );
  await Promise.all(ended);
  for (const bad of ['0', '1', '']) {
    const end = await outcome(begin({ SRP_A: bad }));
    assert.match(end, /^InvalidParameterException: (Invalid SRP_A\.|Missing required parameter SRP_A)$/, bad);
  }
  assert.equal(
    await outcome(begin({ SRP_A: 'xyz' })),
    "InvalidParameterException: 1 validation error detected: Value 'xyz' at 'sRPA' failed to satisfy constraint: " +
      'Member must satisfy regular expression pattern: ^[0-9a-fA-F]+$',
  );
  const ends = await outcomes(atOnce(64, () => begin()));
  assert.equal(ends['ok'], 1, JSON.stringify(ends));
});

test('SE-1 after USER_SRP_AUTH the session may be left out by who sends the same SRP_A, once and in time', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await deviceHome(call);
  await makeUser(call, home, 'bob', [phone]);
  const { device } = await adasDevice(server, home);
  const other = await adasDevice(server, home);
  const begun = async () => {
    const challenge = await srpStart(call, home);
    const proof = srpProof(home, challenge, { at: clock.now() });
    const step = await srpAnswer(call, home, { ...proof, DEVICE_KEY: device.key });
    assert.equal(step.ChallengeName, 'DEVICE_SRP_AUTH');
    return challenge.start;
  };
  const start = await begun();
  const send = (more: Readonly<Record<string, string>> = {}, at = home) =>
    answer(call, at, 'DEVICE_SRP_AUTH', undefined, { DEVICE_KEY: device.key, SRP_A: start.A, ...more });
  const missing = 'InvalidParameterException: Missing required parameter Session';
  const elsewhere = await addClient(call, home.poolId);
  const cases = {
    'another A': send({ SRP_A: clientStart().A }),
    'another device': send({ DEVICE_KEY: other.device.key }),
    'another user': send({ USERNAME: 'bob' }),
    nobody: send({ USERNAME: 'nobody' }),
    'another client': send({}, elsewhere),
  };
  const ended = Object.entries(cases).map(async ([what, attempt]) =>
    assert.equal(await outcome(attempt), missing, what),
  );
  await Promise.all(ended);
  const asked = await Promise.allSettled(atOnce(64, () => send()));
  const [won, ...more] = asked.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  assert.deepEqual([won?.ChallengeName, more.length], ['DEVICE_PASSWORD_VERIFIER', 0]);
  const proof = clientProof(start, {
    poolName: device.groupKey,
    password: device.password,
    parameters: { ...won?.ChallengeParameters, USER_ID_FOR_SRP: device.key },
  });
  const responses = { DEVICE_KEY: device.key, ...proof };
  const { AuthenticationResult } = await answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, responses);
  assert.equal(claimsOf(AuthenticationResult?.AccessToken)['device_key'], device.key);

  const signedOut = await begun();
  await call('AdminUserGlobalSignOut', { UserPoolId: home.poolId, Username: 'ada' });
  assert.equal(await outcome(send({ SRP_A: signedOut.A })), missing);
  const late = await begun();
  clock.advance(181_000);
  assert.equal(await outcome(send({ SRP_A: late.A })), missing);
});

test('SE-1 with its session or with the SRP_A of before, one proof of the password begins one exchange', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  const { device } = await adasDevice(server, home);
  const used = 'NotAuthorizedException: Invalid session for the user, session can only be used once.';
  const missing = 'InvalidParameterException: Missing required parameter Session';
  const begun = async () => {
    const challenge = await srpStart(call, home);
    const { Session } = await srpAnswer(call, home, { ...srpProof(home, challenge), DEVICE_KEY: device.key });
    const responses = { DEVICE_KEY: device.key, SRP_A: challenge.start.A };
    const send = (session?: string) => outcome(answer(call, home, 'DEVICE_SRP_AUTH', session, responses));
    return { bySession: () => send(Session), byA: () => send() };
  };
  const first = await begun();
  assert.deepEqual(
    [await first.bySession(), await first.byA(), await first.bySession()],
    ['ok', missing, used],
  );
  const second = await begun();
  assert.deepEqual([await second.byA(), await second.bySession(), await second.byA()], ['ok', used, missing]);
  const { bySession, byA } = await begun();
  const ends = await Promise.all(atOnce(64, (n) => (n % 2 === 0 ? bySession() : byA())));
  assert.equal(ends.filter((end) => end === 'ok').length, 1);
});

test('SE-1 a device is proven once where the client has come to shorter sessions meanwhile', async (t) => {
  const server = await testServer(t);
  const { call, clock, ctx } = server;
  const home = await deviceHome(call, always, { AuthSessionValidity: 15 });
  const { device } = await adasDevice(server, home);
  const challenge = await srpStart(call, home);
  const { Session } = await srpAnswer(call, home, { ...srpProof(home, challenge), DEVICE_KEY: device.key });
  const send = (session?: string) =>
    outcome(
      answer(call, home, 'DEVICE_SRP_AUTH', session, { DEVICE_KEY: device.key, SRP_A: challenge.start.A }),
    );
  const { UserPoolClient } = await call('DescribeUserPoolClient', {
    UserPoolId: home.poolId,
    ClientId: home.clientId,
  });
  await call('UpdateUserPoolClient', {
    UserPoolId: home.poolId,
    ClientId: home.clientId,
    ExplicitAuthFlows: UserPoolClient?.ExplicitAuthFlows,
    AuthSessionValidity: 3,
  });
  assert.equal(await send(), 'ok');
  clock.advance(5 * 60_000);
  await ctx.store.purge(clock.now());
  assert.equal(
    await send(Session),
    'NotAuthorizedException: Invalid session for the user, session can only be used once.',
  );
});

test('SE-1 after USER_PASSWORD_AUTH the session may be left out, once and in time', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await deviceHome(call);
  await makeUser(call, home, 'bob', [phone]);
  const { device } = await adasDevice(server, home);
  const other = await adasDevice(server, home);
  const start = clientStart();
  const send = (more: Readonly<Record<string, string>> = {}, at = home) =>
    answer(call, at, 'DEVICE_SRP_AUTH', undefined, { DEVICE_KEY: device.key, SRP_A: start.A, ...more });
  const missing = 'InvalidParameterException: Missing required parameter Session';
  const begin = (AuthFlow: 'USER_PASSWORD_AUTH' | 'ADMIN_USER_PASSWORD_AUTH', PASSWORD = password) => {
    const AuthParameters = { USERNAME: 'ada', PASSWORD, DEVICE_KEY: device.key };
    const input = { ClientId: home.clientId, AuthFlow, AuthParameters };
    return AuthFlow === 'USER_PASSWORD_AUTH'
      ? call('InitiateAuth', input)
      : call('AdminInitiateAuth', { ...input, UserPoolId: home.poolId });
  };
  await assert.rejects(begin('USER_PASSWORD_AUTH', 'Wrong-horse-1'));
  assert.equal(await outcome(send()), missing);
  assert.equal((await begin('ADMIN_USER_PASSWORD_AUTH')).ChallengeName, 'DEVICE_SRP_AUTH');
  assert.equal(await outcome(send()), missing);
  assert.equal((await begin('USER_PASSWORD_AUTH')).ChallengeName, 'DEVICE_SRP_AUTH');
  const elsewhere = await addClient(call, home.poolId);
  const cases = {
    'another device': send({ DEVICE_KEY: other.device.key }),
    'another user': send({ USERNAME: 'bob' }),
    nobody: send({ USERNAME: 'nobody' }),
    'another client': send({}, elsewhere),
  };
  const ended = Object.entries(cases).map(async ([what, attempt]) =>
    assert.equal(await outcome(attempt), missing, what),
  );
  await Promise.all(ended);
  const asked = await Promise.allSettled(atOnce(64, () => send()));
  const [won, ...more] = asked.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  assert.deepEqual([won?.ChallengeName, more.length], ['DEVICE_PASSWORD_VERIFIER', 0]);
  const parameters = { ...won?.ChallengeParameters, USER_ID_FOR_SRP: device.key };
  const prove = (secret: string) => {
    const proof = clientProof(start, { poolName: device.groupKey, password: secret, parameters });
    const responses = { DEVICE_KEY: device.key, ...proof };
    return answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, responses);
  };
  await assert.rejects(prove('another secret'), { code: 'NotAuthorizedException' });
  const { AuthenticationResult } = await prove(device.password);
  assert.equal(claimsOf(AuthenticationResult?.AccessToken)['device_key'], device.key);

  const bySession = (session?: string) => {
    const responses = { DEVICE_KEY: device.key, SRP_A: start.A };
    return outcome(answer(call, home, 'DEVICE_SRP_AUTH', session, responses));
  };
  const used = 'NotAuthorizedException: Invalid session for the user, session can only be used once.';
  const { Session } = await begin('USER_PASSWORD_AUTH');
  const ends = await Promise.all(atOnce(64, (n) => bySession(n % 2 === 0 ? Session : undefined)));
  assert.equal(ends.filter((end) => end === 'ok').length, 1, 'with or without its session');
  const { Session: one } = await begin('USER_PASSWORD_AUTH');
  assert.deepEqual([await bySession(one), await bySession(), await bySession(one)], ['ok', missing, used]);

  await begin('USER_PASSWORD_AUTH');
  await call('AdminUserGlobalSignOut', { UserPoolId: home.poolId, Username: 'ada' });
  assert.equal(await outcome(send()), missing);
  await begin('USER_PASSWORD_AUTH');
  clock.advance(181_000);
  assert.equal(await outcome(send()), missing);
});

test('SR-2 SE-2 the block of a device opens for its client, user, device and purpose alone', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await deviceHome(call);
  await makeUser(call, home, 'bob', [phone]);
  const { device } = await adasDevice(server, home);
  const other = await adasDevice(server, home);
  const begin = async () => {
    const step = await signIn(call, home, { DEVICE_KEY: device.key });
    return deviceExchange(server, home, step, device);
  };
  const { responses } = await begin();
  const send = (more: Readonly<Record<string, string>>) =>
    outcome(answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, { ...responses, ...more }));
  const block = responses.PASSWORD_CLAIM_SECRET_BLOCK;
  const passwordBlock = (await srpStart(call, home)).parameters['SECRET_BLOCK'] ?? '';
  const flipped = `${block.slice(0, 40)}${block[40] === 'A' ? 'B' : 'A'}${block.slice(41)}`;
  const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'another user': { USERNAME: 'bob' },
    nobody: { USERNAME: 'nobody' },
    'another device': { DEVICE_KEY: other.device.key },
    'an altered block': { PASSWORD_CLAIM_SECRET_BLOCK: flipped },
    'a shorter block': { PASSWORD_CLAIM_SECRET_BLOCK: block.slice(0, -4) },
    'the block of a password': { PASSWORD_CLAIM_SECRET_BLOCK: passwordBlock },
  };
  for (const [what, more] of Object.entries(cases)) assert.equal(await send(more), wrong, what);
  // Nothing of that was a guess: neither theirs nor the other user's.
  for (let n = 0; n < 6; n += 1) {
    assert.equal(await send({ USERNAME: 'bob' }), wrong);
    assert.equal(await send({ DEVICE_KEY: other.device.key }), wrong);
  }
  const bobs = await signIn(call, home, { USERNAME: 'bob' });
  assert.ok((await byCode(server, home, bobs, { USERNAME: 'bob' })).AuthenticationResult);
  // The block of a device is none of a password either.
  assert.equal(await outcome(srpAnswer(call, home, { USERNAME: 'ada', ...responses })), wrong);
  assert.equal(await send({ TIMESTAMP: 'Tue Mar 3 07:05:09 UTC 2026' }), wrong);
  assert.equal(await send({ PASSWORD_CLAIM_SIGNATURE: 'AAAA' }), wrong);
  assert.equal(await send({}), 'ok');
  const late = await begin();
  clock.advance(181_000);
  const end = answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, late.responses);
  assert.equal(await outcome(end), wrong);
});

test('SE-4 what ends sign-ins ends those that wait for a device', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await deviceHome(call);
  const { device } = await adasDevice(server, home);
  const asked = await signIn(call, home, { DEVICE_KEY: device.key });
  const begun = await signIn(call, home, { DEVICE_KEY: device.key });
  const { responses } = await deviceExchange(server, home, begun, device);
  await call('AdminUserGlobalSignOut', { UserPoolId: home.poolId, Username: 'ada' });
  assert.equal(await outcome(byDevice(server, home, asked, device)), badSession);
  assert.equal(await outcome(answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, responses)), wrong);
  // The device stays remembered.
  const step = await signIn(call, home, { DEVICE_KEY: device.key });
  assert.ok((await byDevice(server, home, step, device)).AuthenticationResult);
});

test('MF-3 wrong proofs of devices count with the wrong codes of the user', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await deviceHome(call);
  const { device } = await adasDevice(server, home);
  const forged = { ...device, password: 'wrong' };
  const attempt = async () => {
    const step = await signIn(call, home, { DEVICE_KEY: device.key });
    return outcome(byDevice(server, home, step, forged));
  };
  // The ninth locks for 16 seconds.
  for (let guess = 1; guess <= 9; guess += 1) {
    assert.equal(await attempt(), wrong, String(guess));
    if (guess >= 5 && guess < 9) clock.advance(2 ** (guess - 5) * 1000);
  }
  const locked = 'NotAuthorizedException: Password attempts exceeded';
  assert.equal(await attempt(), locked);
  assert.equal(await outcome(byCode(server, home, await signIn(call, home))), locked);
  clock.advance(17_000);
  const step = await signIn(call, home, { DEVICE_KEY: device.key });
  assert.ok((await byDevice(server, home, step, device)).AuthenticationResult);
  // Who has proven no password counts nothing for the user.
  for (let n = 0; n < 10; n += 1)
    await outcome(
      answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, {
        DEVICE_KEY: device.key,
        PASSWORD_CLAIM_SIGNATURE: 'AAAA',
        PASSWORD_CLAIM_SECRET_BLOCK: 'AAAA',
        TIMESTAMP: 'Tue Mar 3 07:05:09 UTC 2026',
      }),
    );
  assert.ok((await byCode(server, home, await signIn(call, home))).AuthenticationResult);
});
