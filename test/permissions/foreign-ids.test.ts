import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolRequest } from '../../src/api/cognito-idp.ts';
import { createAccessKey } from '../../src/iam/access-keys.ts';
import { managedPolicies } from '../../src/iam/managed-policies.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { cognitoIdp } from '../../src/operations/cognito-idp/index.ts';
import { factsOf, shapeOf } from '../../src/protocol/facts.ts';
import { confirmed, signIn } from '../devices.ts';
import { valid } from '../hostile/cases.ts';
import {
  inviteUser,
  makeHome,
  makeUser,
  outcomeOf,
  password,
  passwordSignIn,
  srpAnswer,
  srpProof,
  srpStart,
  temporary,
} from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { temporaryFolder } from '../store/servers.ts';
import { testServer } from '../test-server.ts';
import type { Call, TestServer } from '../test-server.ts';
import { outcome, outcomes } from '../user-pool.ts';
import { contentOf, send, signedOperations } from './requests.ts';

const account = '000000000000';
const facts = factsOf('cognito-idp');

interface World extends TestServer {
  readonly data: string;
  readonly ours: Home;
  /** Another tenant's, with the user `bob` in the group `crew`. */
  readonly theirs: Home;
  readonly key: (policy: string) => Promise<Credentials>;
}

/** One server with two tenants. */
async function world(t: TestContext): Promise<World> {
  const data = temporaryFolder(t);
  const server = await testServer(t, { settings: { mode: 'serve', memory: false, data } });
  const key = async (policy: string) => {
    const made = await createAccessKey(server.ctx, { account, userName: 'somebody', policy });
    return { accessKeyId: made.id, secretAccessKey: made.secret };
  };
  const signed = await key(managedPolicies['administrator'] ?? '');
  const call: Call = (operation, input, options) => server.call(operation, input, { signed, ...options });
  const pool: Partial<CreateUserPoolRequest> = {
    AutoVerifiedAttributes: ['email'],
    UserPoolTier: 'PLUS',
    UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' },
  };
  const ours = await makeHome(call, pool);
  const theirs = await makeHome(call, pool);
  await makeUser(call, ours, 'ada', address('ada'));
  await makeUser(call, theirs, 'bob', address('bob'));
  const UserPoolId = theirs.poolId;
  await call('CreateGroup', { UserPoolId, GroupName: 'crew' });
  await call('AdminAddUserToGroup', { UserPoolId, GroupName: 'crew', Username: 'bob' });
  return { ...server, call, data, ours, theirs, key };
}

const address = (name: string) => [
  { Name: 'email', Value: `${name}@example.com` },
  { Name: 'email_verified', Value: 'true' },
];

const arnOf = ({ poolId }: Home) => `arn:aws:cognito-idp:us-east-1:${account}:userpool/${poolId}`;

const membersOf = (name: string) => shapeOf(facts, facts.operations[name]?.input ?? '').members ?? {};

/** Operations that are built and must be signed. */
const built = signedOperations.filter(({ service, name }) => service === 'cognito-idp' && name in cognitoIdp);

/** An input about the pool, client, user and group that are given. */
function inputFor(name: string, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const input = valid(facts, facts.operations[name]?.input ?? '', false) as Record<string, unknown>;
  for (const member of Object.keys(input)) if (member in given) input[member] = given[member];
  return input;
}

