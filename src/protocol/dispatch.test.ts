import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import type { DispatcherOptions } from './dispatch.ts';
import { createDispatcher } from './dispatch.ts';
import type { Outcome, Request } from './wire.ts';

const context = {} as Context;

function dispatcher(options: Partial<DispatcherOptions> = {}) {
  const outcomes: Outcome[] = [];
  const dispatch = createDispatcher({
    services: {},
    authorize: () => ({}),
    contextFor: () => context,
    log: (outcome) => outcomes.push(outcome),
    ...options,
  });
  return { dispatch, outcomes };
}

const request = (over: Partial<Request>): Request => ({
  method: 'POST',
  url: '/',
  headers: {},
  rawHeaders: [],
  body: Buffer.alloc(0),
  ip: '127.0.0.1',
  ...over,
});

const rpc = (operation: string, body: unknown, headers: Record<string, string> = {}): Request =>
  request({
    headers: { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`, ...headers },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });

const form = (text: string): Request =>
  request({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.from(text) });

const initiate = { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'client1' };

test('an operation gets its input and its answer leaves by the facts: no null, no unknown member', async () => {
  const { dispatch, outcomes } = dispatcher({
    services: {
      'cognito-idp': {
        InitiateAuth: (_ctx, input) =>
          ({
            Session: undefined,
            ChallengeParameters: { USERNAME: input.ClientId },
            internal: 'must not leave',
          }) as object,
      },
    },
  });
  const answer = await dispatch(rpc('InitiateAuth', { ...initiate, Unknown: 1, AuthParameters: null }));
  assert.equal(answer.status, 200);
  assert.equal(answer.body, '{"ChallengeParameters":{"USERNAME":"client1"}}');
  assert.equal(answer.headers['Content-Type'], 'application/x-amz-json-1.1');
  assert.match(answer.headers['x-amzn-RequestId'] ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    outcomes.map(({ service, operation, result, status }) => ({ service, operation, result, status })),
    [{ service: 'cognito-idp', operation: 'InitiateAuth', result: 'ok', status: 200 }],
  );
});

test('timestamps leave as epoch seconds with milliseconds, blobs come as bytes', async () => {
  let image: unknown;
  const { dispatch } = dispatcher({
    services: {
      'cognito-idp': {
        AdminGetUser: () => ({ Username: 'ada', UserCreateDate: new Date(1_548_099_495_428) }),
        SetUICustomization: (_ctx, input) => {
          image = input.ImageFile;
          return { UICustomization: {} };
        },
      },
    },
  });
  const user = await dispatch(rpc('AdminGetUser', { UserPoolId: 'us-east-1_abc', Username: 'ada' }));
  assert.equal(user.body, '{"Username":"ada","UserCreateDate":1548099495.428}');
  await dispatch(rpc('SetUICustomization', { UserPoolId: 'us-east-1_abc', ImageFile: 'aGk=' }));
  assert.deepEqual(image, Buffer.from('hi'));
});

test('an operation without output answers with an empty body, one with an empty output with {}', async () => {
  const { dispatch } = dispatcher({
    services: { 'cognito-idp': { AdminDeleteUser: () => {}, RevokeToken: () => {} } },
  });
  const deleted = await dispatch(rpc('AdminDeleteUser', { UserPoolId: 'us-east-1_abc', Username: 'ada' }));
  assert.deepEqual([deleted.status, deleted.body], [200, '']);
  const revoked = await dispatch(rpc('RevokeToken', { Token: 'abc', ClientId: 'client1' }));
  assert.deepEqual([revoked.status, revoked.body], [200, '{}']);
});

interface Refusal {
  readonly name: string;
  readonly request: Request;
  readonly status?: number;
  readonly code: string;
  readonly message: string;
}

const refusals: Refusal[] = [
  {
    name: 'an unknown operation',
    request: rpc('DropTables', {}),
    code: 'UnknownOperationException',
    message: 'X-Amz-Target names no operation of this service.',
  },
  {
    name: 'an operation named like a property of every object',
    request: rpc('constructor', {}),
    code: 'UnknownOperationException',
    message: 'X-Amz-Target names no operation of this service.',
  },
  {
    name: 'no target at all',
    request: request({ body: Buffer.from('{}') }),
    code: 'UnknownOperationException',
    message: 'X-Amz-Target names no operation of this service.',
  },
  {
    name: 'an operation that is not built',
    request: rpc('InitiateAuth', initiate),
    code: 'NotImplementedException',
    message: 'InitiateAuth is not built yet in this version of Cognate.',
  },
  {
    name: 'a bad input of an operation that is not built: validation comes first',
    request: rpc('InitiateAuth', { AuthFlow: 'USER_PASSWORD_AUTH' }),
    code: 'InvalidParameterException',
    message:
      "1 validation error detected: Value null at 'clientId' failed to satisfy constraint: Member must not be null",
  },
  {
    name: 'what is not JSON',
    request: rpc('InitiateAuth', '{"AuthFlow":'),
    code: 'SerializationException',
    message: 'The request body is not valid JSON',
  },
  {
    name: 'a list in place of the input',
    request: rpc('InitiateAuth', '[]'),
    code: 'SerializationException',
    message: 'Expected map or null',
  },
  {
    name: 'IN-8 a compressed body',
    request: rpc('InitiateAuth', initiate, { 'content-encoding': 'gzip' }),
    status: 415,
    code: 'UnsupportedMediaTypeException',
    message: 'A request body must come without Content-Encoding.',
  },
];
for (const { name, request, status = 400, code, message } of refusals) {
  test(`dispatch refuses ${name}`, async () => {
    const { dispatch, outcomes } = dispatcher();
    const answer = await dispatch(request);
    assert.equal(answer.status, status);
    assert.equal(answer.body, JSON.stringify({ __type: code, message }));
    assert.equal(answer.headers['x-amzn-ErrorType'], `${code}:`);
    assert.equal(answer.headers['x-amzn-ErrorMessage'], message);
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      [code],
    );
  });
}

test('a declared error leaves as it is; an undeclared one, and anything else thrown, as a 500 that tells nothing', async () => {
  const thrown = [
    new ApiError('UserNotFoundException', 'User does not exist.'),
    new ApiError('GroupExistsException', 'not of this operation'),
    new TypeError('secret detail'),
  ];
  const { dispatch, outcomes } = dispatcher({
    services: {
      'cognito-idp': {
        InitiateAuth: () => {
          throw thrown[outcomes.length];
        },
      },
    },
  });
  const bodies = [];
  for (const _ of thrown) bodies.push((await dispatch(rpc('InitiateAuth', initiate))).body);
  const internal = '{"__type":"InternalErrorException","message":"Internal server error"}';
  assert.deepEqual(bodies, [
    '{"__type":"UserNotFoundException","message":"User does not exist."}',
    internal,
    internal,
  ]);
  assert.deepEqual(
    outcomes.map(({ status, fault }) => [status, fault]),
    [
      [400, undefined],
      [500, thrown[1]],
      [500, thrown[2]],
    ],
  );
});

test('a fault bears the name that the operation declares for it', async () => {
  const { dispatch } = dispatcher({
    services: {
      'cognito-idp': {
        ListUserPoolClientSecrets: () => {
          throw new TypeError('secret detail');
        },
      },
    },
  });
  const ids = { UserPoolId: 'us-east-1_abc', ClientId: 'abc' };
  const answer = await dispatch(rpc('ListUserPoolClientSecrets', ids));
  assert.equal(answer.status, 500);
  assert.equal(answer.body, '{"__type":"InternalServerException","message":"Internal server error"}');
});

test('a message that a header cannot carry stands in the body alone', async () => {
  const messages = ['två', 'a\r\nx: y', 'a'.repeat(2000)];
  for (const message of messages) {
    const { dispatch } = dispatcher({
      services: {
        'cognito-idp': {
          InitiateAuth: () => {
            throw new ApiError('NotAuthorizedException', message);
          },
        },
      },
    });
    const answer = await dispatch(rpc('InitiateAuth', initiate));
    assert.equal(answer.headers['x-amzn-ErrorMessage'], undefined);
    assert.equal(JSON.parse(String(answer.body)).message, message);
  }
});

test('authorization is asked before validation, also where nobody signs, and its refusal is the answer', async () => {
  const asked: unknown[] = [];
  const { dispatch } = dispatcher({
    authorize: (_request, { service, signingName, name, auth, input }) => {
      asked.push({ service, signingName, name, auth, input });
      throw new ApiError('AccessDeniedException', 'no');
    },
  });
  const answer = await dispatch(rpc('ListUsers', { Limit: 'many' }));
  assert.equal(answer.headers['x-amzn-ErrorType'], 'AccessDeniedException:');
  await dispatch(rpc('InitiateAuth', {}));
  assert.deepEqual(asked, [
    {
      service: 'cognito-idp',
      signingName: 'cognito-idp',
      name: 'ListUsers',
      auth: 'sigv4',
      input: { Limit: 'many' },
    },
    { service: 'cognito-idp', signingName: 'cognito-idp', name: 'InitiateAuth', auth: 'none', input: {} },
  ]);
});

test('STS answers in XML: lists, dates, escapes', async () => {
  const inputs: unknown[] = [];
  const { dispatch } = dispatcher({
    services: {
      sts: {
        AssumeRole: (_ctx, input) => {
          inputs.push(input);
          return {
            Credentials: {
              AccessKeyId: 'ASIA&<>"',
              SecretAccessKey: 's',
              SessionToken: 't',
              Expiration: new Date(Date.UTC(2024, 0, 31, 12)),
            },
          };
        },
      },
    },
  });
  const answer = await dispatch(
    form(
      'Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr&RoleSessionName=sess' +
        '&DurationSeconds=900&Tags.member.2.Key=b&Tags.member.2.Value=2&Tags.member.1.Key=a&Tags.member.1.Value=1',
    ),
  );
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['Content-Type'], 'text/xml');
  const id = answer.headers['x-amzn-RequestId'];
  assert.equal(
    answer.body,
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>' +
      '<AccessKeyId>ASIA&amp;&lt;&gt;&quot;</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>' +
      '<Expiration>2024-01-31T12:00:00Z</Expiration></Credentials></AssumeRoleResult>' +
      `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></AssumeRoleResponse>`,
  );
  const [input] = inputs as [{ Tags: { Key: string }[]; DurationSeconds: number }];
  assert.deepEqual(
    input.Tags.map(({ Key }) => Key),
    ['a', 'b'],
  );
  assert.equal(input.DurationSeconds, 900);
});

test('STS refuses in XML, with the names of its protocol', async () => {
  const told = async (text: string, authorize?: DispatcherOptions['authorize']) => {
    const { dispatch } = dispatcher(authorize && { authorize });
    const { status, body } = await dispatch(form(text));
    const found = /<Code>(.*)<\/Code>\s*<Message>(.*)<\/Message>/.exec(String(body));
    return [status, found?.[1], found?.[2]];
  };
  assert.deepEqual(await told('Action=Nothing&Version=2011-06-15'), [
    400,
    'InvalidAction',
    'Could not find operation Nothing for version 2011-06-15',
  ]);
  assert.deepEqual(await told('Action=GetSessionToken&DurationSeconds=5'), [
    400,
    'ValidationError',
    "1 validation error detected: Value '5' at 'durationSeconds' failed to satisfy constraint: " +
      'Member must have value greater than or equal to 900',
  ]);
  const unsigned = () => {
    throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  };
  assert.deepEqual(await told('Action=GetSessionToken', unsigned), [
    403,
    'MissingAuthenticationToken',
    'Missing Authentication Token',
  ]);
});

test('Sync finds its operation by method and path, and takes labels, query and header', async () => {
  const inputs: unknown[] = [];
  const { dispatch } = dispatcher({
    services: {
      'cognito-sync': {
        ListRecords: (_ctx, input) => {
          inputs.push({ ...input });
          return { Count: 0, Records: [] };
        },
        UpdateRecords: (_ctx, input) => {
          inputs.push(input.ClientContext);
          throw new ApiError('ResourceConflictException', 'Current SyncCount for: a is: 2 not: 1');
        },
      },
    },
  });
  const dataset = '/identitypools/us-east-1%3Aab-1/identities/us-east-1:cd-2/datasets/d';
  const list = await dispatch(
    request({ method: 'GET', url: `${dataset}/records?lastSyncCount=3&maxResults=20` }),
  );
  assert.deepEqual([list.status, list.body], [200, '{"Records":[],"Count":0}']);
  const update = await dispatch(
    request({
      url: dataset,
      headers: { 'x-amz-client-context': 'ctx' },
      body: Buffer.from('{"SyncSessionToken":"t"}'),
    }),
  );
  assert.equal(update.status, 409);
  assert.equal(update.headers['x-amzn-ErrorType'], 'ResourceConflictException:');
  assert.deepEqual(inputs, [
    {
      DatasetName: 'd',
      IdentityId: 'us-east-1:cd-2',
      IdentityPoolId: 'us-east-1:ab-1',
      LastSyncCount: 3,
      MaxResults: 20,
    },
    'ctx',
  ]);
  assert.equal((await dispatch(request({ method: 'PUT', url: dataset }))).status, 404);
});
