import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { AccountTakeoverEventActionType, NotifyConfigurationType } from '../../api/cognito-idp.ts';
import type { Config } from '../../config.ts';
import { createAccessKey } from '../../iam/access-keys.ts';
import { awsServices, credentials } from '../../../test/aws-services.ts';
import { until } from '../../../test/outbox.ts';
import { outcomeOf, password } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import {
  eventsOf,
  gatheredBy,
  headersOf,
  registerApp,
  setRisk,
  settledUser,
  signInFrom,
  stranger,
  watchedHome,
  watchedMfaHome,
} from '../../../test/threat.ts';

const verified = { email: 'ada@example.com', email_verified: 'true' };
const SourceArn = 'arn:aws:ses:us-east-1:000000000000:identity/example.com';

function risk(
  EventAction: AccountTakeoverEventActionType,
  templates?: Omit<NotifyConfigurationType, 'SourceArn'>,
  Notify = true,
) {
  const NotifyConfiguration = templates && { SourceArn, ...templates };
  return {
    AccountTakeoverRiskConfiguration: {
      NotifyConfiguration,
      Actions: { MediumAction: { Notify, EventAction } },
    },
  };
}

const attempt = (server: TestServer, place: Home) => outcomeOf(signInFrom(server, place, stranger));

const actions: { action: AccountTakeoverEventActionType; subject: string; first: RegExp; links: boolean }[] =
  [
    { action: 'BLOCK', subject: 'Blocked sign-in attempt', first: /We blocked a sign-in/, links: true },
    { action: 'NO_ACTION', subject: 'New sign-in attempt', first: /We saw a sign-in/, links: true },
    { action: 'MFA_REQUIRED', subject: 'New sign-in attempt', first: /second factor/, links: false },
    { action: 'MFA_IF_CONFIGURED', subject: 'New sign-in attempt', first: /second factor/, links: false },
  ];
for (const { action, subject, first, links } of actions) {
  test(`a notice tells of ${action}`, async (t) => {
    const server = await testServer(t);
    const place = await watchedMfaHome(server, 'ENFORCED');
    await registerApp(server, await settledUser(server, place, 'ada', verified));
    await setRisk(server, place, risk(action));
    await attempt(server, place);
    const mails = server.inbox.list();
    assert.deepEqual(
      mails.map((mail) => [mail.to, mail.medium, mail.subject]),
      [['ada@example.com', 'EMAIL', subject]],
    );
    const body = mails[0]?.body ?? '';
    assert.match(body, first);
    assert.match(body, /Time: \w+day, \w+ \d+, \d{4} \d\d:\d\d [AP]M UTC/);
    assert.match(body, /Device: Chrome 131, Windows 10\.0/);
    assert.match(body, /Location: 198\.51\.100\.7, unknown, unknown/);
    assert.equal(body.includes('/event-feedback?value=valid&amp;token='), links);
  });
}

const silent: { name: string; mode?: 'AUDIT'; notify?: boolean; attributes: Record<string, string> }[] = [
  { name: 'in AUDIT', mode: 'AUDIT', attributes: verified },
  { name: 'where the action does not say so', notify: false, attributes: verified },
  { name: 'to an address that is not verified', attributes: { email: 'ada@example.com' } },
  { name: 'to nobody', attributes: {} },
];
for (const { name, mode, notify, attributes } of silent) {
  test(`no notice is sent ${name}`, async (t) => {
    const server = await testServer(t);
    const place = await watchedHome(server, mode);
    await settledUser(server, place, 'ada', attributes);
    await setRisk(server, place, risk('NO_ACTION', undefined, notify));
    assert.equal(await attempt(server, place), 'ok');
    assert.deepEqual(server.inbox.list(), []);
  });
}

