import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openMessage, unwrapRawAes } from '../../../test/encrypted-message.ts';
import type { OpenedMessage } from '../../../test/encrypted-message.ts';
import { arnOf, functionServer } from '../../../test/functions.ts';
import type { TriggerEvent } from '../../../test/functions.ts';
import { answer, mfaConfig, ownMail } from '../../../test/mfa.ts';
import { makeHome, makeUser, password, passwordSignIn } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import type { Config } from '../../config.ts';
import { targetsOf } from '../../triggers/targets.ts';

const KMSKeyID = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const senderKey = Buffer.alloc(32, 'shared with the functions');

interface Sending extends TestServer {
  readonly home: Home;
  /** Waits for so many events, and gives them in the order of their coming. */
  readonly sent: (count: number) => Promise<TriggerEvent[]>;
}

async function withSenders(
  t: TestContext,
  media: readonly ('Email' | 'SMS')[],
  settings: Partial<Config> = {},
  answer = (event: TriggerEvent): { status: number; body: string } => ({
    status: 200,
    body: JSON.stringify(event),
  }),
): Promise<Sending> {
  const events: TriggerEvent[] = [];
  const waiting: (() => void)[] = [];
  const url = await functionServer(t, (request, response) => {
    const event = JSON.parse(request.text) as TriggerEvent;
    events.push(event);
    const { status, body } = answer(event);
    response.writeHead(status).end(body);
    for (const wake of waiting.splice(0)) wake();
  });
  const server = await testServer(t, { settings: { triggers: targetsOf(`*=${url}`), ...settings } });
  const senders = media.map((medium) => [
    `Custom${medium}Sender`,
    { LambdaArn: arnOf(medium), LambdaVersion: 'V1_0' },
  ]);
  const home = await makeHome(server.call, {
    AutoVerifiedAttributes: ['email'],
    LambdaConfig: { ...Object.fromEntries(senders), KMSKeyID },
  });
  const sent = async (count: number) => {
    while (events.length < count) await new Promise<void>((wake) => waiting.push(wake));
    return events;
  };
  return { ...server, home, sent };
}

const signUp = ({ call, home }: Sending, Username = 'ada') =>
  call('SignUp', {
    ClientId: home.clientId,
    Username,
    Password: password,
    UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
    ClientMetadata: { k: 'v' },
  });

/** As a function does whose KMS keyring asks this server. */
function byKms(url: string) {
  return (event: TriggerEvent): Promise<OpenedMessage> =>
    openMessage(codeOf(event), async (keys, EncryptionContext) => {
      const wrapped = keys.find(({ provider }) => provider === 'aws-kms');
      const request = { CiphertextBlob: wrapped?.wrapped.toString('base64'), EncryptionContext };
      const answer = (await (await decrypt(url, request)).json()) as { KeyId: string; Plaintext: string };
      assert.equal(answer.KeyId, KMSKeyID);
      assert.equal(wrapped?.info.toString(), KMSKeyID);
      return Buffer.from(answer.Plaintext, 'base64');
    });
}

const decrypt = (url: string, request: object) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.Decrypt' },
    body: JSON.stringify(request),
  });

const codeOf = ({ request }: TriggerEvent) => Buffer.from(request['code'] as string, 'base64');

test('a custom sender gets the code encrypted, and nothing else is sent', async (t) => {
  const server = await withSenders(t, ['Email']);
  const { UserSub, CodeDeliveryDetails } = await signUp(server);
  assert.deepEqual(CodeDeliveryDetails, {
    Destination: 'a***@e***',
    DeliveryMedium: 'EMAIL',
    AttributeName: 'email',
  });
  const [event] = await server.sent(1);
  assert.ok(event);
  const { code, ...request } = event.request;
  assert.deepEqual(request, {
    type: 'customEmailSenderRequestV1',
    clientMetadata: { k: 'v' },
    userAttributes: {
      sub: UserSub,
      'cognito:user_status': 'UNCONFIRMED',
      email: 'ada@example.com',
      email_verified: 'false',
    },
  });
  assert.equal(event.triggerSource, 'CustomEmailSender_SignUp');
  assert.equal('response' in event, false);
  assert.match(String(code), /^AYADe/);
  const { context, plain, keys } = await byKms(server.url)(event);
  assert.equal(context['userpool-id'], server.home.poolId);
  assert.equal(keys.length, 1);
  assert.deepEqual(Object.keys(context).sort(), ['aws-crypto-public-key', 'userpool-id']);
  await server.call('ConfirmSignUp', {
    ClientId: server.home.clientId,
    Username: 'ada',
    ConfirmationCode: plain,
  });
  assert.deepEqual(server.inbox.list(), []);
});

test('each occasion has its source; temporary passwords are escaped', async (t) => {
  const server = await withSenders(t, ['Email', 'SMS']);
  const { call, home } = server;
  await signUp(server);
  await call('ResendConfirmationCode', { ClientId: home.clientId, Username: 'ada' });
  await call('AdminCreateUser', {
    UserPoolId: home.poolId,
    Username: 'bob',
    TemporaryPassword: `<Temp&'"-1`,
    UserAttributes: [{ Name: 'phone_number', Value: '+15555550100' }],
  });
  const events = await server.sent(3);
  assert.deepEqual(events.map(({ triggerSource }) => triggerSource).sort(), [
    'CustomEmailSender_ResendCode',
    'CustomEmailSender_SignUp',
    'CustomSMSSender_AdminCreateUser',
  ]);
  const invitation = events.find(({ triggerSource }) => triggerSource.startsWith('CustomSMSSender'));
  assert.ok(invitation);
  assert.equal(invitation.request['type'], 'customSMSSenderRequestV1');
  assert.equal((await byKms(server.url)(invitation)).plain, '&lt;Temp&amp;&#39;&quot;-1');
  assert.deepEqual(server.inbox.list(), []);
});

