import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createAccessKey } from '../../src/iam/access-keys.ts';
import { managedPolicies } from '../../src/iam/managed-policies.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { cognitoIdp } from '../../src/operations/cognito-idp/index.ts';
import { factsOf } from '../../src/protocol/facts.ts';
import { valid } from '../hostile/cases.ts';
import { confirmed } from '../devices.ts';
import { makeHome, makeUser, password, passwordSignIn } from '../sign-in.ts';
import { temporaryFolder } from '../store/servers.ts';
import { testServer } from '../test-server.ts';
import type { Call, TestServer } from '../test-server.ts';
import { contentOf, send, signedOperations } from './requests.ts';
import type { Asked } from './requests.ts';

const account = '000000000000';
const administrator = managedPolicies['administrator'] ?? '';

interface World extends TestServer {
  readonly data: string;
  readonly key: (policy: string, of?: string) => Promise<Credentials>;
  readonly admin: Credentials;
  /** An input with which the operation does something to what is there. */
  readonly inputOf: (asked: Asked) => Record<string, unknown>;
}

async function world(t: TestContext): Promise<World> {
  const data = temporaryFolder(t);
  const server = await testServer(t, { settings: { mode: 'serve', memory: false, data } });
  const key = async (policy: string, of = account) => {
    const made = await createAccessKey(server.ctx, { account: of, userName: 'somebody', policy });
    return { accessKeyId: made.id, secretAccessKey: made.secret };
  };
  const admin = await key(administrator);
  const call: Call = (operation, input) => server.call(operation, input, { signed: admin });
  const { poolId: UserPoolId, clientId: ClientId } = await makeHome(call, {
    AutoVerifiedAttributes: ['email'],
    UserPoolTags: { team: 'a' },
    UserPoolTier: 'PLUS',
    UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' },
    DeviceConfiguration: {},
  });
  const home = { poolId: UserPoolId, clientId: ClientId, secret: undefined };
  await makeUser(call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  const { key: DeviceKey } = await confirmed(call, (await passwordSignIn(call, home)).AuthenticationResult);
  await call('CreateGroup', { UserPoolId, GroupName: 'staff' });
  await call('AdminAddUserToGroup', { UserPoolId, GroupName: 'staff', Username: 'ada' });
  const ResourceArn = `arn:aws:cognito-idp:us-east-1:${account}:userpool/${UserPoolId}`;
  const known: Record<string, unknown> = {
    UserPoolId,
    ClientId,
    ResourceArn,
    Username: 'ada',
    Password: password,
    MaxResults: 10,
    UserAttributes: [{ Name: 'name', Value: 'Somebody else' }],
    UserAttributeNames: ['email'],
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    TagKeys: ['team'],
    DeviceKey,
  };
  const own: Record<string, Record<string, unknown>> = {
    AdminCreateUser: { Username: 'eve', UserAttributes: undefined },
    CreateGroup: { GroupName: 'admins' },
    AddCustomAttributes: { CustomAttributes: [{ Name: 'level', AttributeDataType: 'String' }] },
    SetUserPoolMfaConfig: { MfaConfiguration: 'OFF' },
  };
  const inputOf = ({ service, name }: Asked) => {
    const facts = factsOf(service);
    const input = valid(facts, facts.operations[name]?.input ?? '', false) as Record<string, unknown>;
    if (Object.hasOwn(input, 'GroupName')) input['GroupName'] = 'staff';
    if (service !== 'cognito-idp') return input;
    const more = name === 'AdminInitiateAuth' ? ['AuthParameters'] : [];
    for (const member of [...Object.keys(input), ...more])
      if (Object.hasOwn(known, member)) input[member] = known[member];
    return { ...input, ...own[name] };
  };
  return { ...server, data, key, admin, inputOf };
}

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });

/** What no policy can allow or forbid (IAM user guide). */
const open = new Set(['GetCallerIdentity', 'GetSessionToken']);

