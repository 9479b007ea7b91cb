import assert from 'node:assert/strict';
import { clientOf, groupOf, madePool, madeUser, poolOf, signingKeyOf, start, userOf } from './records.ts';
import { allPages, atOnce, granted, type Suite, until } from './servers.ts';

export const pools: Suite = async (t, servers) => {
  const { a, b } = servers;

  await t.test('a pool comes back as it was put in', async () => {
    const pool = poolOf({
      settings: { MfaConfiguration: 'OFF', UserPoolTags: { a: "quote ' \u0000 \u{1f600}" } },
    });
    assert.equal(await a.pools.insert(pool), true);
    assert.deepEqual(await b.pools.find(pool.id), pool);
    assert.deepEqual(await b.pools.recent(pool.id), pool);
    assert.equal(await a.pools.find('none'), undefined);
    assert.equal(await a.pools.recent('none'), undefined);
  });

  await t.test('of 64 callers with one id, one makes the pool', async () => {
    const pool = poolOf();
    assert.equal(granted(await atOnce(servers, (store) => store.pools.insert(pool))), 1);
  });

  await t.test('of 64 callers as many make a pool as an account and region may have', async () => {
    const account = '333333333333';
    const insert = (region: string) =>
      atOnce(servers, (store) => store.pools.insert(poolOf({ account, region }), 5));
    const answers = await Promise.all([insert('us-east-1'), insert('eu-west-1')]);
    assert.deepEqual(answers.map(granted), [5, 5]);
    assert.equal(await b.pools.count('us-east-1', account), 5);
    const { items } = await b.pools.list('us-east-1', account, { limit: 60 });
    assert.equal(items.length, 5);
    await a.pools.delete(items[0]?.id ?? '');
    assert.equal(await b.pools.insert(poolOf({ account }), 5), true);
  });

  await t.test('of 64 callers who change one version, one does', async () => {
    const pool = await madePool(a);
    const answers = await atOnce(servers, (store, n) => store.pools.replace({ ...pool, name: `n${n}` }));
    assert.equal(granted(answers), 1);
    assert.deepEqual(await b.pools.find(pool.id), { ...pool, version: 2, name: `n${answers.indexOf(true)}` });
    assert.equal(await a.pools.replace(poolOf()), false);
  });

  await t.test('a change is seen at once where it was made, and soon elsewhere', async () => {
    const pool = await madePool(a);
    const client = clientOf(pool.id);
    await a.clients.insert(client);
    for (const store of [a, b]) {
      assert.equal((await store.pools.recent(pool.id))?.name, 'pool');
      assert.equal((await store.clients.recent(client.id))?.pool.name, 'pool');
    }
    await a.pools.replace({ ...pool, name: 'new' });
    assert.equal((await a.pools.recent(pool.id))?.name, 'new');
    assert.equal((await a.clients.recent(client.id))?.pool.name, 'new');
    await until(async () => (await b.pools.recent(pool.id))?.name === 'new');
    await until(async () => (await b.clients.recent(client.id))?.pool.name === 'new');
  });

  await t.test('pools are listed by id, for one region and account', async () => {
    const account = '111111111111';
    const ids = ['us_B', 'us_a', 'us_C', 'us_A', 'us_b'];
    for (const id of ids) await a.pools.insert(poolOf({ id, account }));
    await a.pools.insert(poolOf({ account, region: 'eu-west-1' }));
    const found = await allPages((page) => b.pools.list('us-east-1', account, page), 2);
    assert.deepEqual(
      found.map((pool) => pool.id),
      ['us_A', 'us_B', 'us_C', 'us_a', 'us_b'],
    );
    assert.deepEqual(await a.pools.list('us-east-1', '222222222222', { limit: 2 }), {
      items: [],
      next: undefined,
    });
  });

  await t.test('all pools are listed by id, whatever their region and account', async () => {
    const ids = ['every_B', 'every_a', 'every_A'];
    for (const [n, id] of ids.entries())
      await a.pools.insert(poolOf({ id, account: `55555555555${n}`, region: `us-east-${n}` }));
    const found = await allPages((page) => b.pools.all(page), 2);
    const listed = found.map(({ id }) => id);
    assert.deepEqual(
      listed.filter((id) => id.startsWith('every_')),
      ['every_A', 'every_B', 'every_a'],
    );
    assert.equal(new Set(listed).size, listed.length);
  });

  await t.test('a pool that is in a second region is listed in both', async () => {
    const account = '444444444444';
    const pool = poolOf({ id: 'second_B', account });
    await a.pools.insert(pool);
    for (const id of ['second_A', 'second_C'])
      await a.pools.insert(poolOf({ id, account, region: 'eu-west-1' }));
    const replica = { region: 'eu-west-1', status: 'INACTIVE', tags: {} } as const;
    const listed = async (region: string) =>
      (await allPages((page) => b.pools.list(region, account, page), 1)).map(({ id }) => id);
    assert.ok(await a.pools.replace({ ...pool, replicas: [replica] }));
    assert.deepEqual(await listed('eu-west-1'), ['second_A', 'second_B', 'second_C']);
    assert.deepEqual(await listed('us-east-1'), ['second_B']);
    assert.ok(await a.pools.replace({ ...pool, version: 2, replicas: [] }));
    assert.deepEqual(await listed('eu-west-1'), ['second_A', 'second_C']);
  });

  await t.test('users are counted', async () => {
    const pool = await madePool(a);
    assert.equal(await a.pools.countUsers(pool.id), 0);
    const [first] = [await madeUser(a, pool.id, 'ada'), await madeUser(a, pool.id, 'bob')];
    assert.equal(await a.pools.countUsers(pool.id), 2);
    await a.users.delete(pool.id, first.id);
    await a.users.delete(pool.id, first.id);
    assert.equal(await a.pools.countUsers(pool.id), 1);
    assert.equal(await b.pools.countUsers(pool.id), 1);
  });

  await t.test('AT-7 a pool made again under the same id inherits nothing', async () => {
    const pool = await madePool(a);
    const user = await madeUser(a, pool.id, 'ada');
    const client = clientOf(pool.id);
    await a.clients.insert(client);
    await a.groups.insert(groupOf(pool.id, 'admins'));
    await a.groups.addMember(pool.id, 'admins', user.id, start);
    await a.signingKeys.insertFirst(pool.id, [signingKeyOf(pool.id, 'id')]);
    await a.families.revoke(pool.id, 'family', start, start + 1);
    await a.spent.spend(pool.id, 'code', start);
    for (let n = 0; n < 5; n++) await a.attempts.reserve(pool.id, 'ada', start);

    assert.equal(await b.pools.delete(pool.id), true);
    assert.equal(await a.pools.delete(pool.id), false);
    assert.equal(await b.clients.recent(client.id), undefined);
    assert.equal(await a.pools.insert(pool), true);

    assert.equal(await a.users.find(pool.id, user.id), undefined);
    assert.equal(await a.users.findByName(pool.id, 'ada'), undefined);
    assert.equal(await a.clients.find(pool.id, client.id), undefined);
    assert.equal(await a.groups.find(pool.id, 'admins'), undefined);
    assert.deepEqual(await a.groups.ofUser(pool.id, user.id), []);
    assert.deepEqual(await a.signingKeys.list(pool.id), []);
    assert.equal(await a.families.find(pool.id, 'family'), undefined);
    assert.equal(await a.spent.spend(pool.id, 'code', start), true);
    assert.equal(await a.attempts.reserve(pool.id, 'ada', start), true);
    assert.equal(await b.pools.countUsers(pool.id), 0);
    assert.equal(await a.clients.insert(client), true);
    assert.equal(await a.users.insert(user, [{ key: 'ada', kind: 'username' }]), undefined);
    await a.groups.insert(groupOf(pool.id, 'admins'));
    assert.deepEqual(await a.groups.ofUser(pool.id, user.id), []);
  });

  await t.test('what is added while the pool is deleted goes with it, or is refused', async () => {
    const pool = await madePool(a);
    const users = Array.from({ length: 20 }, (_, n) => userOf(pool.id, `u${n}`));
    await Promise.all([
      b.pools.delete(pool.id),
      ...users.map((user) =>
        a.users.insert(user, [{ key: user.username, kind: 'username' }]).catch(() => {}),
      ),
      ...users.map((user) => a.groups.insert(groupOf(pool.id, user.username))),
      ...users.map((user) => a.clients.insert(clientOf(pool.id, { id: `${pool.id}-${user.username}` }))),
    ]);
    await a.pools.insert(pool);
    const page = { limit: 60 };
    assert.deepEqual((await a.users.list(pool.id, undefined, page)).items, []);
    assert.deepEqual((await a.groups.list(pool.id, page)).items, []);
    assert.deepEqual((await a.clients.list(pool.id, page)).items, []);
    for (const user of users) assert.equal(await a.users.findByName(pool.id, user.username), undefined);
  });

  await t.test('AT-7 an id is not free before all that was in its pool is gone', async () => {
    const pool = await madePool(a);
    const users = Array.from({ length: 1100 }, (_, n) => userOf(pool.id, `u${n}`));
    await Promise.all(users.slice(0, 8).map((user) => insertAll(user.id)));
    async function insertAll(first: string) {
      const eighth = users.findIndex((user) => user.id === first);
      for (let n = eighth; n < users.length; n += 8) await a.users.insert(users[n] ?? assert.fail(), []);
    }
    const deletion = b.pools.delete(pool.id);
    while (!(await a.pools.insert(pool))) await new Promise(setImmediate);
    assert.deepEqual((await a.users.list(pool.id, undefined, { limit: 1 })).items, []);
    assert.equal(await deletion, true);
  });

  await t.test('nothing is added to a pool that is gone', async () => {
    const pool = poolOf();
    assert.equal(await a.clients.insert(clientOf(pool.id)), false);
    assert.equal(await a.groups.insert(groupOf(pool.id, 'g')), false);
    assert.equal(await a.signingKeys.insertFirst(pool.id, [signingKeyOf(pool.id, 'id')]), false);
    assert.equal(await a.signingKeys.rotate(pool.id, [signingKeyOf(pool.id, 'id')], start), false);
    await assert.rejects(a.users.insert(userOf(pool.id, 'ada'), []), { code: 'ResourceNotFoundException' });
  });
};