test('AT-6 a key for one pool does nothing in the pool of another tenant', async (t) => {
  const { url, data, ours, theirs, key } = await world(t);
  const statement = { Effect: 'Allow', Action: 'cognito-idp:*', Resource: arnOf(ours) };
  const credentials = await key(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
  const before = contentOf(data);
  const names = built.filter(({ name }) =>
    ['UserPoolId', 'ResourceArn'].some((member) => member in membersOf(name)),
  );
  assert.ok(names.length >= 40, `${names.length} operations`);
  for (const asked of names) {
    const given = {
      ResourceArn: arnOf(theirs),
      ClientId: theirs.clientId,
      Username: 'bob',
      GroupName: 'crew',
    };
    const input = inputFor(asked.name, { ...given, UserPoolId: theirs.poolId });
    const { code, text } = await send(url, asked, input, credentials);
    assert.equal(code, 'AccessDenied', `${asked.name}: ${text}`);
    // Names of theirs beside the id of the pool that the key is for lead nowhere either.
    if (!('UserPoolId' in membersOf(asked.name))) continue;
    const mixed = inputFor(asked.name, { ...given, UserPoolId: ours.poolId });
    if (!['ClientId', 'Username', 'GroupName'].some((member) => member in mixed)) continue;
    if (/^(?:AdminCreateUser|CreateGroup)$/.test(asked.name)) continue; // these make what they name
    const end = await send(url, asked, mixed, credentials);
    assert.match(end.code, /NotFound$|^InvalidParameter$/, `${asked.name}: ${end.code} ${end.text}`);
  }
  assert.equal(contentOf(data), before);
});

test('AT-6 what belongs to another pool serves at no client of this one', async (t) => {
  const { call, ours, theirs, ctx } = await world(t);
  const ClientId = ours.clientId;
  const { AuthenticationResult } = await passwordSignIn(call, theirs, { name: 'bob' });
  const { RefreshToken = '', AccessToken = '' } = AuthenticationResult ?? {};
  const tokens = { REFRESH_TOKEN: RefreshToken };
  await inviteUser(call, theirs.poolId, 'carol');
  await inviteUser(call, ours.poolId, 'carol');
  const { Session } = await passwordSignIn(call, theirs, { name: 'carol', password: temporary });
  const challenge = await srpStart(call, theirs, 'bob');
  const refused: Readonly<Record<string, () => Promise<unknown>>> = {
    'their user': () => passwordSignIn(call, ours, { name: 'bob' }),
    'their refresh token': () =>
      call('InitiateAuth', { ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: tokens }),
    'their refresh token again': () => call('GetTokensFromRefreshToken', { ClientId, RefreshToken }),
    'their session': () =>
      call('RespondToAuthChallenge', {
        ClientId,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session,
        ChallengeResponses: { USERNAME: 'carol', NEW_PASSWORD: password },
      }),
    'their secret block': () => srpAnswer(call, ours, srpProof(theirs, challenge)),
    'their client at our pool': () =>
      call('AdminInitiateAuth', {
        UserPoolId: ours.poolId,
        ClientId: theirs.clientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'bob', PASSWORD: password },
      }),
  };
  for (const [what, attempt] of Object.entries(refused)) {
    const end = await outcome(attempt());
    assert.match(end, /^(?:NotAuthorized|UserNotFound|ResourceNotFound)Exception/, `${what}: ${end}`);
  }
  // Not told to be wrong, but without effect (RFC 7009 §2.2).
  await outcomeOf(call('RevokeToken', { ClientId, Token: RefreshToken }));
  await call('GetUser', { AccessToken });
  await call('GetTokensFromRefreshToken', { ClientId: theirs.clientId, RefreshToken });
  const users = await ctx.store.users.findByName(ours.poolId, 'carol');
  assert.equal(users?.status, 'FORCE_CHANGE_PASSWORD');
});

test('AT-6 a code for a user of one pool serves no user of the same name in another', async (t) => {
  const { call, inbox, ours, theirs } = await world(t);
  await makeUser(call, ours, 'bob', address('bob'));
  await call('ForgotPassword', { ClientId: theirs.clientId, Username: 'bob' });
  const ConfirmationCode = inbox.list('bob@example.com').at(-1)?.code ?? '';
  await call('ForgotPassword', { ClientId: ours.clientId, Username: 'bob' });
  const confirm = ({ clientId: ClientId }: Home) =>
    outcome(
      call('ConfirmForgotPassword', {
        ClientId,
        Username: 'bob',
        ConfirmationCode,
        Password: 'Taken-over-1',
      }),
    );
  const isSame = inbox.list('bob@example.com').at(-1)?.code === ConfirmationCode;
  if (!isSame) assert.match(await confirm(ours), /^CodeMismatchException/);
  assert.equal(await confirm(theirs), 'ok');
});

test('AT-6 a device of one pool or user does not exist for another', async (t) => {
  const { call } = await testServer(t);
  const pool = { DeviceConfiguration: {} };
  const [ours, theirs] = [await makeHome(call, pool), await makeHome(call, pool)];
  for (const at of [ours, theirs]) await makeUser(call, at, 'ada');
  const device = await confirmed(call, (await passwordSignIn(call, theirs)).AuthenticationResult);
  const { AuthenticationResult } = await passwordSignIn(call, ours);
  const own = { AccessToken: AuthenticationResult?.AccessToken ?? '', DeviceKey: device.key };
  const admin = { UserPoolId: ours.poolId, Username: 'ada', DeviceKey: device.key };
  const attempts = [
    signIn(call, ours, { DEVICE_KEY: device.key }),
    call('GetDevice', own),
    call('ConfirmDevice', own),
    call('UpdateDeviceStatus', { ...own, DeviceRememberedStatus: 'remembered' }),
    call('ForgetDevice', own),
    call('AdminGetDevice', admin),
    call('AdminUpdateDeviceStatus', { ...admin, DeviceRememberedStatus: 'remembered' }),
    call('AdminForgetDevice', admin),
  ];
  assert.deepEqual(await outcomes(attempts), {
    'ResourceNotFoundException: Device does not exist.': attempts.length,
  });
  assert.ok(await call('AdminGetDevice', { ...admin, UserPoolId: theirs.poolId }));
});
