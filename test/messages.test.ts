import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolRequest } from '../src/api/cognito-idp.ts';
import type { Config } from '../src/config.ts';
import { createAccessKey } from '../src/iam/access-keys.ts';
import { targetsOf } from '../src/triggers/targets.ts';
import { awsServices, credentials } from './aws-services.ts';
import type { ServiceCall } from './aws-services.ts';
import { arnOf, functionServer } from './functions.ts';
import { mailServer } from './mail-server.ts';
import { until } from './outbox.ts';
import { testServer } from './test-server.ts';
import type { Call, TestServer } from './test-server.ts';
import { outcome, password, testPool } from './user-pool.ts';
import type { TestPool } from './user-pool.ts';

/** In place of a call that was not made. */
const none: Partial<ServiceCall> & Pick<ServiceCall, 'input'> = { input: {} };
const role = 'arn:aws:iam::000000000000:role/sms';
const phone = '+12065550100';
const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

/** A production server that sends as it is set, with a pool in it; an administrator signs all calls. */
async function sending(
  t: TestContext,
  settings: Partial<Config>,
  pool: Partial<CreateUserPoolRequest> = {},
): Promise<TestPool> {
  const server = await testServer(t, {
    settings: { mode: 'serve', mailFrom: 'no-reply@example.com', ...settings },
    sends: true,
  });
  const { account } = server.ctx.settings;
  const { id, secret } = await createAccessKey(server.ctx, { account, userName: 'admin', policy });
  const signed = { accessKeyId: id, secretAccessKey: secret };
  const call: Call = (operation, input) => server.call(operation, input, { signed });
  const asAdministrator: TestServer = { ...server, call };
  return testPool(t, { server: asAdministrator, pool });
}

const byText: Partial<CreateUserPoolRequest> = {
  AutoVerifiedAttributes: ['phone_number'],
  SmsConfiguration: { SnsCallerArn: role, ExternalId: 'shared', SnsRegion: 'us-east-1' },
  SmsVerificationMessage: 'Use {####}',
};

const ses = (endpoint: string): Partial<Config> => ({
  mail: { kind: 'ses', endpoint },
  awsCredentials: credentials,
});
const sms = (kind: 'sns' | 'eums', endpoint: string): Partial<Config> => ({
  sms: { kind, endpoint },
  awsCredentials: credentials,
});

test('mails go by SES in the name of the server, where the pool names no identity', async (t) => {
  const { url, calls } = await awsServices(t);
  const { signUp } = await sending(t, ses(url));
  await signUp('ada', { email: 'ada@example.com' });
  await until(() => calls.length === 1);
  const [call] = calls;
  assert.deepEqual(
    [call?.service, call?.region, call?.path],
    ['ses', 'us-east-1', '/v2/email/outbound-emails'],
  );
  assert.equal(call?.input['FromEmailAddress'], 'no-reply@example.com');
  assert.deepEqual(call?.input['Destination'], { ToAddresses: ['ada@example.com'] });
  const { Simple } = (call ?? none).input['Content'] as {
    Simple: { Subject: unknown; Body: { Html: { Data: string } } };
  };
  assert.deepEqual(Simple.Subject, { Data: 'Your verification code', Charset: 'UTF-8' });
  assert.match(Simple.Body.Html.Data, /^Your verification code is \d{6}\. $/);
  assert.equal('ConfigurationSetName' in (call?.input ?? {}), false);
});