export const clients: Suite = async (t, servers) => {
  const { a, b } = servers;

  await t.test('a client is found in its pool, and by its id alone with its pool', async () => {
    const pool = await madePool(a);
    const client = clientOf(pool.id);
    assert.equal(await a.clients.insert(client), true);
    assert.deepEqual(await b.clients.find(pool.id, client.id), client);
    assert.deepEqual(await b.clients.recent(client.id), { client, pool });
    assert.equal(await b.clients.find('other', client.id), undefined);
    assert.equal(await b.clients.recent('none'), undefined);
  });

  await t.test('an id serves once over all pools, also for 64 at once', async () => {
    const made = await Promise.all([madePool(a), madePool(a)]);
    const answers = await atOnce(servers, (store, n) =>
      store.clients.insert(clientOf(made[n % 2]?.id ?? '', { id: `same-${made[0]?.id}` })),
    );
    assert.equal(granted(answers), 1);
  });

  await t.test('of 64 callers as many make a client as a pool may have', async () => {
    const pool = await madePool(a);
    const answers = await atOnce(servers, (store) => store.clients.insert(clientOf(pool.id), 5));
    assert.equal(granted(answers), 5);
    const { items } = await b.clients.list(pool.id, { limit: 60 });
    assert.equal(items.length, 5);
    await b.clients.delete(pool.id, items[0]?.id ?? '');
    assert.equal(await a.clients.insert(clientOf(pool.id), 5), true);
    const late = clientOf(pool.id);
    assert.equal(await a.clients.insert(late, 5), false);
    // Its id is free: nothing of it is left.
    assert.equal(await a.clients.insert(late), true);
  });

  await t.test('of 64 callers who change one version, one does, and it is seen at once', async () => {
    const pool = await madePool(a);
    const client = clientOf(pool.id);
    await a.clients.insert(client);
    await a.clients.recent(client.id);
    const answers = await atOnce(servers, (store, n) => store.clients.replace({ ...client, name: `n${n}` }));
    assert.equal(granted(answers), 1);
    const changed = { ...client, version: 2, name: `n${answers.indexOf(true)}` };
    assert.deepEqual((await a.clients.recent(client.id))?.client, changed);
    assert.deepEqual((await b.clients.recent(client.id))?.client, changed);
  });

  await t.test('a deleted client is gone, and its id is free', async () => {
    const pool = await madePool(a);
    const client = clientOf(pool.id);
    await a.clients.insert(client);
    await a.clients.recent(client.id);
    assert.equal(await a.clients.delete('other', client.id), false);
    assert.equal(await a.clients.delete(pool.id, client.id), true);
    assert.equal(await a.clients.delete(pool.id, client.id), false);
    assert.equal(await a.clients.recent(client.id), undefined);
    assert.equal(await a.clients.replace(client), false);
    assert.equal(await a.clients.insert(client), true);
  });

  await t.test('clients are listed by id', async () => {
    const [pool, other] = [await madePool(a), await madePool(a)];
    const ids = ['c', 'a', 'e', 'b', 'd'].map((letter) => `${letter}-${pool.id}`);
    for (const id of ids) await a.clients.insert(clientOf(pool.id, { id }));
    await a.clients.insert(clientOf(other.id));
    const found = await allPages((page) => b.clients.list(pool.id, page), 2);
    assert.deepEqual(
      found.map((client) => client.id),
      ids.sort(),
    );
  });
};