/** The order in which everything can be done: what is deleted is wanted by the others. */
function inOrder(operations: readonly Asked[]): Asked[] {
  const rank = ({ name }: Asked) =>
    ['DeleteUserPool', 'DeleteUserPoolClient', 'AdminDeleteUser', 'DeleteGroup', 'AdminForgetDevice'].indexOf(
      name,
    );
  const last = operations.filter((asked) => rank(asked) !== -1);
  return [...operations.filter((asked) => rank(asked) === -1), ...last.toSorted((a, b) => rank(b) - rank(a))];
}

test('AT-5 nobody does by a signed operation what their signature and policy do not allow, and nothing changes', async (t) => {
  const { url, data, key, admin, inputOf } = await world(t);
  const forged = { ...admin, secretAccessKey: `${admin.secretAccessKey.slice(1)}x` };
  const unknown = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: admin.secretAccessKey };
  const without = await key(policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }));
  const elsewhere = await key(
    policy({
      Effect: 'Allow',
      Action: '*',
      Resource: `arn:aws:cognito-idp:*:${account}:userpool/us-east-1_other`,
    }),
  );
  const denied = await key(
    policy({ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action: '*', Resource: '*' }),
  );
  const foreign = await key(administrator, '111111111111');
  const callers: readonly { who: string; by?: Credentials; code: RegExp; asksPolicy?: true }[] = [
    { who: 'nobody', code: /^MissingAuthenticationToken$/ },
    { who: 'a wrong secret', by: forged, code: /^(?:InvalidSignature|SignatureDoesNotMatch)$/ },
    { who: 'an unknown key', by: unknown, code: /^(?:UnrecognizedClient|InvalidClientTokenId)$/ },
    { who: 'a policy for other things', by: without, code: /^AccessDenied$/, asksPolicy: true },
    { who: 'a policy for another pool', by: elsewhere, code: /^AccessDenied$/, asksPolicy: true },
    { who: 'a Deny', by: denied, code: /^AccessDenied$/, asksPolicy: true },
    { who: 'another account', by: foreign, code: /^AccessDenied$/, asksPolicy: true },
  ];
  assert.ok(signedOperations.length >= 150, `${signedOperations.length} signed operations`);
  const before = contentOf(data);
  for (const { who, by, code, asksPolicy } of callers) {
    for (const asked of signedOperations) {
      if (asksPolicy && open.has(asked.name)) continue;
      const ended = await send(url, asked, inputOf(asked), by);
      assert.match(
        ended.code,
        code,
        `${asked.service} ${asked.name} by ${who}: ${ended.status} ${ended.text}`,
      );
      assert.ok(ended.status >= 400 && ended.status < 500, `${asked.name}: ${ended.status}`);
    }
    assert.equal(contentOf(data), before, `${who} changed something`);
  }

  // The same requests by somebody who may: they are no empty threats.
  const refusals = callers.map(({ code }) => code);
  const done: string[] = [];
  for (const asked of inOrder(signedOperations)) {
    const { code, text } = await send(url, asked, inputOf(asked), admin);
    assert.ok(!refusals.some((refusal) => refusal.test(code)), `${asked.name}: ${code} ${text}`);
    if (code === 'ok') done.push(asked.name);
  }
  assert.notEqual(contentOf(data), before);
  const core = [
    'AdminSetUserPassword',
    'AdminCreateUser',
    'AdminUpdateUserAttributes',
    'AdminUserGlobalSignOut',
    'AdminInitiateAuth',
  ];
  const deletions = ['AdminDeleteUser', 'DeleteGroup', 'DeleteUserPoolClient', 'DeleteUserPool'];
  const pools = [
    'CreateUserPool',
    'UpdateUserPool',
    'CreateUserPoolClient',
    'DescribeUserPoolClient',
    'TagResource',
  ];
  for (const name of [...core, ...deletions, ...pools]) assert.ok(done.includes(name), `${name} was done`);
  assert.ok(
    done.length >= 0.6 * Object.keys(cognitoIdp).filter((name) => isSigned(name)).length,
    `${done.length}`,
  );
});

const isSigned = (name: string) => signedOperations.some((asked) => asked.name === name);
