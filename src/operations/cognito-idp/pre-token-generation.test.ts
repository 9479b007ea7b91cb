import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { arnOf, functionHome, sourcesOf } from '../../../test/functions.ts';
import type { FunctionHome, TriggerEvent } from '../../../test/functions.ts';
import { inviteUser, makeUser, password, passwordSignIn, temporary } from '../../../test/sign-in.ts';
import type {
  AuthenticationResultType,
  CreateUserPoolClientRequest,
  PreTokenGenerationLambdaVersionType,
} from '../../api/cognito-idp.ts';
import { decodeJwt } from '../../crypto/jwt.ts';

type Answer = (event: TriggerEvent) => unknown;

function withFunction(
  t: TestContext,
  version: PreTokenGenerationLambdaVersionType,
  answer: Answer,
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<FunctionHome> {
  const PreTokenGenerationConfig = { LambdaArn: arnOf('PreTokenGeneration'), LambdaVersion: version };
  return functionHome(
    t,
    { PreTokenGeneration: answer },
    { pool: { LambdaConfig: { PreTokenGenerationConfig } }, client },
  );
}

type Claims = Readonly<Record<string, unknown>>;

function claimsOf(tokens: AuthenticationResultType | undefined): {
  readonly id: Claims;
  readonly access: Claims;
} {
  const claims = (token: string | undefined) => decodeJwt(token ?? '')?.payload ?? {};
  return { id: claims(tokens?.IdToken), access: claims(tokens?.AccessToken) };
}

const attributes = [
  { Name: 'email', Value: 'ada@example.com' },
  { Name: 'email_verified', Value: 'true' },
  { Name: 'nickname', Value: 'countess' },
];

async function signedIn({ call, home }: FunctionHome) {
  await makeUser(call, home, 'ada', attributes);
  return claimsOf((await passwordSignIn(call, home)).AuthenticationResult);
}

const v1 = (claimsOverrideDetails: unknown) => () => ({ claimsOverrideDetails });
const v2 = (claimsAndScopeOverrideDetails: unknown) => () => ({ claimsAndScopeOverrideDetails });

test('V1_0 gets the user, the groups and the role, and answers with texts for the ID token', async (t) => {
  const server = await withFunction(
    t,
    'V1_0',
    v1({
      claimsToAddOrOverride: { tenant: 'a', nickname: 'b', level: 7, on: true, none: null },
      claimsToSuppress: ['email'],
    }),
  );
  const { call, home, events } = server;
  await makeUser(call, home, 'ada', attributes);
  const RoleArn = 'arn:aws:iam::123456789012:role/reader';
  await call('CreateGroup', { UserPoolId: home.poolId, GroupName: 'readers', RoleArn });
  await call('AdminAddUserToGroup', { UserPoolId: home.poolId, GroupName: 'readers', Username: 'ada' });
  const { id, access } = claimsOf((await passwordSignIn(call, home)).AuthenticationResult);
  const [event] = events;
  assert.deepEqual([event?.version, event?.triggerSource], ['1', 'TokenGeneration_Authentication']);
  assert.deepEqual(event?.request, {
    userAttributes: {
      sub: id['sub'],
      'cognito:user_status': 'CONFIRMED',
      email: 'ada@example.com',
      email_verified: 'true',
      nickname: 'countess',
    },
    groupConfiguration: {
      groupsToOverride: ['readers'],
      iamRolesToOverride: [RoleArn],
      preferredRole: RoleArn,
    },
    clientMetadata: {},
  });
  assert.deepEqual(event?.response, { claimsOverrideDetails: null });
  assert.deepEqual(
    [id['tenant'], id['nickname'], id['level'], id['on'], 'none' in id, 'email' in id],
    ['a', 'b', '7', 'true', false, false],
  );
  assert.equal(id['email_verified'], true);
  assert.deepEqual(id['cognito:groups'], ['readers']);
  assert.equal('tenant' in access, false);
});

test('V2_0 changes both tokens and the scopes, with values of any kind', async (t) => {
  const details = {
    idTokenGeneration: {
      claimsToAddOrOverride: {
        list: [1, 'a', true],
        object: { deep: { er: null } },
        number: 1.5,
        off: false,
      },
      claimsToSuppress: ['nickname'],
    },
    accessTokenGeneration: {
      claimsToAddOrOverride: { tenant: 'a', email: 'ada@example.com' },
      scopesToAdd: ['shop/read', 'shop/write'],
      scopesToSuppress: ['aws.cognito.signin.user.admin', 'shop/write'],
    },
  };
  const server = await withFunction(t, 'V2_0', v2(details));
  const { id, access } = await signedIn(server);
  const [event] = server.events;
  assert.equal(event?.version, '2');
  assert.deepEqual(event?.request['scopes'], ['aws.cognito.signin.user.admin']);
  assert.deepEqual(event?.response, { claimsAndScopeOverrideDetails: null });
  assert.deepEqual(
    [id['list'], id['object'], id['number'], id['off'], 'nickname' in id],
    [[1, 'a', true], { deep: { er: null } }, 1.5, false, false],
  );
  assert.deepEqual(
    [access['tenant'], access['email'], access['scope']],
    ['a', 'ada@example.com', 'shop/read'],
  );
});

const raw = (number: string) => JSON.rawJSON(number);

const payloadOf = (token: string | undefined) =>
  Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString();

test('a number that JavaScript cannot hold is in the tokens as the function wrote it', async (t) => {
  const claims = {
    account: raw('9007199254740993'),
    below: raw('-12345678901234567890'),
    nested: { list: [1, raw('18446744073709551615'), 'x'] },
    boundless: raw('1e400'),
    usual: [9007199254740991, 1.5, 1e21, -7],
    text: '12345678901234567890',
    updated_at: raw('12345678901234567890'),
  };
  const server = await withFunction(
    t,
    'V2_0',
    v2({
      idTokenGeneration: { claimsToAddOrOverride: claims },
      accessTokenGeneration: { claimsToAddOrOverride: claims },
    }),
  );
  const { call, home } = server;
  await makeUser(call, home);
  const { AuthenticationResult: first = {} } = await passwordSignIn(call, home);
  const { AuthenticationResult: second = {} } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: first.RefreshToken ?? '' },
  });
  for (const token of [first.IdToken, first.AccessToken, second.IdToken, second.AccessToken]) {
    const payload = payloadOf(token);
    for (const [name, value] of Object.entries(claims))
      assert.ok(payload.includes(`${JSON.stringify(name)}:${JSON.stringify(value)}`), `${name}: ${payload}`);
  }
  await call('GetUser', { AccessToken: second.AccessToken ?? '' });
});

