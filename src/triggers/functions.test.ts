import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { functionServer } from '../../test/functions.ts';
import type { FunctionRequest, TriggerEvent } from '../../test/functions.ts';
import type { LambdaConfigType } from '../api/cognito-idp.ts';
import { checkSignature, readSignature } from '../iam/sigv4.ts';
import { allowedOf } from '../outbound/allowed.ts';
import type { Pool } from '../store/pools.ts';
import { configuredTriggers } from './configured.ts';
import type { ConfiguredOptions } from './configured.ts';
import type { TriggerFault } from './functions.ts';
import { targetsOf } from './targets.ts';
import type { TriggerCall } from './triggers.ts';

const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';

const poolWith = (LambdaConfig: LambdaConfigType) =>
  ({ id: 'eu-west-1_pool', region: 'eu-west-1', settings: { LambdaConfig } }) as Pool;

const preSignUp: TriggerCall = {
  pool: poolWith({ PreSignUp: arn }),
  trigger: 'PreSignUp',
  source: 'PreSignUp_SignUp',
  clientId: 'client1',
  userAgent: 'aws-sdk-nodejs/2.856.0 linux/v14.16.0',
  user: { username: 'ada' },
  request: { userAttributes: { email: 'ada@example.com' } },
  response: { autoConfirmUser: false },
};

interface Called extends Pick<ReturnType<typeof configuredTriggers>, 'tell' | 'close'> {
  readonly call: (call?: Partial<TriggerCall>) => Promise<Readonly<Record<string, unknown>>>;
  readonly faults: TriggerFault[];
}

function triggers(t: TestContext, targets: string, options: Partial<ConfiguredOptions> = {}): Called {
  const faults: TriggerFault[] = [];
  const made = configuredTriggers({
    targets: targetsOf(targets),
    allowed: allowedOf([], true),
    onFault: (fault) => void faults.push(fault),
    ...options,
  });
  t.after(() => made.close());
  return { ...made, call: (call) => made.invoke({ ...preSignUp, ...call }), faults };
}

const eventOf = ({ text }: FunctionRequest) => JSON.parse(text) as TriggerEvent;

/** Gives the event back with this response. */
const responding =
  (response: Readonly<Record<string, unknown>>) => (request: FunctionRequest, answer: ServerResponse) =>
    answer.end(JSON.stringify({ ...eventOf(request), response }));

test('a function gets the whole event and its response is taken', async (t) => {
  const events: TriggerEvent[] = [];
  const url = await functionServer(t, (request, answer) => {
    assert.deepEqual([request.method, request.headers['content-type']], ['POST', 'application/json']);
    events.push(eventOf(request));
    responding({ autoConfirmUser: true })(request, answer);
  });
  const { call, faults } = triggers(t, `${arn}=${url}`);
  assert.deepEqual(await call(), { autoConfirmUser: true });
  assert.deepEqual(events, [
    {
      version: '1',
      triggerSource: 'PreSignUp_SignUp',
      region: 'eu-west-1',
      userPoolId: 'eu-west-1_pool',
      userName: 'ada',
      callerContext: { awsSdkVersion: 'aws-sdk-nodejs-2.856.0', clientId: 'client1' },
      request: { userAttributes: { email: 'ada@example.com' } },
      response: { autoConfirmUser: false },
    },
  ]);
  assert.deepEqual(faults, []);
});

test('callers without a client or a known SDK are named so', async (t) => {
  const contexts: unknown[] = [];
  const url = await functionServer(t, (request, answer) => {
    contexts.push(eventOf(request).callerContext);
    answer.end(request.text);
  });
  const { call } = triggers(t, `${arn}=${url}`);
  await call({ clientId: undefined, userAgent: 'Mozilla/5.0 aws-sdk-js/3.1169.0 ua/2.1' });
  await call({ userAgent: 'x-aws-sdk-js/3 aws-sdk-js' });
  assert.deepEqual(contexts, [
    { awsSdkVersion: 'aws-sdk-js-3.1169.0', clientId: 'CLIENT_ID_NOT_APPLICABLE' },
    { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'client1' },
  ]);
});

