import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogConfigurationType } from '../api/cognito-idp.ts';
import { createLogDelivery, notSent } from '../domain/log-delivery/log-delivery.ts';
import type { LogRecord } from '../domain/log-delivery/log-delivery.ts';
import { arnOf, functionServer } from '../../test/functions.ts';
import type { FunctionRequest } from '../../test/functions.ts';
import { testServer } from '../../test/test-server.ts';
import type { TestServer } from '../../test/test-server.ts';
import {
  eventsOf,
  failFrom,
  home,
  registerApp,
  settledUser,
  signInFrom,
  stranger,
  watchedHome,
} from '../../test/threat.ts';
import { answer, appCode, mfaConfig } from '../../test/mfa.ts';
import { makeHome, outcomeOf, password } from '../../test/sign-in.ts';
import type { Home } from '../../test/sign-in.ts';

const destinations = {
  CloudWatchLogsConfiguration: { LogGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/pools/events' },
  S3Configuration: { BucketArn: 'arn:aws:s3:::events' },
  FirehoseConfiguration: { StreamArn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/events' },
};

interface Received {
  readonly target: string | undefined;
  readonly request: FunctionRequest;
}

/** What speaks the APIs of AWS, answering as told; all that it gets. */
async function aws(
  t: Parameters<typeof functionServer>[0],
  answers: (seen: Received) => [number, object] = () => [200, {}],
) {
  const received: Received[] = [];
  const url = await functionServer(t, (request, response) => {
    const target = request.headers['x-amz-target'] as string | undefined;
    const seen = { target, request };
    received.push(seen);
    const [status, body] = answers(seen);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  return { url, received };
}

async function exporting(server: TestServer, destination: Partial<LogConfigurationType>): Promise<Home> {
  const place = await watchedHome(server, 'AUDIT');
  const configuration = { LogLevel: 'INFO', EventSource: 'userAuthEvents', ...destination } as const;
  await server.call('SetLogDeliveryConfiguration', {
    UserPoolId: place.poolId,
    LogConfigurations: [configuration],
  });
  return place;
}

async function signedIn(server: TestServer, destination: Partial<LogConfigurationType>): Promise<Home> {
  const place = await exporting(server, destination);
  await settledUser(server, place);
  await failFrom(server, place, stranger, 1);
  await failFrom(server, place, stranger, 1, 'ada');
  return place;
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries += 1) await new Promise((done) => setTimeout(done, 10));
  assert.ok(holds(), 'it came to be');
}

async function checkExported(server: TestServer, place: Home, lines: readonly string[]): Promise<void> {
  const records = lines.map(
    (line) => JSON.parse(line) as { message: Record<string, unknown> } & Record<string, unknown>,
  );
  const events = (await eventsOf(server, place)).toReversed();
  assert.deepEqual(
    records.map(({ message }) => message['eventId']),
    events.map(({ EventId }) => EventId),
  );
  const [first, second] = records;
  assert.equal(first?.['eventSource'], 'USER_ACTIVITY');
  assert.deepEqual(first['logSourceId'], { userPoolId: place.poolId });
  assert.equal(first.message['eventResponse'], 'Pass');
  assert.equal(first.message['ipAddress'], home.ip);
  assert.equal(first.message['clientId'], place.clientId);
  assert.equal(first.message['userName'], 'ada');
  assert.deepEqual(second?.message['challenges'], ['Password:Failure']);
  assert.equal(second.message['riskLevel'], 'Medium');
}

test('events go to CloudWatch Logs, whose stream is made when it is missing, signed', async (t) => {
  let isMade = false;
  const { url, received } = await aws(t, ({ target }) => {
    if (target?.endsWith('CreateLogStream') === true) isMade = true;
    return isMade ? [200, {}] : [400, { __type: 'ResourceNotFoundException' }];
  });
  const server = await testServer(t, { settings: { logDeliveryEndpoint: url } });
  const place = await signedIn(server, {
    CloudWatchLogsConfiguration: destinations.CloudWatchLogsConfiguration,
  });
  await until(() => received.length >= 3);
  assert.deepEqual(
    received.map(({ target }) => target),
    ['Logs_20140328.PutLogEvents', 'Logs_20140328.CreateLogStream', 'Logs_20140328.PutLogEvents'],
  );
  const { request } = received[2] ?? {};
  assert.match(
    request?.headers.authorization ?? '',
    /^AWS4-HMAC-SHA256 Credential=cognate\/\d{8}\/us-east-1\/logs\//,
  );
  const body = JSON.parse(request?.text ?? '') as {
    logGroupName: string;
    logStreamName: string;
    logEvents: { message: string }[];
  };
  assert.deepEqual([body.logGroupName, body.logStreamName], ['/pools/events', place.poolId]);
  await checkExported(
    server,
    place,
    body.logEvents.map(({ message }) => message),
  );
});

test('events go to S3, one on each line', async (t) => {
  const { url, received } = await aws(t);
  const server = await testServer(t, { settings: { logDeliveryEndpoint: url } });
  const place = await signedIn(server, { S3Configuration: destinations.S3Configuration });
  await until(() => received.length >= 1);
  const { request } = received[0] ?? {};
  assert.equal(request?.method, 'PUT');
  assert.match(
    request.url ?? '',
    new RegExp(`^/events/${place.poolId}/\\d{4}/\\d\\d/\\d\\d/\\d\\d/[\\da-f-]{36}\\.json$`),
  );
  assert.match(String(request.headers['x-amz-content-sha256']), /^[\da-f]{64}$/);
  await checkExported(server, place, request.text.trim().split('\n'));
});

test('events go to Firehose, and again when it has refused some', async (t) => {
  let count = 0;
  const { url, received } = await aws(t, () => [200, { FailedPutCount: (count += 1) === 1 ? 1 : 0 }]);
  const server = await testServer(t, { settings: { logDeliveryEndpoint: url } });
  const place = await signedIn(server, { FirehoseConfiguration: destinations.FirehoseConfiguration });
  await until(() => received.length >= 2);
  assert.equal(received[0]?.target, 'Firehose_20150804.PutRecordBatch');
  const body = JSON.parse(received[1]?.request.text ?? '') as {
    DeliveryStreamName: string;
    Records: { Data: string }[];
  };
  assert.equal(body.DeliveryStreamName, 'events');
  await checkExported(
    server,
    place,
    body.Records.map(({ Data }) => Buffer.from(Data, 'base64').toString().trim()),
  );
});

test('without an endpoint events are lines of the own log, of pools that want them', async (t) => {
  const server = await testServer(t);
  await settledUser(server, await watchedHome(server));
  const place = await signedIn(server, {
    CloudWatchLogsConfiguration: destinations.CloudWatchLogsConfiguration,
  });
  await until(() => server.logged().includes('userAuthEvents'));
  const lines = server
    .logged()
    .split('\n')
    .filter((line) => line.includes('"event":"userAuthEvents"'));
  const entries = lines.map((line) => JSON.parse(line) as { pool: string; message: string });
  assert.deepEqual(
    entries.map(({ pool }) => pool),
    Array<string>(3).fill(place.poolId),
  );
  const messages = entries.map(({ message }) => JSON.parse(message) as Record<string, unknown>);
  assert.deepEqual(
    messages.map(({ eventResponse }) => eventResponse),
    ['Pass', 'Fail', 'Fail'],
  );
});

test('a wrong code with the session of a sign-in that has passed is no event', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const place = await exporting(server, {
    CloudWatchLogsConfiguration: destinations.CloudWatchLogsConfiguration,
  });
  const token = await settledUser(server, place);
  const app = mfaConfig('ON', ['SOFTWARE_TOKEN_MFA']);
  await call('SetUserPoolMfaConfig', { UserPoolId: place.poolId, ...app });
  const secret = await registerApp(server, token);
  const { Session } = await signInFrom(server, place, home);
  const code = appCode(secret, clock.now());
  const respond = (SOFTWARE_TOKEN_MFA_CODE: string) =>
    outcomeOf(answer(call, place, 'SOFTWARE_TOKEN_MFA', Session, { SOFTWARE_TOKEN_MFA_CODE }));
  const wrong = code === '000000' ? '111111' : '000000';
  await respond(wrong);
  assert.equal(await respond(code), 'ok');
  await respond(wrong);
  await failFrom(server, place, stranger, 1);
  const told = () =>
    server
      .logged()
      .split('\n')
      .filter((line) => line.includes('"event":"userAuthEvents"'))
      .map((line) => JSON.parse((JSON.parse(line) as { message: string }).message) as Record<string, unknown>)
      .map(({ eventResponse, challenges }) => `${String(eventResponse)} ${String(challenges)}`);
  await until(() => told().includes('Fail Password:Failure'));
  assert.deepEqual(told(), [
    'Pass Password:Success',
    'InProgress Password:Success',
    'Fail Password:Success,Mfa:Failure',
    'Pass Password:Success,Mfa:Success',
    'Fail Password:Failure',
  ]);
});

test('a destination that hangs does not hold up the logs of other pools', async (t) => {
  const groups: string[] = [];
  const url = await functionServer(t, (request, response) => {
    const { logGroupName } = JSON.parse(request.text) as { logGroupName: string };
    groups.push(logGroupName);
    if (logGroupName !== '/pools/slow') response.end('{}');
  });
  const server = await testServer(t, { settings: { logDeliveryEndpoint: url } });
  const to = (group: string) => ({
    CloudWatchLogsConfiguration: {
      LogGroupArn: `arn:aws:logs:us-east-1:123456789012:log-group:${group}`,
    },
  });
  await signedIn(server, to('/pools/slow'));
  await until(() => groups.includes('/pools/slow'));
  await signedIn(server, to('/pools/swift'));
  await until(() => groups.includes('/pools/swift'));
});

test('EN-7 a destination that hangs or refuses holds up nobody, and is told as lost', async (t) => {
  const { url } = await aws(t, () => [500, { __type: 'InternalFailure' }]);
  const server = await testServer(t, { settings: { logDeliveryEndpoint: url } });
  await signedIn(server, { S3Configuration: destinations.S3Configuration });
  await until(() => server.logged().includes('log records lost'));
  assert.match(
    server.logged(),
    /"event":"log records lost","records":3,"reason":"answered 500 InternalFailure"/,
  );
});

const recordOf = (n: number): LogRecord => ({
  poolId: 'pool',
  source: 'userAuthEvents',
  at: n,
  message: { n },
});
const resources = {
  find: async () => ({
    body: { configurations: [{ LogLevel: 'INFO', EventSource: 'userAuthEvents', ...destinations }] },
  }),
} as unknown as Parameters<typeof createLogDelivery>[0]['resources'];

test('DOS-4 so many records wait and no more; those that are turned away are told', async () => {
  const sent: number[] = [];
  const losses: object[] = [];
  const delivery = createLogDelivery({
    resources,
    send: async (_to, records) => void sent.push(records.length),
    onLoss: (loss) => losses.push(loss),
  });
  for (let n = 0; n < 12_345; n += 1) delivery.add(recordOf(n));
  await delivery.close();
  assert.deepEqual(losses, [{ records: 2345, reason: 'too many records wait already' }]);
  assert.deepEqual(sent, Array<number>(20).fill(500));
});

test('a record of a source that the pool has not configured goes nowhere', async () => {
  let calls = 0;
  const delivery = createLogDelivery({
    resources,
    send: async () => void (calls += 1),
    onLoss: () => assert.fail('nothing is lost'),
  });
  delivery.add(notSent('pool', 'the mail server did not take it'));
  await delivery.close();
  assert.equal(calls, 0);
});

test("what a pool's own sender could not send is told to its log, without the address", async (t) => {
  const server = await testServer(t);
  const place = await makeHome(server.call, {
    AutoVerifiedAttributes: ['email'],
    LambdaConfig: {
      CustomEmailSender: { LambdaArn: arnOf('Email'), LambdaVersion: 'V1_0' },
      KMSKeyID: 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555',
    },
  });
  const { CloudWatchLogsConfiguration } = destinations;
  const configuration = {
    LogLevel: 'ERROR',
    EventSource: 'userNotification',
    CloudWatchLogsConfiguration,
  } as const;
  await server.call('SetLogDeliveryConfiguration', {
    UserPoolId: place.poolId,
    LogConfigurations: [configuration],
  });
  const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }];
  await server.call('SignUp', {
    ClientId: place.clientId,
    Username: 'ada',
    Password: password,
    UserAttributes,
  });
  await until(() => server.logged().includes('"event":"userNotification"'));
  const line =
    server
      .logged()
      .split('\n')
      .find((each) => each.includes('userNotification')) ?? '';
  assert.match(line, /no function is configured/);
  assert.doesNotMatch(line, /ada/);
});