test('V1_0 makes of such a number the text that it is written as', async (t) => {
  const server = await withFunction(
    t,
    'V1_0',
    v1({ claimsToAddOrOverride: { account: raw('12345678901234567890') } }),
  );
  assert.equal((await signedIn(server)).id['account'], '12345678901234567890');
});

test('such a number is no list of claims', async (t) => {
  const server = await withFunction(t, 'V2_0', v2({ idTokenGeneration: raw('12345678901234567890') }));
  await assert.rejects(signedIn(server), { code: 'InvalidLambdaResponseException' });
});

test('without a scope the access token has no such claim and opens nothing', async (t) => {
  const scopesToSuppress = ['aws.cognito.signin.user.admin'];
  const server = await withFunction(t, 'V2_0', v2({ accessTokenGeneration: { scopesToSuppress } }));
  const { call, home } = server;
  await makeUser(call, home, 'ada', attributes);
  const { AuthenticationResult } = await passwordSignIn(call, home);
  assert.equal('scope' in claimsOf(AuthenticationResult).access, false);
  await assert.rejects(call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' }), {
    code: 'NotAuthorizedException',
    message: 'Access Token does not have required scopes',
  });
});

for (const [version, wrap, number] of [
  ['V1_0', v1, '1'],
  ['V2_0', v2, '2'],
  ['V3_0', v2, '3'],
] as const) {
  test(`${version}: nothing changes for null, for {} and for the answer of another version`, async (t) => {
    const other = wrap === v1 ? v2 : v1;
    const answers = [() => ({}), wrap(null), wrap({}), other({ claimsToAddOrOverride: { tenant: 'a' } })];
    let asked = 0;
    const server = await withFunction(t, version, (event) => {
      assert.equal(event.version, number);
      return answers[asked++]?.();
    });
    await makeUser(server.call, server.home, 'ada', attributes);
    for (const _ of answers) {
      const { id } = claimsOf((await passwordSignIn(server.call, server.home)).AuthenticationResult);
      assert.deepEqual([id['nickname'], 'tenant' in id], ['countess', false]);
    }
    assert.equal(asked, answers.length);
  });
}

