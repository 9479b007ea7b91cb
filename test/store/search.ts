import assert from 'node:assert/strict';
import type { SearchAttribute, User, UserFilter } from '../../src/store/users.ts';
import { incompressible, madePool, start, userOf } from './records.ts';
import { allPages, type Suite } from './servers.ts';

/** As long as a value may be: an index must take it all the same. */
const long = incompressible(2040);

const people: Partial<User>[] = [
  { username: 'ada', attributes: { email: 'Ada@Example.org', name: 'Ada', given_name: 'Zoë' } },
  { username: 'Ada', attributes: { email: 'ada@example.com', name: 'ADA L', phone_number: '+4912' } },
  { username: 'adam', attributes: { email: 'a_a%@x', preferred_username: 'Chief', phone_number: '+4913' } },
  { username: 'bob', attributes: { email: 'bob@x', family_name: "O'Hara" }, status: 'FORCE_CHANGE_PASSWORD' },
  { username: '\uD7FF', attributes: { name: '\uD7FFx' }, enabled: false, status: 'UNCONFIRMED' },
  { username: '\u{10FFFF}', attributes: { name: '\u{10FFFF}\u{10FFFF}' }, status: 'RESET_REQUIRED' },
  { username: '\uE000', attributes: { name: '\uE000', email: `${long}@x` } },
  { username: 'nul', attributes: { name: 'a\u0000b', email: `${long}@y` } },
];

type Case = readonly [SearchAttribute, UserFilter['match'], value: string, found: readonly string[]];

const all = people.map(({ username = '' }) => username);
const confirmed = ['ada', 'Ada', 'adam', '\uE000', 'nul'];
const cases: Case[] = [
  ['username', 'equals', 'ada', ['ada']],
  ['username', 'equals', 'ad', []],
  ['username', 'starts-with', 'ad', ['ada', 'adam']],
  ['username', 'starts-with', '', all],
  ['username', 'starts-with', '\uD7FF', ['\uD7FF']],
  ['username', 'starts-with', '\u{10FFFF}', ['\u{10FFFF}']],
  ['email', 'equals', 'ADA@example.ORG', ['ada']],
  ['email', 'starts-with', 'ada@example', ['Ada', 'ada']],
  ['email', 'starts-with', 'a_a%', ['adam']],
  ['email', 'starts-with', '%', []],
  ['email', 'starts-with', '_', []],
  ['email', 'starts-with', long.slice(0, 240), ['\uE000', 'nul']],
  ['email', 'equals', long.slice(0, 240), []],
  ['email', 'starts-with', '', ['ada', 'Ada', 'adam', 'bob', '\uE000', 'nul']],
  ['phone_number', 'equals', '+4912', ['Ada']],
  ['phone_number', 'starts-with', '+49', ['Ada', 'adam']],
  ['name', 'equals', 'aDa', ['ada']],
  ['name', 'starts-with', 'ada', ['ada', 'Ada']],
  ['name', 'starts-with', 'a\u0000', ['nul']],
  ['name', 'starts-with', '\u{10FFFF}', ['\u{10FFFF}']],
  ['given_name', 'equals', 'ZOË', ['ada']],
  ['given_name', 'starts-with', 'zoë', ['ada']],
  ['family_name', 'equals', "o'hara", ['bob']],
  ['family_name', 'starts-with', "O'", ['bob']],
  ['preferred_username', 'equals', 'chief', ['adam']],
  ['preferred_username', 'starts-with', 'CH', ['adam']],
  ['cognito:user_status', 'equals', 'force_change_password', ['bob']],
  ['cognito:user_status', 'starts-with', 'Confirm', confirmed],
  ['status', 'equals', 'Enabled', all.filter((name) => name !== '\uD7FF')],
  ['status', 'equals', 'enabled', []],
  ['status', 'starts-with', 'Dis', ['\uD7FF']],
];

export const search: Suite = async (t, { a, b }) => {
  const { id: poolId } = await madePool(a);
  const users = people.map((person, n) => userOf(poolId, '', { createdAt: start + (n >> 1), ...person }));
  for (const user of users) await a.users.insert(user, [{ key: user.id, kind: 'username' }]);
  const other = await madePool(a);
  await a.users.insert(userOf(other.id, 'ada', { attributes: { email: 'ada@example.org' } }), []);

  for (const [attribute, match, value, found] of cases) {
    const words = `${attribute} ${match} ${JSON.stringify(value.slice(0, 20))}`;
    await t.test(`ListUsers: ${words}`, async () => {
      for (const limit of [1, 2, 60]) {
        const list = await allPages((page) => b.users.list(poolId, { attribute, match, value }, page), limit);
        assert.deepEqual(list.map((user) => user.username).sort(), found.toSorted());
      }
    });
  }

  await t.test('ListUsers: sub', async () => {
    const { id, username } = users[0] ?? assert.fail();
    for (const [match, value, found] of [
      ['equals', id, [username]],
      ['equals', id.toUpperCase(), [username]],
      ['equals', id.slice(0, 30), []],
      ['starts-with', id.slice(0, 30), [username]],
      ['starts-with', id, [username]],
      ['starts-with', '', all],
    ] as const) {
      const list = await allPages(
        (page) => b.users.list(poolId, { attribute: 'sub', match, value }, page),
        2,
      );
      assert.deepEqual(list.map((user) => user.username).sort(), found.toSorted());
    }
  });

  await t.test('ListUsers: filtered by value, else by creation', async () => {
    const byEmail = await b.users.list(
      poolId,
      { attribute: 'email', match: 'starts-with', value: 'a' },
      { limit: 60 },
    );
    assert.deepEqual(
      byEmail.items.map((user) => user.username),
      ['adam', 'Ada', 'ada'],
    );
    for (const limit of [1, 3, 60]) {
      const list = await allPages((page) => b.users.list(poolId, undefined, page), limit);
      assert.deepEqual(
        list.map((user) => user.createdAt - start),
        [0, 0, 1, 1, 2, 2, 3, 3],
      );
      assert.equal(new Set(list.map((user) => user.id)).size, users.length);
    }
  });

  await t.test('ListUsers: a changed user is found by the new values only', async () => {
    const user = users[3] ?? assert.fail();
    await a.users.replace({ ...user, enabled: false, attributes: { family_name: 'Hopper' } });
    const found = async (attribute: SearchAttribute, value: string) =>
      (await b.users.list(poolId, { attribute, match: 'equals', value }, { limit: 9 })).items.length;
    assert.equal(await found('family_name', "o'hara"), 0);
    assert.equal(await found('email', 'bob@x'), 0);
    assert.equal(await found('family_name', 'hopper'), 1);
    assert.equal(await found('status', 'Disabled'), 2);
  });
};
