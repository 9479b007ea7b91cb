import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnalyticsConfigurationType } from '../api/cognito-idp.ts';
import { createAnalytics } from '../domain/analytics/analytics.ts';
import { signRequest } from '../iam/sign-request.ts';
import { functionServer } from '../../test/functions.ts';
import type { FunctionRequest } from '../../test/functions.ts';
import {
  addClient,
  makeHome,
  makeUser,
  outcomeOf,
  password,
  srpProof,
  srpStart,
} from '../../test/sign-in.ts';
import type { Home } from '../../test/sign-in.ts';
import { testServer } from '../../test/test-server.ts';
import type { TestServer } from '../../test/test-server.ts';

const awsCredentials = { accessKeyId: 'AKIAANALYTICS', secretAccessKey: 'a secret of the operator' };

interface Item {
  readonly Endpoint: Readonly<Record<string, unknown>> & {
    readonly User?: { readonly UserId: string; readonly UserAttributes: Record<string, string[]> };
  };
  readonly Events: Readonly<Record<string, { readonly EventType: string; readonly Timestamp: string }>>;
}

interface Call {
  readonly path: string | undefined;
  readonly items: Readonly<Record<string, Item>>;
  readonly text: string;
}

/** What stands for Amazon Pinpoint: it refuses what is not signed for it, and else answers as told. */
async function pinpoint(
  t: Parameters<typeof functionServer>[0],
  answer: (call: Call) => [number, object] = () => [202, { Results: {} }],
) {
  const calls: Call[] = [];
  const url = await functionServer(t, (request, response) => {
    if (!isSigned(url, request)) {
      response.writeHead(403).end();
      return;
    }
    const { BatchItem: items } = JSON.parse(request.text) as { BatchItem: Call['items'] };
    const call = { path: `${request.method} ${request.url}`, items, text: request.text };
    calls.push(call);
    const [status, body] = answer(call);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const all = () => calls.flatMap(({ items }) => Object.entries(items));
  return {
    url,
    calls,
    /** Endpoint and type of every event. */
    events: () =>
      all().flatMap(([id, { Events }]) => Object.values(Events).map(({ EventType }) => [id, EventType])),
    endpoint: (id: string) =>
      Object.assign({}, ...all().flatMap(([of, { Endpoint }]) => (of === id ? [Endpoint] : []))),
    items: all,
  };
}

function isSigned(url: string, { method = '', url: path, headers, text }: FunctionRequest): boolean {
  const { authorization = '', 'x-amz-date': date = '' } = headers as Record<string, string>;
  const [, region = ''] =
    /^AWS4-HMAC-SHA256 Credential=AKIAANALYTICS\/\d{8}\/([a-z\d-]+)\/mobiletargeting\/aws4_request, /.exec(
      authorization,
    ) ?? [];
  const now = Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const request = {
    method,
    url: `${url}${path}`,
    headers: { 'content-type': headers['content-type'] ?? '' },
    body: text,
  };
  const wanted = signRequest(request, awsCredentials, { service: 'mobiletargeting', region, now });
  return wanted['authorization'] === authorization && Math.abs(now - Date.now()) < 60_000;
}

const byId = {
  ApplicationId: '0123456789abcdef0123456789abcdef',
  RoleArn: 'arn:aws:iam::000000000000:role/analytics',
  ExternalId: 'us',
} satisfies AnalyticsConfigurationType;

const counting = (t: Parameters<typeof testServer>[0], url: string) =>
  testServer(t, { settings: { analyticsEndpoint: url, awsCredentials } });

const homeOf = ({ call }: TestServer, AnalyticsConfiguration: AnalyticsConfigurationType, more = {}) =>
  makeHome(call, { AutoVerifiedAttributes: ['email'] }, { AnalyticsConfiguration, ...more });

const by = (AnalyticsEndpointId: string) => ({ AnalyticsMetadata: { AnalyticsEndpointId } });

function signUp({ call }: TestServer, { clientId }: Home, endpoint: string, name = 'ada') {
  return call('SignUp', {
    ClientId: clientId,
    Username: name,
    Password: password,
    UserAttributes: [
      { Name: 'email', Value: `${name}@example.com` },
      { Name: 'phone_number', Value: '+15555550100' },
      { Name: 'nickname', Value: 'Countess' },
      { Name: 'address', Value: 'Countess Street '.repeat(7) },
    ],
    ...by(endpoint),
  });
}

function signIn({ call }: TestServer, { clientId }: Home, endpoint?: string, plain = password) {
  return call('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: plain },
    ...(endpoint !== undefined && by(endpoint)),
  });
}

async function srpSignIn({ call }: TestServer, home: Home, endpoint: string, plain = password) {
  const challenge = await srpStart(call, home);
  return call('RespondToAuthChallenge', {
    ClientId: home.clientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeResponses: srpProof(home, challenge, { password: plain }),
    ...by(endpoint),
  });
}

async function confirm({ call, inbox }: TestServer, { clientId }: Home, endpoint?: string): Promise<void> {
  await call('ConfirmSignUp', {
    ClientId: clientId,
    Username: 'ada',
    ConfirmationCode: inbox.list().at(-1)?.code ?? '',
    ...(endpoint !== undefined && by(endpoint)),
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries += 1) await new Promise((done) => setTimeout(done, 10));
  assert.ok(holds(), 'it came to be');
}

test('sign-ups, sign-ins and failures are counted by endpoint, and tell nothing of the user', async (t) => {
  const { url, calls, events, items } = await pinpoint(t);
  const server = await counting(t, url);
  const home = await homeOf(server, byId);
  await signUp(server, home, 'device-1');
  await confirm(server, home, 'device-1');
  await signIn(server, home, 'device-2');
  await srpSignIn(server, home, 'device-3');
  await assert.rejects(signIn(server, home, 'device-4', 'Wrong-horse-1'), { code: 'NotAuthorizedException' });
  await assert.rejects(srpSignIn(server, home, 'device-5', 'Wrong-horse-1'), {
    code: 'NotAuthorizedException',
  });
  await until(() => events().length >= 5);
  assert.deepEqual(events(), [
    ['device-1', '_userauth.sign_up'],
    ['device-2', '_userauth.sign_in'],
    ['device-3', '_userauth.sign_in'],
    ['device-4', '_userauth.auth_fail'],
    ['device-5', '_userauth.auth_fail'],
  ]);
  assert.deepEqual(
    new Set(calls.map(({ path }) => path)),
    new Set([`POST /v1/apps/${byId.ApplicationId}/events`]),
  );
  for (const [, { Endpoint, Events }] of items()) {
    assert.deepEqual(Endpoint, {});
    for (const [id, { Timestamp }] of Object.entries(Events)) {
      assert.match(id, /^[\da-f-]{36}$/);
      assert.ok(Math.abs(Date.parse(Timestamp) - Date.now()) < 60_000);
    }
  }
  assert.doesNotMatch(calls.map(({ text }) => text).join(''), /\bada\b|Countess|horse/);
});

test('with UserDataShared the endpoint is the user’s, and so are those of their verified addresses', async (t) => {
  const { url, calls, events, endpoint, items } = await pinpoint(t);
  const server = await counting(t, url);
  const home = await homeOf(
    server,
    { ...byId, UserDataShared: true },
    { ReadAttributes: ['email', 'email_verified', 'phone_number', 'phone_number_verified', 'address'] },
  );
  const { UserSub: sub } = await signUp(server, home, 'device-1');
  await until(() => events().length >= 1);
  assert.deepEqual(endpoint('device-1'), {
    User: {
      UserId: sub,
      UserAttributes: {
        email: ['ada@example.com'],
        email_verified: ['false'],
        phone_number: ['+15555550100'],
        phone_number_verified: ['false'],
      },
    },
  });
  assert.equal(items().length, 1, 'no address is verified');

  await confirm(server, home, 'device-1');
  await until(() => items().length >= 3);
  const [id = '', mail] = items().find(([, { Endpoint }]) => Endpoint['Address'] !== undefined) ?? [];
  assert.match(id, /^[\da-f-]{36}$/);
  const { User, ...address } = mail?.Endpoint ?? {};
  assert.deepEqual(address, { ChannelType: 'EMAIL', Address: 'ada@example.com', OptOut: 'NONE' });
  assert.equal(User?.UserId, sub);
  assert.deepEqual(User?.UserAttributes['email_verified'], ['true']);
  assert.deepEqual(mail?.Events, {});

  const UserAttributes = [{ Name: 'phone_number_verified', Value: 'true' }];
  await server.call('AdminUpdateUserAttributes', {
    UserPoolId: home.poolId,
    Username: 'ada',
    UserAttributes,
  });
  await signIn(server, home, 'device-2');
  await until(() => events().length >= 2);
  const last = Object.entries(calls.at(-1)?.items ?? {});
  assert.deepEqual(
    last.map(([, { Endpoint }]) => [Endpoint['ChannelType'], Endpoint['Address'], Endpoint.User?.UserId]),
    [
      [undefined, undefined, sub],
      ['EMAIL', 'ada@example.com', sub],
      ['SMS', '+15555550100', sub],
    ],
  );
  assert.equal(last[1]?.[0], id, 'the address keeps its endpoint');
  assert.doesNotMatch(calls.map(({ text }) => text).join(''), /Countess|horse/);
});

test('who fails has no user, shared or not, and a device keeps whose it was', async (t) => {
  const { url, events, endpoint, calls } = await pinpoint(t);
  const server = await counting(t, url);
  const home = await homeOf(server, { ...byId, UserDataShared: true });
  await makeUser(server.call, home);
  await assert.rejects(signIn(server, home, 'stranger', 'Wrong-horse-1'));
  await signIn(server, home, 'device');
  await assert.rejects(signIn(server, home, 'device', 'Wrong-horse-1'));
  await until(() => events().length >= 3);
  assert.deepEqual(endpoint('stranger'), {});
  assert.equal(calls.length, 1);
  assert.notEqual(endpoint('device').User, undefined);
});

test('an application is named by its ARN, in its own region', async (t) => {
  const { url, calls, events } = await pinpoint(t);
  const server = await counting(t, url);
  const ApplicationArn = 'arn:aws:mobiletargeting:us-east-1:000000000000:apps/abc';
  const home = await homeOf(server, { ApplicationArn });
  await makeUser(server.call, home);
  const { AuthenticationResult } = await signIn(server, home, 'device');
  // A refresh is no sign-in.
  for (const REFRESH_TOKEN of [AuthenticationResult?.RefreshToken ?? '', 'none'])
    await outcomeOf(
      server.call('InitiateAuth', {
        ClientId: home.clientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN },
        ...by('device'),
      }),
    );
  // Nor is a request that is wrong in itself a failed one.
  await assert.rejects(
    server.call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada' },
      ...by('device'),
    }),
  );
  await server.call('AdminInitiateAuth', {
    UserPoolId: home.poolId,
    ClientId: home.clientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    ...by('server'),
  });
  await until(() => events().length >= 2);
  assert.deepEqual(events(), [
    ['device', '_userauth.sign_in'],
    ['server', '_userauth.sign_in'],
  ]);
  assert.equal(calls[0]?.path, 'POST /v1/apps/abc/events');
});