test('the event of pre token generation has the version of the configuration', async (t) => {
  const versions: string[] = [];
  const url = await functionServer(t, (request, answer) => {
    versions.push(eventOf(request).version);
    answer.end(request.text);
  });
  const { call } = triggers(t, `hello=${url}`);
  for (const LambdaVersion of ['V1_0', 'V2_0', 'V3_0'] as const) {
    const pool = poolWith({ PreTokenGenerationConfig: { LambdaArn: arn, LambdaVersion } });
    await call({ pool, trigger: 'PreTokenGeneration', source: 'TokenGeneration_Authentication' });
  }
  assert.deepEqual(versions, ['1', '2', '3']);
});

test('the most particular name of a function wins', async (t) => {
  const names = [`${arn}:7`, arn, 'hello:7', 'hello', '*'];
  const url = await functionServer(t, (request, answer) =>
    answer.end(JSON.stringify({ response: { by: decodeURIComponent(request.url?.slice(1) ?? '') } })),
  );
  for (const [index, name] of names.entries()) {
    const left = names.slice(index).map((it) => `${it}=${url}/${encodeURIComponent(it)}`);
    const { call } = triggers(t, left.join('\n'));
    const pool = poolWith({ PreSignUp: `${arn}:7` });
    assert.deepEqual(await call({ pool }), { by: name });
  }
});

const wrong = [
  { body: '{', message: 'Invalid lambda function output : Invalid JSON' },
  { body: '', message: 'Invalid lambda function output : Invalid JSON' },
  { body: 'null', message: 'Unrecognizable lambda output' },
  { body: '[]', message: 'Unrecognizable lambda output' },
  { body: '{}', message: 'Unrecognizable lambda output' },
  { body: '{"response":null}', message: 'Unrecognizable lambda output' },
  { body: '{"response":[]}', message: 'Unrecognizable lambda output' },
  { body: '{"__proto__":{"response":{}}}', message: 'Unrecognizable lambda output' },
  {
    name: 'nesting of a hundred',
    body: `{"response":{"a":${'['.repeat(100)}${']'.repeat(100)}}}`,
    message: 'Unrecognizable lambda output',
  },
  {
    name: 'more than a mebibyte',
    body: `{"response":{"a":"${'a'.repeat(1024 * 1024)}"}}`,
    message: 'Unrecognizable lambda output',
  },
];
for (const { body, name = body, message } of wrong) {
  test(`OUT-2 an answer is refused that is: ${name}`, async (t) => {
    const url = await functionServer(t, (_, answer) => answer.end(body));
    const { call } = triggers(t, `${arn}=${url}`);
    await assert.rejects(call(), { code: 'InvalidLambdaResponseException', message });
  });
}

test('IN-5 an answer does not reach the prototype of anything', async (t) => {
  const body =
    '{"response":{"__proto__":{"autoConfirmUser":true},"constructor":{"prototype":{"admin":true}}}}';
  const url = await functionServer(t, (_, answer) => answer.end(body));
  const response = await triggers(t, `${arn}=${url}`).call();
  assert.equal(response['autoConfirmUser'], undefined);
  assert.equal(({} as Record<string, unknown>)['admin'], undefined);
});

const statuses = [
  { status: 403, header: {}, reason: 'AccessDeniedException' },
  { status: 404, header: {}, reason: 'ResourceNotFoundException' },
  { status: 429, header: {}, reason: 'TooManyRequestsException' },
  { status: 500, header: {}, reason: 'ServiceException' },
  { status: 302, header: { location: 'http://127.0.0.1/' }, reason: 'ServiceException' },
  {
    status: 502,
    header: { 'x-amzn-errortype': 'KMSDisabledException:http://x' },
    reason: 'KMSDisabledException',
  },
  { status: 502, header: { 'x-amzn-errortype': 'EC2ThrottledException' }, reason: 'EC2ThrottledException' },
  { status: 400, header: { 'x-amzn-errortype': '<b>' }, reason: 'ServiceException' },
];
for (const { status, header, reason } of statuses) {
  test(`a function that is not called is named by the error of Lambda: ${status} as ${reason}`, async (t) => {
    let asked = 0;
    const url = await functionServer(t, (_, answer) => {
      asked += 1;
      answer.writeHead(status, header).end('{"Message":"secret"}');
    });
    const { call, faults } = triggers(t, `${arn}=${url}`);
    const message = `PreSignUp invocation failed due to error ${reason}.`;
    await assert.rejects(call(), { code: 'UnexpectedLambdaException', message });
    assert.equal(asked, 1);
    assert.equal(faults[0]?.function, arn);
  });
}