test('AT-3 a custom sender gets the address that waits for its code', async (t) => {
  const server = await withSenders(t, ['Email']);
  const { call, home } = server;
  const { poolId: UserPoolId } = home;
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  await call('UpdateUserPool', {
    UserPoolId,
    AutoVerifiedAttributes: ['email'],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    LambdaConfig: UserPool?.LambdaConfig,
  });
  await makeUser(call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  await call('AdminUpdateUserAttributes', {
    UserPoolId,
    Username: 'ada',
    UserAttributes: [{ Name: 'email', Value: 'other@example.com' }],
  });
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const AccessToken = AuthenticationResult?.AccessToken ?? '';
  await call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' });
  for (const { triggerSource, request } of await server.sent(2)) {
    const { email, email_verified } = request['userAttributes'] as Record<string, string>;
    assert.deepEqual({ email, email_verified }, { email: 'other@example.com', email_verified: 'false' });
    assert.match(triggerSource, /_(UpdateUserAttribute|VerifyUserAttribute)$/);
  }
  const { UserAttributes } = await call('AdminGetUser', { UserPoolId, Username: 'ada' });
  assert.equal(UserAttributes?.find(({ Name }) => Name === 'email')?.Value, 'ada@example.com');
});

test('a custom sender gets the first address of a user, which MFA_SETUP has asked for', async (t) => {
  const server = await withSenders(t, ['Email']);
  const { call, home } = server;
  const { poolId: UserPoolId } = home;
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  await call('UpdateUserPool', {
    UserPoolId,
    ...ownMail,
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_phone_number', Priority: 1 }] },
    LambdaConfig: UserPool?.LambdaConfig,
  });
  await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('ON', ['EMAIL_OTP']) });
  await makeUser(call, home);
  const asked = await passwordSignIn(call, home);
  await answer(call, home, 'MFA_SETUP', asked.Session, { EMAIL: 'ada@example.com' });
  const [event] = await server.sent(1);
  assert.equal(event?.triggerSource, 'CustomEmailSender_Authentication');
  const { email, email_verified } = event.request['userAttributes'] as Record<string, string>;
  assert.deepEqual({ email, email_verified }, { email: 'ada@example.com', email_verified: 'false' });
});

test('the other medium is sent as ever', async (t) => {
  const server = await withSenders(t, ['SMS']);
  await signUp(server);
  assert.equal(server.inbox.list().length, 1);
});

test('functions may open codes with a key that they share with the server', async (t) => {
  const server = await withSenders(t, ['Email'], { senderKey });
  await signUp(server);
  const [event] = await server.sent(1);
  assert.ok(event);
  const { plain, keys } = await openMessage(codeOf(event), (all, _context, bound) => {
    const wrapped = all.find(({ provider }) => provider === 'cognate');
    assert.ok(wrapped);
    return unwrapRawAes(wrapped, KMSKeyID, senderKey, bound);
  });
  assert.match(plain, /^\d{6}$/);
  assert.deepEqual(
    keys.map(({ provider }) => provider),
    ['aws-kms', 'cognate'],
  );
});

test('a sender that fails refuses nobody', async (t) => {
  const server = await withSenders(t, ['Email'], {}, () => ({
    status: 500,
    body: '{"errorMessage":"no mail for you"}',
  }));
  assert.equal((await signUp(server)).UserConfirmed, false);
  await server.sent(1);
});

test('Decrypt opens what was wrapped here for this context, and nothing else', async (t) => {
  const server = await withSenders(t, ['Email']);
  await signUp(server);
  const [event] = await server.sent(1);
  assert.ok(event);
  let request: Record<string, unknown> = {};
  await openMessage(codeOf(event), (keys, EncryptionContext) => {
    request = { CiphertextBlob: keys[0]?.wrapped.toString('base64'), EncryptionContext };
    throw new Error('enough');
  }).catch(() => undefined);
  assert.equal((await decrypt(server.url, request)).status, 200);
  const context = request['EncryptionContext'] as object;
  const wrong = [
    { ...request, EncryptionContext: { ...context, 'userpool-id': 'us-east-1_other' } },
    { ...request, EncryptionContext: {} },
    { ...request, EncryptionContext: undefined },
    { ...request, CiphertextBlob: Buffer.from('[]').toString('base64') },
    { ...request, CiphertextBlob: undefined },
    {},
  ];
  for (const each of wrong) {
    const answer = await decrypt(server.url, each);
    assert.equal(answer.status, 400);
    assert.deepEqual(await answer.json(), { __type: 'InvalidCiphertextException' });
  }
});

test('AT-5 a server for real users does not answer for KMS', async (t) => {
  const { url } = await testServer(t, { settings: { mode: 'serve' } });
  const answer = await decrypt(url, {});
  const { __type } = (await answer.json()) as { __type: string };
  assert.deepEqual([answer.status, __type], [400, 'UnknownOperationException']);
});