test('nothing is told without an endpoint of a fitting length, or of a client without analytics', async (t) => {
  const { url, events } = await pinpoint(t);
  const server = await counting(t, url);
  const home = await homeOf(server, byId);
  await makeUser(server.call, home);
  const plain = await addClient(server.call, home.poolId);
  await signIn(server, home);
  await signIn(server, home, '');
  await signIn(server, home, 'x'.repeat(257));
  await assert.rejects(signIn(server, home, undefined, 'Wrong-horse-1'));
  await signIn(server, plain, 'device-1');
  await assert.rejects(signIn(server, plain, 'device-1', 'Wrong-horse-1'));
  await signIn(server, home, '__proto__');
  await until(() => events().length >= 1);
  assert.deepEqual(events(), [['__proto__', '_userauth.sign_in']]);
});

test('what waits at the end is sent', async (t) => {
  const { url, events } = await pinpoint(t);
  await t.test('a server', async (inner) => {
    const server = await counting(inner, url);
    const home = await homeOf(server, byId);
    await makeUser(server.call, home);
    await signIn(server, home, 'device');
  });
  assert.deepEqual(events(), [['device', '_userauth.sign_in']]);
});

test('without the setting nothing is gathered', async (t) => {
  const server = await testServer(t);
  const home = await homeOf(server, { ...byId, UserDataShared: true });
  assert.equal((await signUp(server, home, 'device')).UserConfirmed, false);
  assert.equal(server.ctx.analytics, undefined);
});

