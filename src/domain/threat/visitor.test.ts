import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContextDataType, UserContextDataType } from '../../api/cognito-idp.ts';
import { hashFor, makeUser, outcomeOf, password } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import {
  eventsOf,
  gatheredBy,
  headersOf,
  home,
  settledUser,
  stranger,
  watchedHome,
} from '../../../test/threat.ts';

const propagating = { GenerateSecret: true, EnablePropagateAdditionalUserContextData: true } as const;

function signIn(server: TestServer, place: Home, UserContextData: UserContextDataType | undefined) {
  const AuthParameters = {
    USERNAME: 'ada',
    PASSWORD: password,
    ...(place.secret === undefined ? {} : { SECRET_HASH: hashFor(place, 'ada') }),
  };
  const input = { ClientId: place.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters } as const;
  return server.call('InitiateAuth', { ...input, UserContextData }, { headers: headersOf(home) });
}

function adminSignIn({ call }: TestServer, place: Home, ContextData: ContextDataType | undefined) {
  return call('AdminInitiateAuth', {
    UserPoolId: place.poolId,
    ClientId: place.clientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    ContextData,
  });
}

const contextData = {
  ServerName: 'app',
  ServerPath: '/',
  HttpHeaders: [{ headerName: 'User-Agent', headerValue: stranger.agent }],
};

async function lastPlace(server: TestServer, place: Home) {
  const [event] = await eventsOf(server, place);
  return { ...event?.EventContextData, level: event?.EventRisk?.RiskLevel };
}

test('whom a client with a secret asks for is said by its server, where the client lets it', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'AUDIT', {}, propagating);
  await makeUser(server.call, place);
  await signIn(server, place, { IpAddress: '203.0.113.5' });
  assert.equal((await lastPlace(server, place)).IpAddress, '203.0.113.5');
  await signIn(server, place, undefined);
  assert.equal((await lastPlace(server, place)).IpAddress, home.ip);
  const invalid = { code: 'InvalidParameterException', message: 'Invalid IP address.' };
  await assert.rejects(signIn(server, place, { IpAddress: 'somewhere' }), invalid);
});

test('nobody else may say from where they come', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'AUDIT', { AutoVerifiedAttributes: ['email'] });
  await makeUser(server.call, place);
  const UserContextData = { IpAddress: '203.0.113.5' };
  const ids = { ClientId: place.clientId, Username: 'ada', UserContextData };
  const refused = {
    code: 'InvalidParameterException',
    message: 'Cannot use IP Address passed into UserContextData',
  };
  const { call } = server;
  const attempts = [
    signIn(server, place, UserContextData),
    call('RespondToAuthChallenge', { ...ids, ChallengeName: 'SMS_MFA' }),
    call('SignUp', { ...ids, Username: 'eve', Password: password }),
    call('ConfirmSignUp', { ...ids, ConfirmationCode: '000000' }),
    call('ResendConfirmationCode', ids),
    call('ForgotPassword', ids),
    call('ConfirmForgotPassword', { ...ids, ConfirmationCode: '000000', Password: password }),
  ];
  await Promise.all(attempts.map((attempt) => assert.rejects(attempt, refused)));
  assert.deepEqual(await eventsOf(server, place), []);
});

test('for whom an administrator asks is said by ContextData, and nobody is rated without it', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'AUDIT');
  await settledUser(server, place);
  await adminSignIn(server, place, { ...contextData, IpAddress: stranger.ip });
  const where = { IpAddress: stranger.ip, DeviceName: 'Chrome 131, Windows 10.0', level: 'Medium' };
  assert.deepEqual(await lastPlace(server, place), where);
  await adminSignIn(server, place, undefined);
  assert.deepEqual(await lastPlace(server, place), { level: undefined });
  const invalid = adminSignIn(server, place, { ...contextData, IpAddress: '1.2.3.4.5' });
  await assert.rejects(invalid, { code: 'InvalidParameterException', message: 'Invalid IP address.' });
});

test('a device is told by its fingerprint where there is one, whatever its user agent', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'AUDIT');
  await makeUser(server.call, place);
  const own = gatheredBy({ DeviceFingerprint: 'own', ClientTimezone: '+01:00' });
  await signIn(server, place, own);
  await signIn(server, place, own);
  const first = await lastPlace(server, place);
  assert.deepEqual([first.level, first.Timezone], [undefined, '+01:00']);
  await signIn(server, place, gatheredBy({ DeviceFingerprint: 'other' }));
  assert.equal((await lastPlace(server, place)).level, 'Low');
  // What was never said to be a device of its own is one by its user agent.
  await signIn(server, place, undefined);
  assert.equal((await lastPlace(server, place)).level, 'Low');
});

const hostile: { name: string; EncodedData: string }[] = [
  { name: 'no base64', EncodedData: '%%% !' },
  { name: 'no JSON', EncodedData: Buffer.from('{').toString('base64') },
  { name: 'a number', EncodedData: Buffer.from('7').toString('base64') },
  { name: 'a list', EncodedData: Buffer.from('[1]').toString('base64') },
  { name: 'null inside', EncodedData: Buffer.from('{"payload":"null"}').toString('base64') },
  {
    name: 'a payload that is none',
    EncodedData: Buffer.from('{"payload":{"contextData":7}}').toString('base64'),
  },
  {
    name: '__proto__',
    EncodedData: gatheredBy(JSON.parse('{"__proto__":"x","DeviceName":""}') as Record<string, string>)
      .EncodedData,
  },
  { name: 'deep nesting', EncodedData: Buffer.from('['.repeat(40_000)).toString('base64') },
  { name: 'too much', EncodedData: 'A'.repeat(100_000) },
  {
    name: 'a lone surrogate',
    EncodedData: gatheredBy({ DeviceName: '\ud800', DeviceFingerprint: '\udfff' }).EncodedData,
  },
];
test('IN-2 whatever a client sends for the data of its device, it signs in', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'AUDIT');
  await makeUser(server.call, place);
  for (const { name, EncodedData } of hostile)
    assert.equal(await outcomeOf(signIn(server, place, { EncodedData })), 'ok', name);
  assert.equal((await eventsOf(server, place)).length, hostile.length);
});
