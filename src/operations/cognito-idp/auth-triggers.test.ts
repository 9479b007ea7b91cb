import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { inviteUser, makeHome, makeUser, password, temporary } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { CreateUserPoolClientRequest, CreateUserPoolRequest } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { ApiError } from '../../errors.ts';
import type { TriggerCall, TriggerName } from '../../triggers/triggers.ts';
import { InitiateAuth, RespondToAuthChallenge } from './auth.ts';

type Functions = Partial<Record<TriggerName, (call: TriggerCall) => Readonly<Record<string, unknown>>>>;

interface WithFunctions {
  readonly ctx: Context;
  readonly home: Home;
  readonly calls: TriggerCall[];
  readonly call: Awaited<ReturnType<typeof testServer>>['call'];
}

/** A pool with functions: the calls are kept in order. */
async function withFunctions(
  t: TestContext,
  functions: Functions,
  pool: Partial<CreateUserPoolRequest> = {},
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<WithFunctions> {
  const { call, ctx } = await testServer(t);
  const calls: TriggerCall[] = [];
  const triggers = {
    has: (_pool: unknown, trigger: TriggerName) => functions[trigger] !== undefined,
    tell: () => undefined,
    invoke: async (made: TriggerCall) => {
      calls.push(made);
      return functions[made.trigger]?.(made) ?? {};
    },
  };
  return { call, calls, home: await makeHome(call, pool, client), ctx: { ...ctx, triggers } };
}

const signIn = ({ ctx, home }: WithFunctions, name = 'ada', plain = password) =>
  InitiateAuth(ctx, {
    ClientId: home.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: name, PASSWORD: plain },
    ClientMetadata: { k: 'v' },
  });

const sources = (calls: readonly TriggerCall[]) => calls.map(({ source }) => source);
const refusal = (words: string) => () => {
  throw new ApiError('UserLambdaValidationException', words);
};

test('a sign-in asks pre-authentication before the password, and post-authentication after it', async (t) => {
  const server = await withFunctions(t, { PreAuthentication: () => ({}), PostAuthentication: () => ({}) });
  await makeUser(server.call, server.home);
  await assert.rejects(signIn(server, 'ada', 'Wrong-horse-1'), { code: 'NotAuthorizedException' });
  assert.deepEqual(sources(server.calls), ['PreAuthentication_Authentication']);
  await signIn(server);
  const [, before, after] = server.calls;
  const attributes = Object.entries(before?.request['userAttributes'] ?? {});
  assert.deepEqual(attributes.map(([name]) => name).sort(), ['cognito:user_status', 'sub']);
  assert.deepEqual(before?.request['validationData'], { k: 'v' });
  assert.equal(before?.request['userNotFound'], false);
  assert.equal(after?.source, 'PostAuthentication_Authentication');
  // Only the metadata of an answer comes here.
  assert.deepEqual(after?.request['clientMetadata'], {});
});

for (const trigger of ['PreAuthentication', 'PostAuthentication'] as const) {
  test(`${trigger} can refuse the sign-in`, async (t) => {
    const server = await withFunctions(t, { [trigger]: refusal('not today') });
    await makeUser(server.call, server.home);
    await assert.rejects(signIn(server), { message: 'not today' });
  });
}

test('pre-authentication is asked about unknown users only where they are hidden', async (t) => {
  const shown = await withFunctions(t, { PreAuthentication: () => ({}) });
  await assert.rejects(signIn(shown, 'nobody'), { code: 'UserNotFoundException' });
  assert.deepEqual(shown.calls, []);
  const client = { PreventUserExistenceErrors: 'ENABLED' } as const;
  const hidden = await withFunctions(t, { PreAuthentication: () => ({}) }, {}, client);
  await assert.rejects(signIn(hidden, 'nobody'), { code: 'NotAuthorizedException' });
  const [asked] = hidden.calls;
  assert.equal(asked?.user?.username, 'nobody');
  assert.deepEqual(asked?.request, { userAttributes: {}, validationData: { k: 'v' }, userNotFound: true });
});

test('post-authentication runs once, when all challenges are answered', async (t) => {
  const server = await withFunctions(t, { PostAuthentication: () => ({}) });
  await inviteUser(server.call, server.home.poolId);
  const { Session } = await signIn(server, 'ada', temporary);
  assert.equal(server.calls.length, 0);
  await RespondToAuthChallenge(server.ctx, {
    ClientId: server.home.clientId,
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    ChallengeResponses: { USERNAME: 'ada', NEW_PASSWORD: password },
    Session,
    ClientMetadata: { m: '1' },
  });
  assert.deepEqual(sources(server.calls), ['PostAuthentication_Authentication']);
  assert.deepEqual(server.calls[0]?.request['clientMetadata'], { m: '1' });
});

const found = {
  userAttributes: { email: 'ada@example.com', email_verified: 'true' },
  finalUserStatus: 'CONFIRMED',
};

test('an unknown user whom the migration function knows is kept and signed in', async (t) => {
  const server = await withFunctions(t, { UserMigration: () => found });
  assert.ok((await signIn(server)).AuthenticationResult);
  const [asked] = server.calls;
  assert.equal(asked?.source, 'UserMigration_Authentication');
  assert.equal(asked?.user?.username, 'ada');
  assert.deepEqual(asked?.request, { password, validationData: { k: 'v' }, clientMetadata: {} });
  assert.ok((await signIn(server)).AuthenticationResult);
  assert.equal(server.calls.length, 1);
  await assert.rejects(signIn(server, 'ada', 'Wrong-horse-1'), { code: 'NotAuthorizedException' });
});

test('a migrated user without a final status must reset the password', async (t) => {
  const server = await withFunctions(t, {
    UserMigration: () => ({ userAttributes: found.userAttributes }),
  });
  await assert.rejects(signIn(server), { code: 'PasswordResetRequiredException' });
  const { UserStatus } = await server.call('AdminGetUser', {
    UserPoolId: server.home.poolId,
    Username: 'ada',
  });
  assert.equal(UserStatus, 'RESET_REQUIRED');
});

test('nobody is migrated without attributes, or to an address other than the one that was typed', async (t) => {
  const nothing = await withFunctions(t, { UserMigration: () => ({}) });
  await assert.rejects(signIn(nothing), { code: 'UserNotFoundException' });
  const other = await withFunctions(t, { UserMigration: () => found }, { UsernameAttributes: ['email'] });
  await assert.rejects(signIn(other, 'eve@example.com'), { code: 'UserNotFoundException' });
  assert.ok((await signIn(other, 'ada@example.com')).AuthenticationResult);
});