test('an endpoint that is down holds up no sign-in, and what was lost is told without the user', async (t) => {
  const server = await counting(t, 'http://127.0.0.1:9');
  const home = await homeOf(server, { ...byId, UserDataShared: true });
  await makeUser(server.call, home);
  const { AuthenticationResult } = await signIn(server, home, 'device');
  assert.ok(AuthenticationResult?.AccessToken);
  await until(() => server.logged().includes('analytics lost'));
  assert.match(
    server.logged(),
    /"level":"warn","event":"analytics lost","records":1,"reason":"ECONNREFUSED"/,
  );
  assert.doesNotMatch(server.logged(), /device|\bada\b/);
});

for (const { name, status, body = {}, calls: wanted, records, reason } of [
  { name: 'a refusal is final', status: 403, calls: 1, records: 1, reason: 'answered 403' },
  { name: 'a fault is tried again', status: 500, calls: 3, records: 1, reason: 'answered 500' },
  {
    name: 'what is refused one by one is told',
    status: 202,
    body: {
      Results: {
        device: {
          EndpointItemResponse: { StatusCode: 202, Message: 'Accepted' },
          EventsItemResponse: { one: { StatusCode: 400, Message: 'device of ada' } },
        },
      },
    },
    calls: 1,
    records: 1,
    reason: 'refused one by one',
  },
])
  test(name, async (t) => {
    const { url, calls } = await pinpoint(t, () => [status, body]);
    const server = await counting(t, url);
    const home = await homeOf(server, byId);
    await makeUser(server.call, home);
    await signIn(server, home, 'device');
    await until(() => server.logged().includes('analytics lost'));
    assert.match(
      server.logged(),
      new RegExp(`"event":"analytics lost","records":${records},"reason":"${reason}"`),
    );
    assert.equal(calls.length, wanted);
    const ids = calls.flatMap(({ items }) => Object.keys(items['device']?.Events ?? {}));
    assert.equal(new Set(ids).size, 1, 'an event keeps its id at each try');
  });

test('DOS-4 so many events wait and no more; they are sent by application, a hundred together', async () => {
  const sent: [string, number][] = [];
  const losses: object[] = [];
  const analytics = createAnalytics({
    send: async ({ id }, records) => void sent.push([id, records.length]),
    onLoss: (loss) => losses.push(loss),
  });
  for (let n = 0; n < 12_345; n += 1) {
    const application = { region: 'us-east-1', id: n < 150 ? 'a' : 'b' };
    analytics.add({ application, endpointId: String(n), endpoint: {} });
  }
  await analytics.close();
  // 150 of `a`, and of `b` as many as leave room for as many more.
  assert.deepEqual(losses, [{ records: 2270, reason: 'too many records wait already' }]);
  const counts = (of: string) => sent.filter(([id]) => id === of).map(([, count]) => count);
  assert.deepEqual(counts('a'), [100, 50]);
  assert.deepEqual(counts('b'), [...Array<number>(99).fill(100), 25]);
});
