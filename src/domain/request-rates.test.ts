import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Operations } from '../api/cognito-idp.ts';
import type { Caller } from '../context.ts';
import { createClock } from '../clock.ts';
import { testServer } from '../../test/test-server.ts';
import { atOnce, outcomes, password, testPool } from '../../test/user-pool.ts';
import { categories, categoryNamed, categoryOfOperation } from './request-categories.ts';
import type { CategoryName } from './request-categories.ts';
import { createRequestRates } from './request-rates.ts';
import type { RequestRatesOptions } from './request-rates.ts';

const refused = 'TooManyRequestsException: Rate exceeded';

/** A server with Cognito's rates whose clock stands still until it is moved. */
async function rated(t: TestContext) {
  const clock = createClock();
  let moved = clock.now();
  const still = { ...clock, now: () => moved, advance: (milliseconds: number) => (moved += milliseconds) };
  const server = await testServer(t, { settings: { requestRates: 'cognito' }, clock: still });
  return testPool(t, { server });
}

const caller: Caller = {
  accessKeyId: 'AKIA',
  account: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/a',
};
const signed = { caller, region: 'us-east-1' };

/** Rates by themselves, and how many of a thousand requests made at one moment pass. */
function rates(options: Partial<RequestRatesOptions> = {}) {
  let time = 0;
  const made = createRequestRates({
    limitOf: (_place, name) => categoryNamed(name).free,
    home: { account: '000000000000', region: 'us-east-1' },
    processes: 1,
    now: () => time,
    ...options,
  });
  const passed = (ask: (n: number) => void) => {
    let count = 0;
    for (let n = 0; n < 1000; n += 1) {
      try {
        ask(n);
        count += 1;
      } catch (error) {
        assert.match(String(error), /Rate exceeded/);
      }
    }
    return count;
  };
  return { ...made, passed, advance: (milliseconds: number) => (time += milliseconds) };
}

test('every operation has one category', () => {
  const listed = Object.values(categories).flatMap(({ operations }) => [...operations] as string[]);
  assert.equal(new Set(listed).size, listed.length);
  assert.equal(listed.length, 140);
});

const expected: readonly [keyof Operations, CategoryName, number][] = [
  ['InitiateAuth', 'UserAuthentication', 120],
  ['SignUp', 'UserCreation', 50],
  ['ForgotPassword', 'UserAccountRecovery', 30],
  ['GetUser', 'UserRead', 120],
  ['AdminUpdateUserAttributes', 'UserUpdate', 25],
  ['RevokeToken', 'UserToken', 120],
  ['AdminListGroupsForUser', 'UserResourceRead', 50],
  ['ConfirmDevice', 'UserResourceUpdate', 25],
  ['ListUsers', 'UserList', 30],
  ['DescribeUserPool', 'UserPoolRead', 15],
  ['UpdateUserPool', 'UserPoolUpdate', 15],
  ['GetGroup', 'UserPoolResourceRead', 20],
  ['CreateGroup', 'UserPoolResourceUpdate', 15],
  ['ListUserPoolClients', 'UserPoolClientRead', 15],
  ['CreateUserPoolClient', 'UserPoolClientUpdate', 15],
  ['GetClientToken', 'ClientAuthentication', 150],
  ['GetProvisionedLimit', 'LimitManagement', 1],
];
for (const [operation, category, rate] of expected) {
  test(`${operation} is of ${category}: ${rate} a second`, () => {
    const { admit, passed, advance } = rates();
    assert.equal(categoryOfOperation[operation], category);
    const ask = (n: number) => admit(operation, signed, { UserPoolId: `us-east-1_${n}` });
    assert.equal(passed(ask), rate);
    advance(1000);
    assert.equal(passed(ask), rate);
    advance(3_600_000);
    assert.equal(passed(ask), rate);
  });
}

test('operations of a category share its rate, accounts and regions do not', () => {
  const { admit, passed } = rates();
  assert.equal(
    passed(() => admit('AdminInitiateAuth', signed, {})),
    120,
  );
  assert.equal(
    passed(() => admit('GetTokensFromRefreshToken', signed, {})),
    0,
  );
  assert.equal(
    passed(() => admit('AdminInitiateAuth', { ...signed, region: 'eu-west-1' }, {})),
    120,
  );
  const other = { ...signed, caller: { ...caller, account: '444455556666' } };
  assert.equal(
    passed(() => admit('AdminInitiateAuth', other, {})),
    120,
  );
});

test('who signs nothing does not choose a rate by the region of a host name', () => {
  const { admit, passed } = rates();
  const ask = (n: number) => admit('InitiateAuth', { caller: undefined, region: `xx-east-${n}` }, {});
  assert.equal(passed(ask), 120);
});