test('WEB-2 the own templates of a pool are filled in, and what the visitor sends is escaped', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await settledUser(server, place, 'ada', verified);
  const HtmlBody = '<b>{ip-address}|{device-name}|{city}|{country}|{event-id}|{unknown}|{login-time}</b>';
  const BlockEmail = { Subject: 'Ours', HtmlBody, TextBody: 'as text' };
  await setRisk(server, place, risk('BLOCK', { BlockEmail }));
  const { EncodedData } = gatheredBy({ DeviceName: '<script>alert(1)</script>' });
  const AuthParameters = { USERNAME: 'ada', PASSWORD: password };
  const input = { ClientId: place.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters } as const;
  const headers = headersOf({ ...stranger, agent: '' });
  await outcomeOf(server.call('InitiateAuth', { ...input, UserContextData: { EncodedData } }, { headers }));
  const [event] = await eventsOf(server, place);
  const { subject, body = '' } = server.inbox.list()[0] ?? {};
  assert.equal(subject, 'Ours');
  assert.ok(
    body.startsWith(
      `<b>198.51.100.7|&lt;script&gt;alert(1)&lt;/script&gt;|unknown|unknown|${event?.EventId}|{unknown}|`,
    ),
    body,
  );
  assert.doesNotMatch(body, /<script/);
});

test('a template of text alone arrives as text', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await settledUser(server, place, 'ada', verified);
  await setRisk(
    server,
    place,
    risk('BLOCK', { BlockEmail: { Subject: 'Ours', TextBody: 'a < b\nfrom {ip-address}' } }),
  );
  await attempt(server, place);
  assert.equal(server.inbox.list()[0]?.body, 'a &lt; b<br>\nfrom 198.51.100.7');
});

test('LO-7 five notices an hour reach a user, however often the password is tried', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await settledUser(server, place, 'ada', verified);
  const block = { Notify: true, EventAction: 'BLOCK' } as const;
  const Actions = { MediumAction: block, HighAction: block };
  await setRisk(server, place, { AccountTakeoverRiskConfiguration: { Actions } });
  for (let time = 0; time < 8; time += 1)
    assert.equal(await attempt(server, place), 'Unable to login because of security reasons.');
  assert.equal(server.inbox.list().length, 5);
  server.clock.advance(61 * 60_000);
  await attempt(server, place);
  assert.equal(server.inbox.list().length, 6);
});

async function linkOf(server: TestServer, place: Home): Promise<string> {
  await settledUser(server, place, 'ada', verified);
  await setRisk(
    server,
    place,
    risk('BLOCK', { BlockEmail: { Subject: 'Ours', TextBody: '{one-click-link-valid}' } }),
  );
  await attempt(server, place);
  return (server.inbox.list()[0]?.body ?? '').replaceAll('&amp;', '&');
}

test('OA-12 the link of a notice asks, and only a click answers', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  const link = await linkOf(server, place);
  assert.ok(link.startsWith(`${server.url}/${place.poolId}/event-feedback?value=valid&token=`), link);
  const word = async () => (await eventsOf(server, place))[0]?.EventFeedback?.FeedbackValue;
  for (const method of ['GET', 'HEAD']) assert.equal((await fetch(link, { method })).status, 200);
  assert.equal(await word(), undefined);
  const page = await (await fetch(link)).text();
  assert.match(page, /<form method="post">/);
  const token = /name="token" value="([\w-]+)"/.exec(page)?.[1] ?? '';
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(link.split('?')[0] ?? '', { method: 'POST', body: new URLSearchParams(fields), headers });
  const told = await post({ token, value: 'valid' });
  assert.equal(told.status, 200);
  assert.match(await told.text(), /Thank you/);
  assert.equal(await word(), 'Valid');
  assert.equal(await attempt(server, place), 'ok');
  assert.equal((await post({ token, value: 'invalid' })).status, 200);
  const refusals: [number, Record<string, string>, Record<string, string>?][] = [
    [400, { token: `${token}A`, value: 'valid' }],
    [400, { token, value: 'perhaps' }],
    [400, { value: 'valid' }],
    [403, { token, value: 'valid' }, { 'sec-fetch-site': 'cross-site' }],
  ];
  for (const [status, fields, headers] of refusals)
    assert.equal((await post(fields, headers)).status, status);
  const events = await eventsOf(server, place);
  assert.deepEqual(
    events.flatMap(({ EventFeedback }) => EventFeedback?.FeedbackValue ?? []),
    ['Invalid'],
  );
  server.clock.advance(91 * 86_400_000);
  assert.equal((await fetch(link)).status, 400);
});

