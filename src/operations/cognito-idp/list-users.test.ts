import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { listOf, mapOf, outcome, testPool } from '../../../test/user-pool.ts';
import type { TestPool } from '../../../test/user-pool.ts';

async function people(t: TestContext): Promise<TestPool> {
  const server = await testPool(t);
  const { call, UserPoolId } = server;
  const users = {
    ada: {
      email: 'ada@example.com',
      given_name: 'Ada',
      family_name: 'Lovelace',
      name: 'Ada "Countess" Lovelace',
    },
    Alan: {
      email: 'Alan@Example.com',
      given_name: 'Alan',
      family_name: 'Turing',
      phone_number: '+442075550100',
    },
    grace: { email: 'grace@navy.example', given_name: 'Grace', preferred_username: 'amazing', name: 'Grace' },
  };
  for (const [Username, attributes] of Object.entries(users)) {
    const UserAttributes = listOf(attributes);
    await call('AdminCreateUser', { UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' });
  }
  await call('AdminSetUserPassword', {
    UserPoolId,
    Username: 'ada',
    Password: 'Permanent-1843',
    Permanent: true,
  });
  await call('AdminDisableUser', { UserPoolId, Username: 'grace' });
  return server;
}

test('ListUsers finds by every search attribute, whole or by its beginning', async (t) => {
  const { call, userOf, UserPoolId } = await people(t);
  const sub = (await userOf('ada')).attributes['sub'] ?? '';
  const rows: readonly [string, readonly string[]][] = [
    ['', ['Alan', 'ada', 'grace']],
    ['username = "ada"', ['ada']],
    ['username = "alan"', []],
    ['username ^= "A"', ['Alan']],
    ['email = "ALAN@example.COM"', ['Alan']],
    ['email ^= "a"', ['Alan', 'ada']],
    ['"email"^="a"', ['Alan', 'ada']],
    ['email ^= ""', ['Alan', 'ada', 'grace']],
    ['phone_number ^= "+44"', ['Alan']],
    ['phone_number ^= ""', ['Alan']],
    ['given_name = "grace"', ['grace']],
    ['family_name ^= "lo"', ['ada']],
    ['preferred_username = "Amazing"', ['grace']],
    [String.raw`name = "ada \"countess\" lovelace"`, ['ada']],
    ['name ^= "%"', []],
    ['name ^= "_"', []],
    ['cognito:user_status = "confirmed"', ['ada']],
    ['cognito:user_status ^= "FORCE"', ['Alan', 'grace']],
    ['status = "Disabled"', ['grace']],
    ['status = "Enabled"', ['Alan', 'ada']],
    ['status = "enabled"', []],
    [`sub = "${sub}"`, ['ada']],
    [`sub ^= "${sub.slice(0, 13)}"`, ['ada']],
  ];
  for (const [Filter, names] of rows) {
    const { Users = [] } = await call('ListUsers', { UserPoolId, Filter });
    assert.deepEqual(Users.map(({ Username = '' }) => Username).sort(), names, Filter);
  }
});

test('ListUsers goes page by page, and everybody comes once', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const names = Array.from({ length: 7 }, (_, n) => `user${n}`);
  for (const Username of names)
    await call('AdminCreateUser', {
      UserPoolId,
      Username,
      MessageAction: 'SUPPRESS',
      UserAttributes: listOf({ family_name: 'Curie' }),
    });
  for (const Filter of [undefined, 'family_name = "curie"', 'username ^= "user"']) {
    const seen: string[] = [];
    let PaginationToken: string | undefined;
    do {
      const page = await call('ListUsers', { UserPoolId, Filter, Limit: 3, PaginationToken });
      assert.ok((page.Users?.length ?? 0) <= 3);
      seen.push(...(page.Users ?? []).map(({ Username = '' }) => Username));
      PaginationToken = page.PaginationToken;
    } while (PaginationToken !== undefined);
    assert.deepEqual(seen.toSorted(), names, Filter);
  }
});

test('IN-10 a page token serves its own list only, unaltered, for an hour', async (t) => {
  const { call, clock, UserPoolId } = await people(t);
  const { PaginationToken = '' } = await call('ListUsers', { UserPoolId, Limit: 1 });
  const go = (input: object) => outcome(call('ListUsers', { UserPoolId, PaginationToken, ...input }));
  assert.equal(await go({}), 'ok');
  assert.match(await go({ Filter: 'email ^= "a"' }), /^InvalidParameterException/);
  assert.match(await go({ PaginationToken: PaginationToken.slice(0, -2) }), /^InvalidParameterException/);
  clock.advance(60 * 60 * 1000);
  assert.match(await go({}), /^InvalidParameterException/);
});

test('ListUsers shows the attributes asked for', async (t) => {
  const { call, UserPoolId } = await people(t);
  const list = async (AttributesToGet: string[]) => {
    const { Users = [] } = await call('ListUsers', {
      UserPoolId,
      Filter: 'username = "Alan"',
      AttributesToGet,
    });
    return mapOf(Users[0]?.Attributes);
  };
  assert.deepEqual(await list(['email', 'name']), { email: 'Alan@Example.com' });
  assert.deepEqual(await list([]), {});
  assert.equal(
    await outcome(list(['custom:foo'])),
    'InvalidParameterException: One or more requested attributes do not exist.',
  );
});

test('ListUsers refuses what is no filter, and pools that do not exist', async (t) => {
  const { call, UserPoolId } = await people(t);
  const list = (Filter: string) => outcome(call('ListUsers', { UserPoolId, Filter }));
  assert.equal(await list('username'), 'InvalidParameterException: Error while parsing filter.');
  assert.equal(
    await list('custom:foo = "1"'),
    'InvalidParameterException: Invalid search attribute: custom:foo',
  );
  assert.equal(
    await outcome(call('ListUsers', { UserPoolId: 'us-east-1_AAAAAAAAA' })),
    'ResourceNotFoundException: User pool us-east-1_AAAAAAAAA does not exist.',
  );
});