test('answers to challenges have three times the rate of sign-ins, new passwords that of recovery', () => {
  const { admit, passed } = rates();
  const answer = (ChallengeName: string) => () => admit('RespondToAuthChallenge', signed, { ChallengeName });
  assert.equal(passed(answer('NEW_PASSWORD_REQUIRED')), 30);
  assert.equal(
    passed(() => admit('ChangePassword', signed, {})),
    0,
  );
  assert.equal(passed(answer('PASSWORD_VERIFIER')), 360);
  assert.equal(
    passed(() => admit('InitiateAuth', signed, {})),
    120,
  );
});

test('an operation on what is configured in a pool is called five times a second there', () => {
  const { admit, passed } = rates();
  const ask = (operation: keyof Operations, input: object) => passed(() => admit(operation, signed, input));
  assert.equal(ask('GetGroup', { UserPoolId: 'a' }), 5);
  assert.equal(ask('GetGroup', { UserPoolId: 'b' }), 5);
  assert.equal(ask('ListGroups', { UserPoolId: 'a' }), 5);
  assert.equal(ask('DescribeUserPoolDomain', { Domain: 'a' }), 5);
  // The rate of the category, 20, is used up.
  assert.equal(ask('ListTagsForResource', { ResourceArn: 'arn' }), 0);
  assert.equal(ask('DescribeUserPoolClient', { UserPoolId: 'a' }), 5);
  assert.equal(ask('DescribeUserPool', { UserPoolId: 'a' }), 15);
});

test('what the category refuses is not counted for the pool', () => {
  const { admit, passed, advance } = rates();
  const ask = (UserPoolId: string) => passed(() => admit('GetGroup', signed, { UserPoolId }));
  assert.deepEqual(['a', 'b', 'c', 'd', 'e'].map(ask), [5, 5, 5, 5, 0]);
  advance(50);
  assert.equal(ask('e'), 1);
});

test('a user is read ten times a second and written ten times', () => {
  const { admitUser, passed } = rates();
  const ask = (operation: keyof Operations, user: string, pool = 'a') =>
    passed(() => admitUser(operation, pool, user));
  assert.equal(ask('InitiateAuth', 'ada'), 10);
  assert.equal(ask('GetUser', 'ada'), 0);
  assert.equal(ask('UpdateUserAttributes', 'ada'), 10);
  assert.equal(ask('ChangePassword', 'ada'), 0);
  assert.equal(ask('GetUser', 'bob'), 10);
  assert.equal(ask('GetUser', 'ada', 'b'), 10);
});

test('processes part what an account may do, and none is left without', () => {
  const { admit, passed, advance } = rates({ processes: 4 });
  assert.equal(
    passed(() => admit('InitiateAuth', signed, {})),
    30,
  );
  const manage = () => passed(() => admit('GetProvisionedLimit', signed, {}));
  assert.equal(manage(), 1);
  advance(1000);
  assert.equal(manage(), 0);
  advance(3000);
  assert.equal(manage(), 1);
});

test('over the wire: TooManyRequestsException, 400, until a second has passed', async (t) => {
  const { call, clock } = await rated(t);
  const LimitDefinition = { LimitClass: 'API_CATEGORY', Attributes: { Category: 'UserRead' } } as const;
  const ask = () => call('GetProvisionedLimit', { LimitDefinition });
  assert.deepEqual(await outcomes(atOnce(64, ask)), { ok: 1, [refused]: 63 });
  await assert.rejects(ask(), { code: 'TooManyRequestsException', status: 400 });
  clock.advance(1000);
  assert.deepEqual(await outcomes(atOnce(64, ask)), { ok: 1, [refused]: 63 });
});

test('over the wire: one user, by whatever name and token, ten times a second, and others besides', async (t) => {
  const { call, confirmed, accessToken, clock, UserPoolId, userOf } = await rated(t);
  await confirmed('ada');
  await confirmed('bob');
  clock.advance(1000);
  const AccessToken = await accessToken('ada');
  const { sub = '' } = (await userOf('ada')).attributes;
  clock.advance(1000);
  const names = ['ada', sub];
  const ask = (n: number) =>
    n % 3 === 2
      ? call('GetUser', { AccessToken })
      : call('AdminGetUser', { UserPoolId, Username: names[n % 3] ?? '' });
  assert.deepEqual(await outcomes(atOnce(64, ask)), { ok: 10, [refused]: 54 });
  await accessToken('bob');
  const write = (n: number) =>
    call('AdminUpdateUserAttributes', {
      UserPoolId,
      Username: 'ada',
      UserAttributes: [{ Name: 'name', Value: `Ada ${n}` }],
    });
  const writes = await outcomes(atOnce(16, write));
  assert.deepEqual(writes, { ok: 10, [refused]: 6 });
});

