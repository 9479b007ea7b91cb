import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Settings } from '../context.ts';
import { openVault } from '../crypto/data-key-vault.ts';
import { usualQuotas } from '../domain/quotas.ts';
import { createAccessKey, deleteAccessKey, setAccessKeyActive } from '../iam/access-keys.ts';
import { managedPolicies } from '../iam/managed-policies.ts';
import type { Credentials } from '../iam/sign-request.ts';
import { signRequest } from '../iam/sign-request.ts';
import type { Pool } from '../store/pools.ts';
import { openStore } from '../store/sql/store.ts';
import { createAuthorize } from './authorize.ts';
import { createDispatcher } from './dispatch.ts';
import type { ServiceName } from './facts.ts';
import { factsOf, serviceNames } from './facts.ts';
import type { Outcome, Request } from './wire.ts';

const account = '000000000000';
const now = Date.UTC(2026, 0, 1);
const administrator = managedPolicies['administrator'] ?? '';
const poolId = 'us-east-1_abc';
const poolArn = `arn:aws:cognito-idp:us-east-1:${account}:userpool/${poolId}`;

async function door(t: TestContext, mode: Settings['mode'], { secureTransport = false } = {}) {
  const store = await openStore({ url: 'memory' });
  const vault = await openVault(store.dataKeys, randomBytes(32), () => now);
  t.after(async () => {
    vault.close();
    await store.close();
  });
  const settings: Settings = { account, mode, issuerOf: () => '', url: () => '', quotas: usualQuotas };
  const outcomes: Outcome[] = [];
  const parts = { store, vault, settings, now: () => now };
  const regionOf = ({ headers }: Request) =>
    /^[\w-]+\.([\w-]+)\.amazonaws\.com$/.exec(headers['host'] ?? '')?.[1];
  const dispatch = createDispatcher({
    services: {},
    authorize: createAuthorize({ ...parts, regionOf, secureTransport }),
    contextFor: () => assert.fail('no operation is built'),
    log: (outcome) => outcomes.push(outcome),
  });
  /** What came of a request: its code, what it was told, and who the log says it was. */
  const send = async (request: Request) => {
    const { status, body } = await dispatch(request);
    const { result, caller, region } = outcomes.at(-1) ?? assert.fail();
    const text = body.toString();
    const { message = '' } = text.startsWith('{') ? (JSON.parse(text) as { message?: string }) : {};
    return { status, result, message, caller, region, text };
  };
  const key = async (policy: string | object = administrator, other: { account?: string } = {}) => {
    const text =
      typeof policy === 'string' ? policy : JSON.stringify({ Version: '2012-10-17', Statement: policy });
    const { id, secret } = await createAccessKey(parts, { account, userName: 'ada', policy: text, ...other });
    return { accessKeyId: id, secretAccessKey: secret };
  };
  return { ...parts, send, key };
}