test('the identity, sender, configuration set and answers of the pool apply to its mails', async (t) => {
  const { url, calls } = await awsServices(t);
  const SourceArn = 'arn:aws:ses:us-west-2:000000000000:identity/example.org';
  const EmailConfiguration = {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn,
    From: 'Zoë "Z" <hello@example.org>',
    ReplyToEmailAddress: 'help@example.org',
    ConfigurationSet: 'audited',
  } as const;
  const { signUp } = await sending(t, ses(url), { EmailConfiguration });
  await signUp('ada', { email: 'ada@example.com' });
  await until(() => calls.length === 1);
  const { region, input } = calls[0] ?? none;
  assert.equal(region, 'us-west-2');
  assert.equal(input['FromEmailAddressIdentityArn'], SourceArn);
  const name = Buffer.from('Zoë "Z"').toString('base64');
  assert.equal(input['FromEmailAddress'], `=?UTF-8?B?${name}?= <hello@example.org>`);
  assert.deepEqual(input['ReplyToAddresses'], ['help@example.org']);
  assert.equal(input['ConfigurationSetName'], 'audited');
});

test('SES gets domains in Punycode, and names in encoded words as CDK gives them', async (t) => {
  const { url, calls } = await awsServices(t);
  const EmailConfiguration = {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/xn--bcher-kva.example',
    From: '=?UTF-8?B?Wm/Dqw==?= <hello@bücher.example>',
    ReplyToEmailAddress: 'help@bücher.example',
  } as const;
  const { signUp, call, UserPoolId } = await sending(t, ses(url), { EmailConfiguration });
  await signUp('ada', { email: 'ada@bücher.example' });
  await until(() => calls.length === 1);
  const { input } = calls[0] ?? none;
  assert.deepEqual(input['Destination'], { ToAddresses: ['ada@xn--bcher-kva.example'] });
  assert.equal(input['FromEmailAddress'], '=?UTF-8?B?Wm/Dqw==?= <hello@xn--bcher-kva.example>');
  assert.deepEqual(input['ReplyToAddresses'], ['help@xn--bcher-kva.example']);

  // In Punycode it has an ASCII comma, with which one address could be read as two (security OUT-3).
  const ReplyToEmailAddress = 'help@b，ücher.example';
  await call('UpdateUserPool', {
    UserPoolId,
    AutoVerifiedAttributes: ['email'],
    EmailConfiguration: { ...EmailConfiguration, ReplyToEmailAddress },
  });
  await signUp('eve', { email: 'eve@example.com' });
  await until(() => calls.length === 2);
  assert.equal('ReplyToAddresses' in (calls[1] ?? none).input, false);
});