test("a function's own error is told in its words and not tried again", async (t) => {
  let asked = 0;
  const ways = [
    (answer: ServerResponse, body: string) => answer.writeHead(500).end(body),
    (answer: ServerResponse, body: string) => answer.end(body),
    (answer: ServerResponse, body: string) =>
      answer.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(body),
  ];
  const url = await functionServer(t, (_, answer) => {
    ways[asked]?.(answer, JSON.stringify({ errorMessage: 'not you', errorType: 'Error' }));
    asked += 1;
  });
  const { call } = triggers(t, `${arn}=${url}`);
  const refusal = { code: 'UserLambdaValidationException', message: 'PreSignUp failed with error not you.' };
  for (const _ of ways) await assert.rejects(call(), refusal);
  assert.equal(asked, ways.length);
});

test('OUT-2 a function that does not answer in time is tried three times', async (t) => {
  let asked = 0;
  const url = await functionServer(t, () => void (asked += 1));
  const { call, faults } = triggers(t, `${arn}=${url}`, { limit: 60 });
  await assert.rejects(call(), {
    code: 'UnexpectedLambdaException',
    message: 'PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.',
  });
  assert.equal(asked, 3);
  assert.equal(faults.length, 1);
});

test('a lost connection is tried again, and neither told by port nor by address', async (t) => {
  let asked = 0;
  const url = await functionServer(t, (request, answer) => {
    asked += 1;
    if (asked < 3) request.socket.destroy();
    else responding({ by: 'the third' })(request, answer);
  });
  const { call } = triggers(t, `${arn}=${url}`);
  assert.deepEqual(await call(), { by: 'the third' });
  const nobody = triggers(t, `${arn}=http://127.0.0.1:9`);
  await assert.rejects(nobody.call(), {
    code: 'UnexpectedLambdaException',
    message: 'PreSignUp invocation failed due to error Connection failure while invoking Lambda function.',
  });
});

test('OUT-1 a function at a host that is not allowed is not called', async (t) => {
  const { call, faults } = triggers(t, `${arn}=http://169.254.169.254/latest/meta-data`);
  await assert.rejects(call(), {
    code: 'UnexpectedLambdaException',
    message: 'PreSignUp invocation failed due to error ServiceException.',
  });
  assert.match(faults[0]?.reason ?? '', /169\.254\.169\.254 may not be reached/);
});

test('an ARN that nothing stands for is found out at the call', async (t) => {
  const { call, faults } = triggers(t, 'other=lambda');
  await assert.rejects(call(), {
    code: 'UnexpectedLambdaException',
    message: 'PreSignUp invocation failed due to error ResourceNotFoundException.',
  });
  assert.deepEqual(
    faults.map(({ pool, trigger, function: name }) => [pool, trigger, name]),
    [['eu-west-1_pool', 'PreSignUp_SignUp', arn]],
  );
});