test('over the wire: names that nobody has are refused as those of users are', async (t) => {
  const pool = await rated(t);
  const { call, UserPoolId, clock } = pool;
  const made = await call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'hides',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    PreventUserExistenceErrors: 'ENABLED',
  });
  const ClientId = made.UserPoolClient?.ClientId ?? '';
  await pool.confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  await pool.signUp('ben', { email: 'ben@example.com' });
  const code = { ClientId, ConfirmationCode: '000000' };
  const asks: readonly [known: string, ask: (Username: string) => Promise<unknown>][] = [
    [
      'ada',
      (USERNAME) =>
        call('InitiateAuth', {
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME, PASSWORD: `not ${password}` },
        }),
    ],
    ['ada', (Username) => call('ForgotPassword', { ClientId, Username })],
    ['ada', (Username) => call('ConfirmForgotPassword', { ...code, Username, Password: password })],
    ['ben', (Username) => call('ConfirmSignUp', { ...code, Username })],
    ['ben', (Username) => call('ResendConfirmationCode', { ClientId, Username })],
  ];
  for (const [known, ask] of asks) {
    const ends: Record<string, number>[] = [];
    for (const name of [known, 'nobody']) {
      clock.advance(1000);
      ends.push(await outcomes(atOnce(16, () => ask(name))));
    }
    assert.equal(ends[0]?.[refused], 6, ask.toString());
    assert.deepEqual(ends[0], ends[1], ask.toString());
  }
});

test('a link that confirms counts as ConfirmSignUp: with those who sign up, and for its user', async (t) => {
  const { call, url, clock, UserPoolId, ClientId, signUp } = await rated(t);
  await call('CreateUserPoolDomain', { UserPoolId, Domain: 'link' });
  await signUp('ada', { email: 'ada@example.com' });
  const open = async (name: string, code = '000000') => {
    const query = new URLSearchParams({ client_id: ClientId, user_name: name, confirmation_code: code });
    const answer = await fetch(`${url}/link/confirmUser/?${query.toString()}`);
    assert.equal(answer.status, 400);
    return !/Too much is asked for at once/.test(await answer.text());
  };
  const passes = async (count: number, name: (n: number) => string, code?: string) => {
    const ends = await Promise.all(atOnce(count, (n) => open(name(n), code)));
    return ends.filter((passed) => passed).length;
  };
  clock.advance(1000);
  assert.equal(await passes(12, () => 'ada'), 10);
  clock.advance(1000);
  assert.equal(await passes(64, (n) => `nobody${n}`), 50);
  const confirm = call('ConfirmSignUp', { ClientId, Username: 'bob', ConfirmationCode: '000000' });
  assert.equal((await outcomes([confirm]))[refused], 1);
  clock.advance(1000);
  // What is no link of a sign-up is not counted.
  assert.equal(await passes(64, () => 'ada', 'none'), 64);
  assert.equal(await passes(64, (n) => `nobody${n}`), 50);
});

test('UpdateProvisionedLimit raises the rate, about a second later', async (t) => {
  const { call, clock, UserPoolId } = await rated(t);
  const LimitDefinition = {
    LimitClass: 'API_CATEGORY',
    Attributes: { Category: 'UserResourceRead' },
  } as const;
  const list = (n: number) => call('AdminListGroupsForUser', { UserPoolId, Username: `u${n}` });
  const unknown = 'UserNotFoundException: User does not exist.';
  assert.deepEqual(await outcomes(atOnce(64, list)), { [unknown]: 50, [refused]: 14 });
  clock.advance(1000);
  await call('UpdateProvisionedLimit', { LimitDefinition, RequestedLimitValue: 60 });
  let ends: Record<string, number> = {};
  for (let tries = 0; ends[unknown] !== 60 && tries < 50; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    clock.advance(1000);
    ends = await outcomes(atOnce(64, list));
  }
  assert.deepEqual(ends, { [unknown]: 60, [refused]: 4 });
});

test('a development server has no rates unless it is told', async (t) => {
  const { call } = await testServer(t);
  const LimitDefinition = { LimitClass: 'API_CATEGORY', Attributes: { Category: 'UserRead' } } as const;
  assert.deepEqual(await outcomes(atOnce(64, () => call('GetProvisionedLimit', { LimitDefinition }))), {
    ok: 64,
  });
});

test('DOS-4 the pools and users that are remembered are bounded', () => {
  const { admitUser, passed } = rates({ capacity: 100 });
  assert.equal(
    passed((n) => admitUser('GetUser', 'a', `user ${n}`)),
    1000,
  );
  assert.equal(
    passed(() => admitUser('GetUser', 'a', 'user 999')),
    9,
  );
  assert.equal(
    passed(() => admitUser('GetUser', 'a', 'user 1')),
    10,
  );
});