interface Sent {
  readonly service?: ServiceName;
  readonly name?: string;
  readonly input?: object;
  readonly host?: string;
  readonly region?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as a client makes it; unsigned without credentials. */
function requestOf(sent: Sent, credentials?: Credentials): Request {
  const {
    service = 'cognito-idp',
    name = 'AdminGetUser',
    host = 'localhost:4590',
    region = 'us-east-1',
  } = sent;
  const { method, path, body, headers } = wireOf(service, name, sent.input ?? {});
  const url = `http://${host}${path}${sent.query ?? ''}`;
  const all = { ...headers, ...sent.headers };
  const signed =
    credentials === undefined
      ? all
      : signRequest({ method, url, headers: all, body }, credentials, { service, region, now });
  const withHost = { host, ...signed };
  return {
    method,
    url: path + (sent.query ?? ''),
    headers: withHost,
    rawHeaders: Object.entries(withHost).flat(),
    body: Buffer.from(body),
    ip: '192.0.2.1',
  };
}

function wireOf(service: ServiceName, name: string, input: object) {
  const { protocol, targetPrefix = '', operations } = factsOf(service);
  if (protocol === 'query') {
    const body = new URLSearchParams({ Action: name, Version: '2011-06-15', ...input }).toString();
    return {
      method: 'POST',
      path: '/',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
  }
  if (protocol === 'rest-json') {
    const { method = '', requestUri = '' } = operations[name]?.http ?? {};
    return { method, path: requestUri.replaceAll(/\{\w+\}/g, 'us-east-1%3A0a'), body: '', headers: {} };
  }
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${targetPrefix}.${name}` };
  return { method: 'POST', path: '/', body: JSON.stringify(input), headers };
}

const signedOperations = serviceNames.flatMap((service) =>
  Object.entries(factsOf(service).operations)
    .filter(([, { auth }]) => auth === 'sigv4')
    .map(([name]) => ({ service, name })),
);

for (const mode of ['dev', 'serve'] as const) {
  test(`AT-5 no signed operation works unsigned (${mode})`, async (t) => {
    const { send } = await door(t, mode);
    assert.ok(signedOperations.length >= 150, String(signedOperations.length));
    for (const { service, name } of signedOperations) {
      const { result, text } = await send(requestOf({ service, name }));
      assert.equal(result, 'MissingAuthenticationTokenException', `${service}:${name}`);
      assert.match(
        text,
        service === 'sts' ? /Request is missing Authentication Token/ : /"Missing Authentication Token"/,
      );
    }
  });
}

test('AT-5 the policy is asked before any of the input is looked at', async (t) => {
  const { send, key } = await door(t, 'serve');
  const credentials = await key({ Effect: 'Allow', Action: 'iam:*', Resource: '*' });
  const without = signedOperations.filter(
    ({ name }) => name !== 'GetCallerIdentity' && name !== 'GetSessionToken',
  );
  for (const sent of without) {
    const { result, text } = await send(requestOf(sent, credentials));
    assert.equal(result, 'AccessDeniedException', `${sent.service}:${sent.name}`);
    assert.ok(
      text.includes(`because no identity-based policy allows the ${sent.service}:${sent.name} action`),
      text,
    );
  }
});

test('AT-5 who may do it is told what is wrong with the input', async (t) => {
  const { send, key } = await door(t, 'serve');
  const { result, caller, region } = await send(requestOf({}, await key()));
  assert.equal(result, 'InvalidParameterException');
  assert.equal(caller, 'arn:aws:iam::000000000000:user/ada');
  assert.equal(region, 'us-east-1');
});

const input = { UserPoolId: poolId, Username: 'ada' };

// prettier-ignore
const policies = [
  { name: 'another pool', policy: { Effect: 'Allow', Action: '*', Resource: `${poolArn}d` }, allowed: false },
  { name: 'this pool', policy: { Effect: 'Allow', Action: 'cognito-idp:*', Resource: poolArn }, allowed: true },
  { name: 'its address', policy: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }, allowed: true },
  { name: 'another address', policy: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }, allowed: false },
  { name: 'its name', policy: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { 'aws:username': 'ada' } } }, allowed: true },
  { name: 'a day that is over', policy: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { DateLessThan: { 'aws:CurrentTime': '2026-01-01' } } }, allowed: false },
  { name: 'TLS', policy: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'true' } } }, allowed: false },
  { name: 'no session', policy: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { Null: { 'aws:TokenIssueTime': 'true' } } }, allowed: true },
];

for (const { name, policy, allowed } of policies) {
  test(`AT-6 a policy for ${name} ${allowed ? 'lets through' : 'refuses'}`, async (t) => {
    const { send, key } = await door(t, 'serve');
    const { result, message } = await send(requestOf({ input }, await key(policy)));
    assert.equal(result, allowed ? 'NotImplementedException' : 'AccessDeniedException');
    if (allowed) return;
    assert.equal(
      message,
      `User: arn:aws:iam::${account}:user/ada is not authorized to perform: cognito-idp:AdminGetUser on resource: ${poolArn} because no identity-based policy allows the cognito-idp:AdminGetUser action`,
    );
  });
}

test('AT-6 a Deny on a pool holds whatever region the scope names', async (t) => {
  const { send, key } = await door(t, 'serve');
  const credentials = await key([
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: '*', Resource: poolArn },
  ]);
  for (const region of ['us-east-1', 'eu-west-1']) {
    const { result, message } = await send(requestOf({ input, region }, credentials));
    assert.equal(result, 'AccessDeniedException');
    assert.match(message, /with an explicit deny in an identity-based policy$/);
  }
});

type Store = Awaited<ReturnType<typeof door>>['store'];

const insertPool = (
  store: Store,
  id: string,
  UserPoolTags: Readonly<Record<string, string>>,
  replicas: Pool['replicas'] = [],
) =>
  store.pools.insert({
    id,
    region: 'us-east-1',
    account,
    name: id,
    version: 1,
    createdAt: now,
    modifiedAt: now,
    schema: [],
    settings: { UserPoolTags },
    replicas,
  });

test('AT-6 a pool is what its tags say, not what the caller says', async (t) => {
  const { send, key, store } = await door(t, 'serve');
  await insertPool(store, poolId, { env: 'dev' });
  await insertPool(store, 'us-east-1_prod', { env: 'prod' });
  const Condition = { StringEquals: { 'aws:ResourceTag/env': 'dev' } };
  const credentials = await key({ Effect: 'Allow', Action: '*', Resource: '*', Condition });
  const resultOf = async (id: string) =>
    (await send(requestOf({ input: { ...input, UserPoolId: id } }, credentials))).result;
  assert.equal(await resultOf(poolId), 'NotImplementedException');
  assert.equal(await resultOf('us-east-1_prod'), 'AccessDeniedException');
  assert.equal(await resultOf('us-east-1_none'), 'AccessDeniedException');
});

test('AT-6 two tags that differ in letter case alone do not let anybody choose which one counts', async (t) => {
  const { send, key, store } = await door(t, 'serve');
  await insertPool(store, poolId, { Env: 'prod', env: 'dev' });
  const allowed = (name: string) =>
    key({ Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { [name]: 'dev' } } });
  const byResource = await send(requestOf({ input }, await allowed('aws:ResourceTag/Env')));
  assert.equal(byResource.result, 'AccessDeniedException');
  assert.match(byResource.message, /because there is another aws:ResourceTag\/env in other letter case$/);
  const resultOf = async (UserPoolTags: object) => {
    const made = { name: 'CreateUserPool', input: { PoolName: 'x', UserPoolTags } };
    return (await send(requestOf(made, await allowed('aws:RequestTag/Env')))).result;
  };
  assert.equal(await resultOf({ Env: 'dev' }), 'NotImplementedException');
  assert.equal(await resultOf({ Env: 'prod', env: 'dev' }), 'AccessDeniedException');
  // Who is not asked for tags may name them as they like.
  const free = { name: 'CreateUserPool', input: { PoolName: 'x', UserPoolTags: { Env: 'a', env: 'b' } } };
  assert.equal((await send(requestOf(free, await key()))).result, 'NotImplementedException');
});

test('AT-6 a replica is what its own ARN and tags say, and what is denied on its pool', async (t) => {
  const { send, key, store } = await door(t, 'serve');
  const replica = { region: 'eu-west-1', status: 'ACTIVE', tags: { env: 'prod' } } as const;
  await insertPool(store, poolId, { env: 'dev' }, [replica]);
  const replicaArn = poolArn.replace('us-east-1', 'eu-west-1');
  const all = { Effect: 'Allow', Action: '*', Resource: '*' };
  const resultsOf = async (policy: object) => {
    const credentials = await key(policy);
    const outcomes: (string | undefined)[] = [];
    for (const region of ['us-east-1', 'eu-west-1'])
      outcomes.push((await send(requestOf({ input, region }, credentials))).result);
    return outcomes.map((result) => result === 'NotImplementedException');
  };
  assert.deepEqual(await resultsOf({ ...all, Resource: poolArn }), [true, false]);
  assert.deepEqual(await resultsOf({ ...all, Resource: replicaArn }), [false, true]);
  assert.deepEqual(await resultsOf([all, { ...all, Effect: 'Deny', Resource: replicaArn }]), [true, false]);
  assert.deepEqual(await resultsOf([all, { ...all, Effect: 'Deny', Resource: poolArn }]), [false, false]);
  const Condition = { StringEquals: { 'aws:ResourceTag/env': 'dev' } };
  assert.deepEqual(await resultsOf({ ...all, Condition }), [true, false]);
});

test('AT-6 an access key of another account may do nothing here', async (t) => {
  const { send, key } = await door(t, 'serve');
  const { result, message } = await send(
    requestOf({ input }, await key(administrator, { account: '123456789012' })),
  );
  assert.equal(result, 'AccessDeniedException');
  assert.match(message, /because no resource-based policy allows the cognito-idp:AdminGetUser action$/);
});

test('ID-7 keys that are not there, not active or deleted are refused alike', async (t) => {
  const made = await door(t, 'serve');
  const { send, key } = made;
  const one = await key();
  const refused = async (credentials: Credentials, code = 'UnrecognizedClientException') => {
    const { result, message } = await send(requestOf({ input }, credentials));
    assert.equal(result, code);
    return message;
  };
  const invalid = 'The security token included in the request is invalid.';
  assert.equal(await refused({ ...one, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }), invalid);
  assert.equal(await refused({ ...one, accessKeyId: 'admin' }), invalid);
  assert.match(
    await refused({ ...one, secretAccessKey: 'x' }, 'InvalidSignatureException'),
    /^The request signature we calculated/,
  );
  assert.equal(
    await refused({ ...one, sessionToken: 'made up' }),
    'The security token included in the request is invalid',
  );
  assert.equal((await send(requestOf({ input }, one))).result, 'NotImplementedException');
  await setAccessKeyActive(made, one.accessKeyId, false);
  assert.equal(await refused(one), invalid);
  await setAccessKeyActive(made, one.accessKeyId, true);
  assert.equal((await send(requestOf({ input }, one))).result, 'NotImplementedException');
  await deleteAccessKey(made, one.accessKeyId);
  assert.equal(await refused(one), invalid);
});

test('ID-7 the region is that of the scope, and the one of the host name where that names one', async (t) => {
  const { send, key } = await door(t, 'serve');
  const credentials = await key();
  assert.equal((await send(requestOf({ input, region: 'eu-west-3' }, credentials))).region, 'eu-west-3');
  const host = 'cognito-idp.us-west-2.amazonaws.com';
  assert.equal(
    (await send(requestOf({ input, host, region: 'us-west-2' }, credentials))).region,
    'us-west-2',
  );
  const { result, message } = await send(requestOf({ input, host }, credentials));
  assert.equal(result, 'InvalidSignatureException');
  assert.equal(message, "Credential should be scoped to a valid region, not 'us-east-1'.");
});

test('ID-7 a parameter of the query that comes with two values is refused', async (t) => {
  const { send, key } = await door(t, 'serve');
  const credentials = await key();
  const listing = { service: 'cognito-sync', name: 'ListIdentityPoolUsage' } as const;
  const resultOf = async (query: string) =>
    (await send(requestOf({ ...listing, query }, credentials))).result;
  assert.equal(await resultOf('?maxResults=1&maxResults=1'), 'NotImplementedException');
  assert.equal(await resultOf('?maxResults=1&maxResults=2'), 'InvalidSignatureException');
  assert.equal(await resultOf('?maxResults=1&MaxResults=2'), 'InvalidSignatureException');
  assert.equal(await resultOf('?maxResults=1&%6daxResults=2'), 'InvalidSignatureException');
});

test('ID-7 STS gets the faults under its own names', async (t) => {
  const { send, key } = await door(t, 'serve');
  const one = await key();
  const sent = { service: 'sts', name: 'GetSessionToken' } as const;
  const wrong = await send(requestOf(sent, { ...one, secretAccessKey: 'x' }));
  assert.equal(wrong.status, 403);
  assert.match(wrong.text, /<Code>SignatureDoesNotMatch<\/Code>/);
  const unknown = await send(requestOf(sent, { ...one, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }));
  assert.match(
    unknown.text,
    /<Code>InvalidClientTokenId<\/Code>\s*<Message>The security token included in the request is invalid\.</,
  );
});

test('operations that nobody signs pass with any signature, and without', async (t) => {
  for (const mode of ['dev', 'serve'] as const) {
    const { send } = await door(t, mode);
    const made = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x', sessionToken: 'y' };
    for (const credentials of [undefined, made]) {
      const { result, caller, region } = await send(
        requestOf({ name: 'GetUser', input: { AccessToken: 'a' } }, credentials),
      );
      assert.equal(result, 'NotImplementedException');
      assert.equal(caller, undefined);
      assert.equal(region, undefined);
    }
  }
});

test('the development server takes any credentials and their region', async (t) => {
  const { send } = await door(t, 'dev');
  const credentials = { accessKeyId: 'test', secretAccessKey: 'wrong', sessionToken: 'any' };
  const { result, caller, region } = await send(requestOf({ input, region: 'local' }, credentials));
  assert.equal(result, 'NotImplementedException');
  assert.equal(caller, 'arn:aws:iam::000000000000:user/test');
  assert.equal(region, 'local');
  const presigned =
    '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=me%2F20200101%2Fus-west-1%2Fsts%2Faws4_request';
  assert.equal((await send(requestOf({ input, query: presigned }))).region, 'us-west-1');
});

const odd = [
  { authorization: 'Bearer abc', result: 'IncompleteSignatureException' },
  { authorization: 'AWS4-HMAC-SHA256 Credential=AKIA, Signature=0', result: 'IncompleteSignatureException' },
  {
    authorization: `AWS4-HMAC-SHA256 Credential=a/1/<b>/c/aws4_request`,
    result: 'InvalidSignatureException',
  },
  { authorization: `AWS4-HMAC-SHA256 Credential=a/1//c/aws4_request`, result: 'InvalidSignatureException' },
  { authorization: '', result: 'MissingAuthenticationTokenException' },
];
for (const { authorization, result } of odd) {
  test(`the development server refuses "${authorization}" as no credentials`, async (t) => {
    const { send } = await door(t, 'dev');
    assert.equal((await send(requestOf({ input, headers: { authorization } }))).result, result);
  });
}