test('the Lambda API is called with a signature over the event', async (t) => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE000000000', secretAccessKey: 'secret' };
  const paths: (string | undefined)[] = [];
  const url = await functionServer(t, (request, answer) => {
    paths.push(request.url);
    assert.equal(request.headers['x-amz-invocation-type'], 'RequestResponse');
    assert.match(request.headers.authorization ?? '', /\/eu-west-1\/lambda\/aws4_request, /);
    const message = {
      method: 'POST',
      url: request.url ?? '',
      rawHeaders: request.rawHeaders,
      body: Buffer.from(request.text),
    };
    const read = readSignature(message, { service: 'lambda', region: 'eu-west-1', now: Date.now() });
    checkSignature(read, credentials.secretAccessKey);
    responding({ by: 'lambda' })(request, answer);
  });
  const byArn = triggers(t, `${arn}=lambda:${url}`, { credentials });
  assert.deepEqual(await byArn.call(), { by: 'lambda' });
  const byName = triggers(t, `${arn}=lambda:${url}/function`, { credentials });
  await byName.call();
  assert.deepEqual(paths, [
    `/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`,
    '/2015-03-31/functions/function/invocations',
  ]);
});

test('AWS is not called without credentials', async (t) => {
  const { call, faults } = triggers(t, '*=lambda');
  await assert.rejects(call(), {
    message: 'PreSignUp invocation failed due to error AccessDeniedException.',
  });
  assert.match(faults[0]?.reason ?? '', /AWS_ACCESS_KEY_ID/);
});

const toSend: Partial<TriggerCall> = {
  pool: poolWith({ CustomEmailSender: { LambdaArn: arn, LambdaVersion: 'V1_0' } }),
  trigger: 'CustomEmailSender',
  source: 'CustomEmailSender_SignUp',
  request: { type: 'customEmailSenderRequestV1', userAttributes: {} },
};

test('a function that is told something is waited for at the end, and its failure goes to the operator', async (t) => {
  const codes: unknown[] = [];
  const url = await functionServer(t, (request, answer) => {
    codes.push(eventOf(request).request['code']);
    setTimeout(() => answer.writeHead(503).end(), 50);
  });
  const encrypt = (_pool: Pool, code: string) => `sealed ${code}`;
  const { tell, close, faults } = triggers(t, `${arn}=${url}`, { encrypt });
  tell({ ...preSignUp, ...toSend }, '123456');
  assert.deepEqual(faults, []);
  await close();
  assert.deepEqual(codes, ['sealed 123456']);
  assert.deepEqual(
    faults.map(({ trigger, reason }) => [trigger, reason]),
    [['CustomEmailSender_SignUp', 'ServiceException: status 503']],
  );
});

test('SEC-1 without a key no code leaves, and the operator is told what to set', async (t) => {
  let asked = 0;
  const url = await functionServer(t, () => void (asked += 1));
  const { tell, close, faults } = triggers(t, `${arn}=${url}`);
  tell({ ...preSignUp, ...toSend }, '123456');
  await close();
  assert.equal(asked, 0);
  assert.match(faults[0]?.reason ?? '', /COGNATE_SENDER_KEY/);
});

test('AWS is told of an event without waiting', async (t) => {
  const types: unknown[] = [];
  const url = await functionServer(t, (request, answer) => {
    types.push(request.headers['x-amz-invocation-type']);
    answer.writeHead(202).end();
  });
  const encrypt = () => 'sealed';
  const { tell, close, faults } = triggers(t, `${arn}=lambda:${url}`, { encrypt });
  tell({ ...preSignUp, ...toSend }, '123456');
  await close();
  assert.deepEqual([types, faults], [['Event'], []]);
});

for (const kind of ['', 'lambda:']) {
  test(`OUT-2 a function that hangs holds up no other at its host: ${kind || 'http'}`, async (t) => {
    const url = await functionServer(t, (request, answer) => {
      if (request.url?.includes('swift') === true) responding({ autoConfirmUser: true })(request, answer);
    });
    const targets = `slow=${kind}${url}/slow\nswift=${kind}${url}/swift`;
    const { call } = triggers(t, targets, { limit: 1000 });
    const named = (name: string) =>
      call({ pool: poolWith({ PreSignUp: arn.replace('hello', name) }) }).then(
        () => 'answered',
        () => 'failed',
      );
    const slow = Array.from({ length: 40 }, () => named('slow'));
    assert.equal(await named('swift'), 'answered');
    assert.deepEqual(new Set(await Promise.all(slow)), new Set(['failed']));
  });
}