const identities: readonly {
  sends: string;
  EmailConfiguration: CreateUserPoolRequest['EmailConfiguration'];
}[] = [
  {
    sends: 'hello@example.org',
    EmailConfiguration: { SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/hello@example.org' },
  },
  {
    sends: 'no-reply@example.org',
    EmailConfiguration: {
      EmailSendingAccount: 'DEVELOPER',
      SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.org',
    },
  },
  { sends: 'no-reply@example.com', EmailConfiguration: { From: 'ignored@example.org' } },
];
for (const { sends, EmailConfiguration = {} } of identities) {
  test(`mails of a pool with ${JSON.stringify(EmailConfiguration)} are from ${sends}`, async (t) => {
    const { url, calls } = await awsServices(t);
    const { signUp } = await sending(t, ses(url), { EmailConfiguration });
    await signUp('ada', { email: 'ada@example.com' });
    await until(() => calls.length === 1);
    assert.equal(calls[0]?.input['FromEmailAddress'], sends);
  });
}

test('text messages go by SNS, in the name of the server', async (t) => {
  const { url, calls } = await awsServices(t);
  const { signUp } = await sending(t, { ...sms('sns', url), smsFrom: 'Example' }, byText);
  await signUp('ada', { phone_number: phone });
  await until(() => calls.length === 1);
  const { service, region, accessKeyId, input } = calls[0] ?? none;
  assert.deepEqual([service, region, accessKeyId], ['sns', 'us-east-1', credentials.accessKeyId]);
  assert.deepEqual(
    [input['Action'], input['Version'], input['PhoneNumber']],
    ['Publish', '2010-03-31', phone],
  );
  assert.match(String(input['Message']), /^Use \d{6}$/);
  assert.equal(input['MessageAttributes.entry.1.Value.StringValue'], 'Transactional');
  assert.equal(input['MessageAttributes.entry.2.Name'], 'AWS.SNS.SMS.SenderID');
  assert.equal(input['MessageAttributes.entry.2.Value.StringValue'], 'Example');
});

test('text messages go in the role of the pool, where the server is set so', async (t) => {
  const { url, calls } = await awsServices(t);
  const { signUp, call, ClientId } = await sending(t, { ...sms('sns', url), smsRole: true }, byText);
  await signUp('ada', { phone_number: phone });
  await call('ResendConfirmationCode', { ClientId, Username: 'ada' });
  await until(() => calls.filter(({ service }) => service === 'sns').length === 2);
  const [assumed, ...rest] = calls;
  assert.deepEqual(
    [assumed?.service, assumed?.input['Action'], assumed?.input['RoleArn'], assumed?.input['ExternalId']],
    ['sts', 'AssumeRole', role, 'shared'],
  );
  const published = rest.filter(({ service }) => service === 'sns');
  assert.deepEqual(
    new Set(published.map(({ accessKeyId }) => accessKeyId)),
    new Set(['ASIAMESSAGESMESSAGES']),
  );
});

test('text messages go by End User Messaging as EumsSms says', async (t) => {
  const { url, calls } = await awsServices(t);
  const EumsSms = {
    CallerArn: role,
    OriginationIdentity: 'pool-12345',
    ConfigurationSetName: 'audited',
    InEntityId: '1101',
    InTemplateId: '1107',
    Region: 'us-west-2',
  };
  const SmsConfiguration = { SnsCallerArn: role, EumsSms };
  const { signUp } = await sending(t, sms('eums', url), { ...byText, SmsConfiguration });
  await signUp('ada', { phone_number: phone });
  await until(() => calls.length === 1);
  const { service, region, target, input } = calls[0] ?? none;
  assert.deepEqual([service, region], ['sms-voice', 'us-west-2']);
  assert.equal(target, 'PinpointSMSVoiceV2.SendTextMessage');
  const { MessageBody, ...rest } = input;
  assert.match(String(MessageBody), /^Use \d{6}$/);
  assert.deepEqual(rest, {
    DestinationPhoneNumber: phone,
    OriginationIdentity: 'pool-12345',
    MessageType: 'TRANSACTIONAL',
    ConfigurationSetName: 'audited',
    DestinationCountryParameters: { IN_ENTITY_ID: '1101', IN_TEMPLATE_ID: '1107' },
  });
});

const answers: readonly { what: string; status: number; body: string; tries: number }[] = [
  { what: 'is busy', status: 400, body: '{"__type":"com.amazon#TooManyRequestsException:"}', tries: 2 },
  { what: 'has no rights', status: 403, body: '<Error><Code>AuthorizationError</Code></Error>', tries: 2 },
  { what: 'fails', status: 500, body: 'oops', tries: 2 },
  {
    what: 'takes it never',
    status: 400,
    body: `{"__type":"MessageRejected","message":"ada@example.com"}`,
    tries: 1,
  },
];
for (const { what, status, body, tries } of answers) {
  test(`a service that ${what} is ${tries === 1 ? 'not ' : ''}asked again`, async (t) => {
    const { url, calls } = await awsServices(t, [{ status, body }]);
    const { signUp, logged } = await sending(t, ses(url));
    await signUp('ada', { email: 'ada@example.com' });
    await until(() => calls.length === tries && (tries === 2 || logged().includes('not sent')), 8000);
    const lines = logged()
      .split('\n')
      .filter((line) => line.includes('not sent'));
    assert.equal(lines.length, tries === 1 ? 1 : 0);
    assert.doesNotMatch(lines.join(), /\bada\b|\b\d{6}\b/);
  });
}

/** A webhook that answers as told, then with 200; never what it hangs at. */
async function webhook(
  t: TestContext,
  statuses: readonly number[] = [],
  hangsAt: (body: string) => boolean = () => false,
) {
  const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const answersLeft = [...statuses];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      received.push({ headers: request.headers, body });
      if (hangsAt(body)) return;
      response.writeHead(answersLeft.shift() ?? 200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

test('a webhook gets mails and text messages, signed, under one id at every try', async (t) => {
  const { url, received } = await webhook(t, [503]);
  const webhookKey = Buffer.alloc(32, 7);
  const way = { kind: 'webhook', url } as const;
  const { call, UserPoolId } = await sending(
    t,
    { mail: way, sms: way, webhookKey },
    { SmsConfiguration: { SnsCallerArn: role } },
  );
  const UserAttributes = [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'phone_number', Value: phone },
  ];
  await call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes });
  await until(() => received.length === 3, 8000);
  for (const { headers, body } of received) {
    const id = String(headers['webhook-id']);
    const at = String(headers['webhook-timestamp']);
    const expected = createHmac('sha256', webhookKey).update(`${id}.${at}.${body}`).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${expected}`);
    assert.ok(Math.abs(Number(at) - Date.now() / 1000) < 10);
  }
  assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 2);
  const events = received.map(
    ({ body }) => JSON.parse(body) as { type: string; data: Record<string, string> },
  );
  const byType = new Map(events.map((event) => [event.type, event.data]));
  const [mail, text] = [byType.get('message.email'), byType.get('message.sms')];
  assert.deepEqual([mail?.['to'], mail?.['subject']], ['ada@example.com', 'Your temporary password']);
  assert.equal(text?.['to'], phone);
  assert.equal(text?.['triggerSource'], 'CustomMessage_AdminCreateUser');
  assert.equal(text?.['userPoolId'], UserPoolId);
  assert.ok(text?.['body']?.includes(text['code'] ?? '?'));
});

test('a webhook that hangs at mails does not hold up text messages to the same host', async (t) => {
  const { url, received } = await webhook(t, [], (body) => body.includes('message.email'));
  const way = { kind: 'webhook', url } as const;
  const { call, UserPoolId } = await sending(
    t,
    { mail: way, sms: way, webhookKey: Buffer.alloc(32, 7) },
    { SmsConfiguration: { SnsCallerArn: role } },
  );
  const invite = (Username: string, Name: string, Value: string, medium: 'EMAIL' | 'SMS') =>
    call('AdminCreateUser', {
      UserPoolId,
      Username,
      UserAttributes: [{ Name, Value }],
      DesiredDeliveryMediums: [medium],
    });
  for (let n = 0; n < 20; n += 1) await invite(`u${n}`, 'email', `u${n}@example.com`, 'EMAIL');
  await until(() => received.length === 8);
  for (let n = 0; n < 4; n += 1) await invite(`t${n}`, 'phone_number', phone, 'SMS');
  await until(() => received.filter(({ body }) => body.includes('message.sms')).length === 4);
});

test('OUT-1 a webhook at an address that nobody allowed is not reached', async (t) => {
  const webhookKey = Buffer.alloc(32, 7);
  const way = { kind: 'webhook', url: 'https://169.254.169.254/' } as const;
  const { signUp, logged, ctx } = await sending(t, { mail: way, webhookKey });
  await signUp('ada', { email: 'ada@example.com' });
  await until(async () => ((await ctx.store.messages.due(7e15, 1))[0]?.tries ?? 0) === 1);
  assert.doesNotMatch(logged(), /169\.254/);
});

const unsendable: readonly {
  what: string;
  pool?: Partial<CreateUserPoolRequest>;
  attempt: (pool: TestPool) => Promise<unknown>;
  told: RegExp;
}[] = [
  {
    what: 'SignUp without a way for mails',
    attempt: ({ signUp }) => signUp('ada', { email: 'ada@example.com' }),
    told: /^CodeDeliveryFailureException: The server has no way to send mails\.$/,
  },
  {
    what: 'SignUp without a way for text messages',
    pool: byText,
    attempt: ({ signUp }) => signUp('ada', { phone_number: phone }),
    told: /^InvalidSmsRoleAccessPolicyException: Role does not have permission to publish with SNS$/,
  },
  {
    what: 'AdminCreateUser by SMS in a pool without SMS configuration',
    attempt: ({ call, UserPoolId }) =>
      call('AdminCreateUser', {
        UserPoolId,
        Username: 'ada',
        UserAttributes: [{ Name: 'phone_number', Value: phone }],
        DesiredDeliveryMediums: ['SMS'],
      }),
    told: /^InvalidParameterException: User pool does not have SMS configuration to send messages$/,
  },
  {
    what: 'ForgotPassword of nobody without a way for mails',
    attempt: ({ call, ClientId }) => call('ForgotPassword', { ClientId, Username: 'nobody' }),
    told: /^CodeDeliveryFailureException/,
  },
  {
    what: 'ResendConfirmationCode to nobody without a way for mails',
    attempt: ({ call, ClientId }) => call('ResendConfirmationCode', { ClientId, Username: 'nobody' }),
    told: /^CodeDeliveryFailureException/,
  },
];
for (const { what, pool = {}, attempt, told } of unsendable) {
  test(`${what} is refused at once, and nobody is made`, async (t) => {
    const server = await sending(t, {}, pool);
    assert.match(await outcome(attempt(server)), told);
    const { call, UserPoolId } = server;
    assert.match(
      await outcome(call('AdminGetUser', { UserPoolId, Username: 'ada' })),
      /^UserNotFoundException/,
    );
  });
}

test('DescribeUserPool says that the text messages of a pool do not go out', async (t) => {
  const described = async (settings: Partial<Config>) => {
    const { call, UserPoolId } = await sending(t, settings, byText);
    return (await call('DescribeUserPool', { UserPoolId })).UserPool?.SmsConfigurationFailure;
  };
  assert.equal(await described({}), 'InvalidSmsRoleAccessPolicyException');
  assert.equal(await described(sms('sns', 'http://127.0.0.1:1')), undefined);
});

test('EN-3 a code for nobody is kept as one for somebody is, and goes nowhere', async (t) => {
  const server = await sending(t, { smtp: 'smtp://127.0.0.1:1' });
  const { call, ctx, UserPoolId, confirmed } = server;
  const { UserPoolClient } = await call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'hides',
    PreventUserExistenceErrors: 'ENABLED',
  });
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  const before = (await ctx.store.messages.due(9e15, 100)).length;
  for (const Username of ['ada', 'nobody'])
    await call('ForgotPassword', { ClientId: UserPoolClient?.ClientId ?? '', Username });
  const rows = (await ctx.store.messages.due(9e15, 100)).toSorted((a, b) => a.dueAt - b.dueAt);
  assert.equal(rows.length, before + 2);
  const [real, nobodys] = rows.slice(-2);
  assert.ok(real && nobodys && nobodys.dueAt > Date.now() + 1e12);
  const ratio = real.sealed.length / nobodys.sealed.length;
  assert.ok(ratio > 0.7 && ratio < 1.4, `${ratio}`);
});

test("EN-3 where the pool's own sender gets the codes, nothing is kept for nobody either", async (t) => {
  const sender = await functionServer(t, (request, response) => response.end(request.text));
  const triggers = targetsOf(`*=${sender}`);
  const server = await sending(t, { smtp: 'smtp://127.0.0.1:1', triggers });
  const { call, ctx, UserPoolId } = server;
  const { UserPoolClient } = await call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'hides',
    PreventUserExistenceErrors: 'ENABLED',
  });
  const LambdaConfig = {
    CustomEmailSender: { LambdaArn: arnOf('Email'), LambdaVersion: 'V1_0' },
    KMSKeyID: 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555',
  } as const;
  await call('UpdateUserPool', { UserPoolId, LambdaConfig, AutoVerifiedAttributes: ['email'] });
  await call('ForgotPassword', { ClientId: UserPoolClient?.ClientId ?? '', Username: 'nobody' });
  assert.deepEqual(await ctx.store.messages.due(9e15, 100), []);
});

test('AdminResetUserPassword without a way for mails says so in an error that it knows', async (t) => {
  const { call, UserPoolId } = await sending(t, {});
  const UserAttributes = [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ];
  await call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes, MessageAction: 'SUPPRESS' });
  await call('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password: password, Permanent: true });
  const reset = call('AdminResetUserPassword', { UserPoolId, Username: 'ada' });
  assert.match(await outcome(reset), /^InvalidEmailRoleAccessPolicyException/);
});

test('the mails of a day are as many as the operator allows, all pools together, and more from an identity', async (t) => {
  const { url, received } = await mailServer(t);
  const server = await sending(t, { smtp: url, mailLimit: 2 });
  const { call, UserPoolId, clock, signUp } = server;
  await signUp('one', { email: 'one@example.com' });
  const other = await testPool(t, { server, client: { PreventUserExistenceErrors: 'ENABLED' } });
  await other.signUp('two', { email: 'two@example.com' });
  const words =
    'Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure your ' +
    'user pool to use your own Amazon SES configuration for sending email.';
  const third = () => signUp('three', { email: 'three@example.com' });
  assert.equal(await outcome(third()), `LimitExceededException: ${words}`);
  assert.equal(
    await outcome(call('ForgotPassword', { ClientId: other.ClientId, Username: 'nobody' })),
    `LimitExceededException: ${words}`,
  );
  const UserAttributes = [{ Name: 'email', Value: 'three@example.com' }];
  assert.match(
    await outcome(call('AdminCreateUser', { UserPoolId, Username: 'three', UserAttributes })),
    /^CodeDeliveryFailureException: Exceeded/,
  );
  const EmailConfiguration = {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.org',
  } as const;
  const own = await testPool(t, { server, pool: { EmailConfiguration } });
  await own.signUp('four', { email: 'four@example.com' });
  await until(() => received.length === 3);
  clock.advance(86_400_000);
  await third();
  await until(() => received.length === 4);
});

test('the mails of a pool that invites many do not hold up those of others', async (t) => {
  const go = Promise.withResolvers<void>();
  const { url, received } = await mailServer(t, { hold: go.promise });
  const server = await sending(t, { smtp: url });
  const { call, UserPoolId } = server;
  for (let n = 0; n < 40; n += 1) {
    const UserAttributes = [{ Name: 'email', Value: `u${n}@example.com` }];
    await call('AdminCreateUser', { UserPoolId, Username: `u${n}`, UserAttributes });
  }
  const { signUp } = await testPool(t, { server });
  await signUp('ada', { email: 'ada@example.com' });
  go.resolve();
  await until(() => received.length === 41, 20_000);
  const index = received.findIndex(({ recipients }) => recipients.includes('ada@example.com'));
  assert.ok(index < 10, `${index}`);
});

test('codes of sign-ins in great number leave room for other mails', async (t) => {
  const go = Promise.withResolvers<void>();
  const { url, received } = await mailServer(t, { hold: go.promise });
  const server = await sending(
    t,
    { smtp: url },
    { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
  );
  const { call, UserPoolId, confirmed, signUp } = server;
  const { UserPoolClient } = await call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'choice',
    ExplicitAuthFlows: ['ALLOW_USER_AUTH'],
  });
  for (let n = 0; n < 8; n += 1) {
    const USERNAME = `u${n}`;
    await confirmed(USERNAME, { email: `${USERNAME}@example.com`, email_verified: 'true' });
    for (let each = 0; each < 4; each += 1) {
      await call('InitiateAuth', {
        ClientId: UserPoolClient?.ClientId ?? '',
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' },
      });
    }
  }
  await signUp('bob', { email: 'bob@example.com' });
  await new Promise((done) => setTimeout(done, 100));
  go.resolve();
  await until(() => received.length >= 33, 20_000);
  const index = received.findIndex(({ recipients }) => recipients.includes('bob@example.com'));
  assert.ok(index !== -1 && index < 10, `${index}`);
});

test('what waits for somebody who is deleted meanwhile is not sent', async (t) => {
  const { url, next, received } = await mailServer(t, { refusals: [451, 451] });
  const { call, ctx, UserPoolId, signUp } = await sending(t, { smtp: url });
  for (const name of ['ada', 'bob']) await signUp(name, { email: `${name}@example.com` });
  const waiting = () => ctx.store.messages.due(7e15, 10);
  // Put off after its first try: no server has it.
  await until(async () => (await waiting()).every(({ dueAt }) => dueAt < ctx.now() + 3000));
  await call('AdminDeleteUser', { UserPoolId, Username: 'ada' });
  await next('bob@example.com');
  await until(async () => (await waiting()).length === 0);
  assert.deepEqual(
    received.flatMap(({ recipients }) => recipients),
    ['bob@example.com'],
  );
});

test('SEC-6 a confirmation by link is a line of the audit, which holds no code', async (t) => {
  const { url, next } = await mailServer(t);
  const VerificationMessageTemplate = { DefaultEmailOption: 'CONFIRM_WITH_LINK' } as const;
  const { call, UserPoolId, signUp, logged } = await sending(
    t,
    { smtp: url },
    { VerificationMessageTemplate },
  );
  await call('CreateUserPoolDomain', { UserPoolId, Domain: 'link' });
  await signUp('ada', { email: 'ada@example.com' });
  const mail = (await next('ada@example.com')).replaceAll(/=\r\n/g, '').replaceAll('=3D', '=');
  const [, href = ''] = /<a href="([^"]+)"/.exec(mail) ?? [];
  const link = href.replaceAll('&amp;', '&');
  assert.equal((await fetch(link)).status, 200);
  const line = logged()
    .split('\n')
    .find((it) => it.includes('Confirm_With_Link_GET'));
  const told = JSON.parse(line ?? '{}') as Record<string, unknown>;
  assert.deepEqual([told['event'], told['result'], told['pool']], ['audit', 'ok', UserPoolId]);
  assert.match(String(told['user']), /^[0-9a-f-]{36}$/);
  assert.doesNotMatch(logged(), new RegExp(`\\b${new URL(link).searchParams.get('confirmation_code')}\\b`));
});

test('codes of sign-ins go from memory: a sign-in waits for no disk', async (t) => {
  const { url, next } = await mailServer(t, { refusals: [451] });
  const { call, ctx, UserPoolId, confirmed } = await sending(
    t,
    { smtp: url },
    { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
  );
  const { UserPoolClient } = await call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'choice',
    ExplicitAuthFlows: ['ALLOW_USER_AUTH'],
  });
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  const ClientId = UserPoolClient?.ClientId ?? '';
  const { Session } = await call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
  });
  // What is kept would be there until it has gone out, which it has not at the first try.
  assert.deepEqual(await ctx.store.messages.due(7e15, 1), []);
  const [, EMAIL_OTP_CODE = ''] = /\b(\d{8})\b/.exec(await next('ada@example.com')) ?? [];
  const { AuthenticationResult } = await call('RespondToAuthChallenge', {
    ClientId,
    ChallengeName: 'EMAIL_OTP',
    Session,
    ChallengeResponses: { USERNAME: 'ada', EMAIL_OTP_CODE },
  });
  assert.ok(AuthenticationResult?.AccessToken);
});
