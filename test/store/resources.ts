import assert from 'node:assert/strict';
import type { Resource } from '../../src/store/resources.ts';
import { clientOf, madePool, start } from './records.ts';
import { allPages, atOnce, type Suite } from './servers.ts';

type Server = Resource<'resource-server'>;

const serverOf = (poolId: string, id: string, more: Partial<Server> = {}): Server => ({
  poolId,
  kind: 'resource-server',
  id,
  version: 1,
  createdAt: start,
  modifiedAt: start,
  body: { name: id, scopes: [{ ScopeName: 'read', ScopeDescription: 'all' }] },
  ...more,
});

const count = <T>(answers: readonly T[], answer: T) => answers.filter((it) => it === answer).length;

export const resources: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);
  const kind = 'resource-server';

  await t.test('a resource comes back as it was put in, once under its id', async () => {
    const server = serverOf(poolId, 'https://api.example.com');
    const answers = await atOnce(servers, (store) => store.resources.insert(server));
    assert.deepEqual([count(answers, 'inserted'), count(answers, 'exists')], [1, 63]);
    assert.deepEqual(await b.resources.find(poolId, kind, server.id), server);
    assert.equal(await b.resources.find(poolId, kind, 'HTTPS://api.example.com'), undefined);
    assert.equal(await b.resources.find((await madePool(a)).id, kind, server.id), undefined);
  });

  await t.test('of 64 callers who change one version, one does', async () => {
    const server = serverOf(poolId, 'changed');
    await a.resources.insert(server);
    const change = (n: number) => ({ ...server, body: { ...server.body, name: `n${n}` } });
    const answers = await atOnce(servers, (store, n) => store.resources.replace(change(n)));
    assert.deepEqual([count(answers, 'replaced'), count(answers, 'changed')], [1, 63]);
    const changed = { ...change(answers.indexOf('replaced')), version: 2 };
    assert.deepEqual(await b.resources.find(poolId, kind, 'changed'), changed);
    assert.equal(await a.resources.replace(serverOf(poolId, 'none')), 'changed');
  });

  await t.test('a resource and the pool that tells of it are written both or neither', async () => {
    const pool = await madePool(a);
    const named = (name: string) => ({ ...pool, name });
    const answers = await atOnce(servers, (store, n) =>
      store.resources.insert(serverOf(pool.id, `told${n}`), { names: [], pool: named(`told${n}`) }),
    );
    assert.deepEqual([count(answers, 'inserted'), count(answers, 'changed')], [1, 63]);
    const id = `told${answers.indexOf('inserted')}`;
    const { items } = await b.resources.list(pool.id, kind, { limit: 60 });
    assert.deepEqual(
      items.map((item) => item.id),
      [id],
    );
    const told = { ...named(id), version: 2 };
    assert.deepEqual(await b.pools.find(pool.id), told);
    await a.pools.recent(pool.id);
    const again = await a.resources.insert(serverOf(pool.id, id), { names: [], pool: told });
    assert.equal(again, 'exists');
    assert.equal(await b.resources.delete(pool.id, kind, id, { pool }), false);
    assert.deepEqual(await b.pools.find(pool.id), told);
    assert.equal(await a.resources.delete(pool.id, kind, id, { pool: { ...told, name: 'none' } }), true);
    const none = { ...pool, name: 'none', version: 3 };
    assert.deepEqual(await a.pools.recent(pool.id), none);
    assert.equal(await b.resources.find(pool.id, kind, id), undefined);
    assert.equal(await a.resources.delete(pool.id, kind, id), false);
    assert.equal(await a.resources.delete(pool.id, kind, id, { pool: none }), true);
    assert.deepEqual(await a.pools.recent(pool.id), { ...none, version: 4 });
  });

  await t.test('a name is one resource’s at a time, and free with the resource', async () => {
    const answers = await atOnce(servers, (store, n) =>
      store.resources.insert(serverOf(poolId, `named${n}`), { names: [`own${n}`, 'shared'] }),
    );
    assert.deepEqual([count(answers, 'inserted'), count(answers, 'name taken')], [1, 63]);
    const winner = `named${answers.indexOf('inserted')}`;
    assert.equal((await b.resources.findByName(poolId, kind, 'shared'))?.id, winner);
    const loser = answers.indexOf('name taken');
    assert.equal(await b.resources.find(poolId, kind, `named${loser}`), undefined);
    assert.equal(await b.resources.findByName(poolId, kind, `own${loser}`), undefined);
    assert.equal(await a.resources.delete(poolId, kind, winner), true);
    assert.equal(await a.resources.delete(poolId, kind, winner), false);
    assert.equal(await b.resources.findByName(poolId, kind, 'shared'), undefined);
    assert.equal(await b.resources.insert(serverOf(poolId, 'next'), { names: ['shared'] }), 'inserted');
  });

  await t.test('a change brings other names, or keeps those it has', async () => {
    const [one, two] = [serverOf(poolId, 'one'), serverOf(poolId, 'two')];
    await a.resources.insert(one, { names: ['x', 'y'] });
    await a.resources.insert(two, { names: ['z'] });
    assert.equal(await b.resources.replace(one), 'replaced');
    assert.equal((await a.resources.findByName(poolId, kind, 'x'))?.version, 2);
    assert.equal(await b.resources.replace({ ...one, version: 2 }, { names: ['y', 'z'] }), 'name taken');
    assert.equal((await a.resources.findByName(poolId, kind, 'x'))?.version, 2);
    assert.equal(await b.resources.replace({ ...one, version: 2 }, { names: ['y'] }), 'replaced');
    assert.equal(await a.resources.findByName(poolId, kind, 'x'), undefined);
    assert.equal((await a.resources.findByName(poolId, kind, 'y'))?.id, 'one');
  });

  await t.test('a change is written with the pool along with it, or neither is', async () => {
    const pool = await madePool(a);
    const server = serverOf(pool.id, 'along');
    await a.resources.insert(server);
    await a.resources.insert(serverOf(pool.id, 'named'), { names: ['taken'] });
    const replace = (version: number, poolVersion: number, names: readonly string[] = []) =>
      b.resources.replace({ ...server, version }, { names, pool: { ...pool, version: poolVersion } });
    assert.equal(await replace(1, 2), 'changed');
    assert.equal(await replace(2, 1), 'changed');
    assert.equal(await replace(1, 1, ['taken']), 'name taken');
    assert.equal((await a.resources.find(pool.id, kind, 'along'))?.version, 1);
    assert.equal((await a.pools.find(pool.id))?.version, 1);
    assert.equal(await replace(1, 1, ['free']), 'replaced');
    assert.equal((await a.resources.findByName(pool.id, kind, 'free'))?.version, 2);
    assert.equal((await a.pools.find(pool.id))?.version, 2);
  });

  await t.test('a name may be unique in one pool or everywhere', async () => {
    const other = await madePool(a);
    const insert = (pool: string, everywhere: boolean) =>
      b.resources.insert(serverOf(pool, `unique-${everywhere}`), { names: ['unique'], everywhere });
    assert.equal(await insert(poolId, false), 'inserted');
    assert.equal(await insert(other.id, false), 'inserted');
    assert.equal(await insert(poolId, true), 'inserted');
    assert.equal(await insert(other.id, true), 'name taken');
    assert.equal((await a.resources.findByName(undefined, kind, 'unique'))?.poolId, poolId);
    assert.equal((await a.resources.findByName(other.id, kind, 'unique'))?.poolId, other.id);
    await a.pools.delete(poolId);
    assert.equal(await a.resources.findByName(undefined, kind, 'unique'), undefined);
    assert.equal(await insert(other.id, true), 'inserted');
  });

  await t.test('of many who come at once as many get in as may', async () => {
    const pool = await madePool(a);
    const answers = await atOnce(servers, (store, n) =>
      store.resources.insert(serverOf(pool.id, `r${n}`), { names: [], most: 5 }),
    );
    assert.deepEqual([count(answers, 'inserted'), count(answers, 'full')], [5, 59]);
    assert.equal((await b.resources.list(pool.id, kind, { limit: 60 })).items.length, 5);
  });

  await t.test('of many who come at once as many get in as an account and region may have', async () => {
    const place = { region: 'us-east-1', account: '444444444444' };
    const pools = await Promise.all(Array.from({ length: 64 }, () => madePool(a, place)));
    const body = { domain: 'd', managedLoginVersion: 1 };
    const insert = (store: typeof a, pool: string, id: string, names: readonly string[] = []) => {
      const domain = {
        poolId: pool,
        kind: 'domain',
        id,
        version: 1,
        createdAt: start,
        modifiedAt: start,
      } as const;
      return store.resources.insert({ ...domain, body }, { names, mostInPlace: { ...place, most: 4 } });
    };
    const answers = await atOnce(servers, (store, n) => insert(store, pools[n]?.id ?? '', 'custom'));
    assert.deepEqual([count(answers, 'inserted'), count(answers, 'full')], [4, 60]);
    // Of another id, and another account.
    assert.equal(await insert(a, pools[0]?.id ?? '', 'prefix'), 'inserted');
    const other = await madePool(a, { account: '555555555555' });
    const free = { region: 'us-east-1', account: '555555555555', most: 1 };
    const domain = { poolId: other.id, kind: 'domain', id: 'custom', version: 1 } as const;
    const inserted = { ...domain, createdAt: start, modifiedAt: start, body };
    assert.equal(await b.resources.insert(inserted, { names: [], mostInPlace: free }), 'inserted');
  });

  await t.test('resources are listed by id', async () => {
    const pool = await madePool(a);
    for (const id of ['c', 'B', 'a', 'é', 'A']) await a.resources.insert(serverOf(pool.id, id));
    const found = await allPages((page) => b.resources.list(pool.id, kind, page), 2);
    assert.deepEqual(
      found.map(({ id }) => id),
      ['A', 'B', 'a', 'c', 'é'],
    );
  });

  await t.test('what belongs to an account in a region needs no pool', async () => {
    const limit = { kind: 'provisioned-limit', id: 'UserRead', version: 1, createdAt: start } as const;
    const place = '123456789012/us-east-1';
    const resource = { ...limit, poolId: place, modifiedAt: start, body: { value: 200 } };
    const answers = await atOnce(servers, (store) => store.resources.insert(resource));
    assert.equal(count(answers, 'inserted'), 1);
    assert.deepEqual(await b.resources.find(place, 'provisioned-limit', 'UserRead'), resource);
    assert.equal(
      await a.resources.find('123456789012/eu-west-1', 'provisioned-limit', 'UserRead'),
      undefined,
    );
  });

  await t.test(
    'AT-7 nothing outlives its pool or its client, and nothing is added to one that is gone',
    async () => {
      const pool = await madePool(a);
      const client = clientOf(pool.id);
      const ofClient = serverOf(pool.id, 'c', { clientId: client.id });
      assert.equal(await a.resources.insert(ofClient), 'gone');
      await a.clients.insert(client);
      assert.equal(await a.resources.insert(ofClient, { names: ['c'] }), 'inserted');
      assert.equal(await a.resources.insert(serverOf(pool.id, 'p'), { names: ['p'] }), 'inserted');
      await b.clients.delete(pool.id, client.id);
      assert.equal(await a.resources.find(pool.id, kind, 'c'), undefined);
      assert.equal(await a.resources.findByName(pool.id, kind, 'c'), undefined);
      assert.equal((await a.resources.findByName(pool.id, kind, 'p'))?.id, 'p');

      await Promise.all([
        b.pools.delete(pool.id),
        ...Array.from({ length: 20 }, (_, n) => a.resources.insert(serverOf(pool.id, `x${n}`))),
      ]);
      assert.equal(await a.resources.insert(serverOf(pool.id, 'late')), 'gone');
      await a.pools.insert(pool);
      assert.deepEqual((await a.resources.list(pool.id, kind, { limit: 60 })).items, []);
      assert.equal(await a.resources.findByName(pool.id, kind, 'p'), undefined);
    },
  );
};