/** The claims of tables 4.1 to 4.3 that no function changes. */
const reserved = (
  'acr amr at_hash aud auth_time azp client_id device_key event_id exp iat identities iss jti nbf nonce origin_jti ' +
  'scope sub token_use username version cognito:username cognito:groups cognito:roles cognito:preferred_role ' +
  'cognito:anything dev:custom:x __proto__ constructor prototype'
).split(' ');

/** The same name to somebody who does not look closely. */
const variants = (name: string) => [
  name,
  name.toUpperCase(),
  `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
  ` ${name}`,
  name.replace('s', '\u017f').replace('k', '\u212a'),
  Array.from(name, (letter) =>
    /[a-z]/.test(letter) ? String.fromCodePoint(0xff41 - 97 + letter.charCodeAt(0)) : letter,
  ).join(''),
];

test('JW-9 reserved claims are neither set nor suppressed, in any spelling', async (t) => {
  const names = reserved.flatMap(variants);
  const token = {
    claimsToAddOrOverride: Object.fromEntries(names.map((name) => [name, 'forged'])),
    claimsToSuppress: reserved.filter((name) => name !== 'cognito:groups'),
  };
  let details: unknown = null;
  const server = await withFunction(t, 'V2_0', () => ({ claimsAndScopeOverrideDetails: details }));
  const before = await signedIn(server);
  details = { idTokenGeneration: token, accessTokenGeneration: token };
  const after = claimsOf((await passwordSignIn(server.call, server.home)).AuthenticationResult);
  assert.deepEqual(Object.keys(after.id).sort(), Object.keys(before.id).sort());
  assert.deepEqual(Object.keys(after.access).sort(), Object.keys(before.access).sort());
  assert.equal(JSON.stringify(after).includes('forged'), false);
  for (const name of ['sub', 'iss', 'aud', 'token_use', 'cognito:username'])
    assert.equal(after.id[name], before.id[name], name);
  assert.equal(after.access['scope'], before.access['scope']);
});

test('JW-9 V1_0 cannot set reserved claims either', async (t) => {
  const claimsToAddOrOverride = Object.fromEntries(
    reserved.flatMap(variants).map((name) => [name, 'forged']),
  );
  const server = await withFunction(t, 'V1_0', v1({ claimsToAddOrOverride }));
  assert.equal(JSON.stringify(await signedIn(server)).includes('forged'), false);
});

test('JW-9 the audience of an access token may be its client and nobody else', async (t) => {
  let aud = '';
  const server = await withFunction(t, 'V2_0', () => ({
    claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride: { aud } } },
  }));
  aud = server.home.clientId;
  assert.equal((await signedIn(server)).access['aud'], server.home.clientId);
  aud = 'somebody';
  const { AuthenticationResult } = await passwordSignIn(server.call, server.home);
  assert.equal('aud' in claimsOf(AuthenticationResult).access, false);
});

test('some claims of the ID token take no lists and objects', async (t) => {
  const claimsToAddOrOverride = {
    email_verified: [true],
    address: { formatted: 'x' },
    updated_at: {},
    nickname: ['x'],
  };
  const server = await withFunction(t, 'V2_0', v2({ idTokenGeneration: { claimsToAddOrOverride } }));
  const { id } = await signedIn(server);
  assert.deepEqual(
    [id['email_verified'], 'address' in id, 'updated_at' in id, id['nickname']],
    [true, false, false, ['x']],
  );
});

test('what is added and suppressed is suppressed', async (t) => {
  const token = {
    claimsToAddOrOverride: { tenant: 'a', nickname: 'b' },
    claimsToSuppress: ['tenant', 'nickname'],
  };
  const server = await withFunction(t, 'V1_0', v1(token));
  const { id } = await signedIn(server);
  assert.deepEqual(['tenant' in id, 'nickname' in id], [false, false]);
});

const groupCases = [
  { what: 'left out', details: {}, id: [['readers'], ['arn:r'], 'arn:r'], access: ['readers'] },
  {
    what: 'null',
    details: { groupOverrideDetails: null },
    id: [undefined, undefined, undefined],
    access: undefined,
  },
  {
    what: 'empty',
    details: { groupOverrideDetails: {} },
    id: [undefined, undefined, undefined],
    access: undefined,
  },
  {
    what: 'groups alone',
    details: { groupOverrideDetails: { groupsToOverride: ['a', 'b'] } },
    id: [['a', 'b'], undefined, undefined],
    access: ['a', 'b'],
  },
  {
    what: 'all of it',
    details: {
      groupOverrideDetails: { groupsToOverride: ['a'], iamRolesToOverride: ['x', 'y'], preferredRole: 'y' },
    },
    id: [['a'], ['x', 'y'], 'y'],
    access: ['a'],
  },
];
for (const { what, details, id: wantedId, access: wantedAccess } of groupCases) {
  for (const [version, wrap] of [
    ['V1_0', v1],
    ['V2_0', v2],
  ] as const) {
    test(`${version}: groupOverrideDetails: ${what}`, async (t) => {
      const { call, home } = await withFunction(t, version, wrap(details));
      await makeUser(call, home);
      const RoleArn = 'arn:aws:iam::123456789012:role/reader';
      await call('CreateGroup', { UserPoolId: home.poolId, GroupName: 'readers', RoleArn });
      await call('AdminAddUserToGroup', { UserPoolId: home.poolId, GroupName: 'readers', Username: 'ada' });
      const { id, access } = claimsOf((await passwordSignIn(call, home)).AuthenticationResult);
      const full = JSON.parse(JSON.stringify(wantedId).replaceAll('arn:r', RoleArn)) as unknown[];
      assert.deepEqual(
        [id['cognito:groups'] ?? null, id['cognito:roles'] ?? null, id['cognito:preferred_role'] ?? null],
        full,
      );
      assert.deepEqual(access['cognito:groups'], wantedAccess);
    });
  }
}

test('suppressed groups take the roles along', async (t) => {
  const { call, home } = await withFunction(
    t,
    'V2_0',
    v2({ idTokenGeneration: { claimsToSuppress: ['cognito:groups'] } }),
  );
  await makeUser(call, home);
  const RoleArn = 'arn:aws:iam::123456789012:role/reader';
  await call('CreateGroup', { UserPoolId: home.poolId, GroupName: 'readers', RoleArn });
  await call('AdminAddUserToGroup', { UserPoolId: home.poolId, GroupName: 'readers', Username: 'ada' });
  const { id, access } = claimsOf((await passwordSignIn(call, home)).AuthenticationResult);
  assert.deepEqual(
    ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'].filter((name) => name in id),
    [],
  );
  assert.deepEqual(access['cognito:groups'], ['readers']);
});

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, '']));
const wrong: { what: string; details: unknown }[] = [
  { what: 'a text', details: 'claims' },
  { what: 'a list', details: [] },
  { what: 'a list of claims', details: { idTokenGeneration: { claimsToAddOrOverride: [] } } },
  { what: 'suppressed claims that are no texts', details: { idTokenGeneration: { claimsToSuppress: [1] } } },
  { what: 'a scope with a blank', details: { accessTokenGeneration: { scopesToAdd: ['a b'] } } },
  { what: 'an empty scope', details: { accessTokenGeneration: { scopesToAdd: [''] } } },
  { what: 'groups that are no list', details: { groupOverrideDetails: { groupsToOverride: 'admins' } } },
  { what: 'a role that is no text', details: { groupOverrideDetails: { preferredRole: 1 } } },
  { what: 'more than 5,000 claims', details: { idTokenGeneration: { claimsToAddOrOverride: many(5001) } } },
];
for (const { what, details } of wrong) {
  test(`an answer is refused that holds ${what}`, async (t) => {
    await assert.rejects(signedIn(await withFunction(t, 'V2_0', v2(details))), {
      code: 'InvalidLambdaResponseException',
      message: 'Unrecognizable lambda output',
    });
  });
}

test('5,000 claims are as many as may be; V1_0 has no values but texts', async (t) => {
  const most = await withFunction(
    t,
    'V2_0',
    v2({ idTokenGeneration: { claimsToAddOrOverride: many(5000) } }),
  );
  assert.equal((await signedIn(most)).id['c4999'], '');
  const list = await withFunction(t, 'V1_0', v1({ claimsToAddOrOverride: { list: ['a'] } }));
  await assert.rejects(signedIn(list), { code: 'InvalidLambdaResponseException' });
});

test('it runs at each sign-in and refresh, with the source and the metadata of each', async (t) => {
  let asked = 0;
  const server = await withFunction(t, 'V1_0', () => ({
    claimsOverrideDetails: { claimsToAddOrOverride: { asked: String((asked += 1)) } },
  }));
  const { call, home, events } = server;
  const { clientId: ClientId } = home;
  await inviteUser(call, home.poolId);
  const { Session } = await passwordSignIn(call, home, { password: temporary });
  const { AuthenticationResult: first } = await call('RespondToAuthChallenge', {
    ClientId,
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    ChallengeResponses: { USERNAME: 'ada', NEW_PASSWORD: password },
    Session,
    ClientMetadata: { by: 'answer' },
  });
  assert.equal(claimsOf(first).id['asked'], '1');
  const RefreshToken = first?.RefreshToken ?? '';
  const AuthParameters = { REFRESH_TOKEN: RefreshToken };
  const { AuthenticationResult: second } = await call('InitiateAuth', {
    ClientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters,
    ClientMetadata: { by: 'refresh' },
  });
  assert.equal(claimsOf(second).id['asked'], '2');
  const { AuthenticationResult: third } = await call('GetTokensFromRefreshToken', {
    ClientId,
    RefreshToken,
    ClientMetadata: { by: 'tokens' },
  });
  assert.equal(claimsOf(third).id['asked'], '3');
  await call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    ClientMetadata: { by: 'start' },
  });
  assert.deepEqual(sourcesOf(events), [
    'TokenGeneration_NewPasswordChallenge',
    'TokenGeneration_RefreshTokens',
    'TokenGeneration_Authentication',
    'TokenGeneration_Authentication',
  ]);
  assert.deepEqual(
    events.map(({ request }) => request['clientMetadata']),
    [{ by: 'answer' }, {}, { by: 'tokens' }, {}],
  );
});

test('a function that fails gives no tokens, and does not spend a refresh token that rotates', async (t) => {
  let fails = true;
  const rotating = {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
  } as const;
  const { call, home } = await withFunction(
    t,
    'V2_0',
    () => {
      if (fails) throw new Error('not now');
      return {};
    },
    rotating,
  );
  await makeUser(call, home);
  const refusal = {
    code: 'UserLambdaValidationException',
    message: 'PreTokenGeneration failed with error not now.',
  };
  await assert.rejects(passwordSignIn(call, home), refusal);
  fails = false;
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const refresh = () =>
    call('GetTokensFromRefreshToken', {
      ClientId: home.clientId,
      RefreshToken: AuthenticationResult?.RefreshToken ?? '',
    });
  fails = true;
  await assert.rejects(refresh(), refusal);
  fails = false;
  assert.ok((await refresh()).AuthenticationResult?.RefreshToken);
});