test('WEB-1 the page of a notice runs nothing, is framed by nobody, and tells nobody its address', async (t) => {
  const server = await testServer(t);
  const link = await linkOf(server, await watchedHome(server));
  for (const [url, status] of [
    [link, 200],
    [`${link}"><svg/onload=x>`, 400],
    [link.replace(/us-east-1_\w+/, 'us-east-1_unknown00'), 400],
  ] as const) {
    const answer = await fetch(url);
    assert.equal(answer.status, status);
    assert.match(
      answer.headers.get('content-security-policy') ?? '',
      /default-src 'none'.*frame-ancestors 'none'/,
    );
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.doesNotMatch(await answer.text(), /svg/);
  }
});

test('SEC-7 the links of a notice come from the configuration', async (t) => {
  const server = await testServer(t, { settings: { publicUrl: 'https://auth.example.com' } });
  const place = await watchedHome(server);
  assert.match(await linkOf(server, place), /^https:\/\/auth\.example\.com\//);
});

/** A production server that sends, all of whose calls an administrator signs, unless they say otherwise. */
async function signing(t: TestContext, settings: Partial<Config>, sends = true): Promise<TestServer> {
  const server = await testServer(t, { settings: { mode: 'serve', ...settings }, sends });
  const { account } = server.ctx.settings;
  const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
  const { id, secret } = await createAccessKey(server.ctx, { account, userName: 'admin', policy });
  const signed = { accessKeyId: id, secretAccessKey: secret };
  return { ...server, call: (name, input, options) => server.call(name, input, { signed, ...options }) };
}

test('the sender, identity and address for answers of NotifyConfiguration apply to notices', async (t) => {
  const { url, calls } = await awsServices(t);
  const mail = { kind: 'ses', endpoint: url } as const;
  const server = await signing(t, { mail, mailFrom: 'us@example.com', awsCredentials: credentials });
  const place = await watchedHome(server);
  await settledUser(server, place, 'ada', verified);
  const { AccountTakeoverRiskConfiguration } = risk('BLOCK');
  await setRisk(server, place, {
    AccountTakeoverRiskConfiguration: {
      ...AccountTakeoverRiskConfiguration,
      NotifyConfiguration: {
        SourceArn: 'arn:aws:ses:us-west-2:000000000000:identity/example.org',
        From: 'Watch <watch@example.org>',
        ReplyTo: 'help@example.org',
      },
    },
  });
  await attempt(server, place);
  await until(() => calls.length === 1);
  assert.equal(calls[0]?.region, 'us-west-2');
  const { Content: _content, ...sent } = calls[0]?.input ?? {};
  assert.deepEqual(sent, {
    FromEmailAddress: '"Watch" <watch@example.org>',
    FromEmailAddressIdentityArn: 'arn:aws:ses:us-west-2:000000000000:identity/example.org',
    Destination: { ToAddresses: ['ada@example.com'] },
    ReplyToAddresses: ['help@example.org'],
  });
});

test('notices count among the mails of the day, unless they go by an identity of their own', async (t) => {
  const server = await signing(t, { mailLimit: 1 }, false);
  const place = await watchedHome(server);
  await settledUser(server, place, 'ada', verified);
  await setRisk(server, place, risk('BLOCK'));
  const blocked = 'Unable to login because of security reasons.';
  assert.equal(await attempt(server, place), blocked);
  assert.equal(await attempt(server, place), blocked);
  assert.equal(server.inbox.list().length, 1);
  const forgotten = server.call('ForgotPassword', { ClientId: place.clientId, Username: 'ada' });
  await assert.rejects(forgotten, { code: 'LimitExceededException' });
  await setRisk(server, place, risk('BLOCK', {}));
  assert.equal(await attempt(server, place), blocked);
  assert.equal(server.inbox.list().length, 2);
});
