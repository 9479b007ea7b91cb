import assert from 'node:assert/strict';
import type { Resource } from '../../src/store/resources.ts';
import { madePool, madeUser, start, userOf } from './records.ts';
import { atOnce, granted, type Suite } from './servers.ts';

/** What imports of users need of storage: pieces of files, and many users at once. */
export const imports: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);
  const piece = (owner: string, number: number, body: string, expiresAt = start) => ({
    poolId,
    owner,
    number,
    body,
    expiresAt,
  });

  await t.test('pieces come back by their numbers, the last of each, until they are removed', async () => {
    for (const number of [2, 0, 1])
      assert.equal(await a.pieces.put(piece('file', number, `p${number}`)), true);
    await b.pieces.put(piece('file', 1, 'again'));
    await a.pieces.put(piece('other', 0, 'kept'));
    const found = [0, 1, 2, 3].map((number) => b.pieces.find(poolId, 'file', number));
    assert.deepEqual(await Promise.all(found), ['p0', 'again', 'p2', undefined]);
    await b.pieces.delete(poolId, 'file');
    assert.equal(await a.pieces.find(poolId, 'file', 0), undefined);
    assert.equal(await a.pieces.find(poolId, 'other', 0), 'kept');
  });

  await t.test('pieces expire, and go with their pool', async () => {
    for (let number = 0; number < 25; number += 1)
      await a.pieces.put(piece('old', number, 'x', start + number));
    await b.purge(start + 24);
    assert.equal(await a.pieces.find(poolId, 'old', 23), undefined);
    assert.equal(await a.pieces.find(poolId, 'old', 24), 'x');
    const pool = await madePool(a);
    for (let number = 0; number < 25; number += 1)
      await a.pieces.put({ ...piece('file', number, 'x'), poolId: pool.id });
    await b.pools.delete(pool.id);
    assert.equal(await a.pieces.put({ ...piece('file', 0, 'x'), poolId: pool.id }), false);
    await a.pools.insert(pool);
    assert.equal(await a.pieces.find(pool.id, 'file', 24), undefined);
  });

  await t.test('of many users at once each is added or not by itself', async () => {
    const pool = await madePool(a);
    const name = (key: string) => ({ key, kind: 'username' }) as const;
    const there = await madeUser(a, pool.id, 'taken');
    const [one, two, three, four] = ['one', 'two', 'three', 'four'].map((it) => userOf(pool.id, it));
    assert.ok(one && two && three && four);
    const answers = await b.users.insertAll([
      { user: one, names: [name('one')] },
      { user: two, names: [name('aaa'), name('taken')] },
      { user: three, names: [name('three'), name('aaa')] },
      { user: { ...four, id: there.id }, names: [name('four')] },
      { user: four, names: [name('four')] },
    ]);
    assert.deepEqual(answers, [
      undefined,
      { taken: name('taken') },
      undefined,
      { taken: { key: there.id, kind: 'username' } },
      undefined,
    ]);
    assert.equal(await a.users.find(pool.id, two.id), undefined);
    assert.equal((await a.users.findByName(pool.id, 'aaa'))?.id, three.id);
    assert.equal((await a.users.findByName(pool.id, 'four'))?.id, four.id);
    assert.deepEqual(await a.users.find(pool.id, there.id), there);
    assert.equal(await b.pools.countUsers(pool.id), 4);
    assert.deepEqual(await a.users.insertAll([]), []);
  });

  await t.test('of 64 callers who add the same users, one adds each', async () => {
    const pool = await madePool(a);
    const names = ['x', 'y', 'z'];
    const answers = await atOnce(servers, (store, n) =>
      store.users.insertAll(
        (n % 2 === 0 ? names : names.toReversed()).map((it) => ({
          user: userOf(pool.id, it),
          names: [{ key: it, kind: 'username' } as const],
        })),
      ),
    );
    const added = answers.flatMap((answer) => answer?.map((refusal) => refusal === undefined) ?? []);
    assert.equal(granted(added), 3);
    assert.equal((await a.users.list(pool.id, undefined, { limit: 60 })).items.length, 3);
  });

  await t.test('users, their job and what is told of them come together or not at all', async () => {
    const pool = await madePool(a);
    const job: Resource<'resource-server'> = {
      poolId: pool.id,
      kind: 'resource-server',
      id: 'job',
      version: 1,
      createdAt: start,
      modifiedAt: start,
      body: { name: 'job', scopes: [] },
    };
    await a.resources.insert(job);
    const answers = await atOnce(servers, (store, n) =>
      store.users.insertAll(
        [{ user: userOf(pool.id, `u${n}`), names: [{ key: `u${n}`, kind: 'username' }] }],
        (refusals) => ({
          resource: { ...job, body: { ...job.body, name: `u${n} ${refusals.length}` } },
          piece: { ...piece('job', 0, `u${n}`), poolId: pool.id },
        }),
      ),
    );
    assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
    const winner = `u${answers.findIndex((answer) => answer !== undefined)}`;
    const { items } = await b.users.list(pool.id, undefined, { limit: 60 });
    assert.deepEqual(
      items.map(({ username }) => username),
      [winner],
    );
    assert.equal((await b.resources.find(pool.id, 'resource-server', 'job'))?.body.name, `${winner} 1`);
    assert.equal(await b.pieces.find(pool.id, 'job', 0), winner);
    for (const store of [a, b]) assert.equal(await store.pools.countUsers(pool.id), 1);
  });

  await t.test('resources with a name that is unique everywhere are found over all pools', async () => {
    const pool = await madePool(a);
    const domain = (id: string) => ({
      poolId: pool.id,
      kind: 'domain' as const,
      id,
      version: 1,
      createdAt: start,
      modifiedAt: start,
      body: { domain: id, managedLoginVersion: 1 },
    });
    await a.resources.insert(domain('b'), { names: [`b-${pool.id}`], everywhere: true });
    await a.resources.insert(domain('a'), { names: [`a-${pool.id}`], everywhere: true });
    await a.resources.insert(domain('c'), { names: [`c-${pool.id}`] });
    const found = (await b.resources.named('domain')).filter((it) => it.poolId === pool.id);
    assert.deepEqual(found, [domain('a'), domain('b')]);
  });
};
