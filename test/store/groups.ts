import assert from 'node:assert/strict';
import { groupOf, madePool, madeUser, start } from './records.ts';
import { allPages, atOnce, granted, type Suite } from './servers.ts';

export const groups: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);

  await t.test('a group comes back as it was put in, once under its name', async () => {
    const group = groupOf(poolId, 'Admins', { description: 'd', precedence: 0, roleArn: 'arn' });
    assert.equal(granted(await atOnce(servers, (store) => store.groups.insert(group))), 1);
    assert.deepEqual(await b.groups.find(poolId, 'Admins'), group);
    assert.equal(await b.groups.find(poolId, 'admins'), undefined);
  });

  await t.test('of 64 callers who change one version, one does', async () => {
    const group = groupOf(poolId, 'changed');
    await a.groups.insert(group);
    const answers = await atOnce(servers, (store, n) => store.groups.replace({ ...group, precedence: n }));
    assert.equal(granted(answers), 1);
    const changed = { ...group, version: 2, precedence: answers.indexOf(true) };
    assert.deepEqual(await b.groups.find(poolId, 'changed'), changed);
    assert.equal(await a.groups.replace(groupOf(poolId, 'none')), false);
  });

  await t.test('of 64 callers as many make a group as a pool may have', async () => {
    const pool = await madePool(a);
    const insert = (n: number, most?: number) => a.groups.insert(groupOf(pool.id, `g${n}`), most);
    const answers = await atOnce(servers, (store, n) => store.groups.insert(groupOf(pool.id, `g${n}`), 5));
    assert.equal(granted(answers), 5);
    assert.equal((await b.groups.list(pool.id, { limit: 60 })).items.length, 5);
    await b.groups.delete(pool.id, `g${answers.indexOf(true)}`);
    assert.equal(await insert(100, 5), true);
    assert.equal(await insert(101, 5), false);
  });

  await t.test('of 64 callers as many add a user to a group as there may be, members stay', async () => {
    const user = await madeUser(a, poolId, 'member of many');
    for (let n = 0; n < 64; n += 1) await a.groups.insert(groupOf(poolId, `join${n}`));
    const join = (n: number) => b.groups.addMember(poolId, `join${n}`, user.id, start, 5);
    const answers = await atOnce(servers, (store, n) =>
      store.groups.addMember(poolId, `join${n}`, user.id, start, 5),
    );
    assert.equal(granted(answers), 5);
    assert.equal((await a.groups.ofUser(poolId, user.id)).length, 5);
    assert.equal(await join(answers.indexOf(true)), true);
    assert.equal(await join(answers.indexOf(false)), false);
  });

  await t.test('groups are listed by name', async () => {
    const pool = await madePool(a);
    for (const name of ['c', 'B', 'a', 'é', 'A']) await a.groups.insert(groupOf(pool.id, name));
    const found = await allPages((page) => b.groups.list(pool.id, page), 2);
    assert.deepEqual(
      found.map((group) => group.name),
      ['A', 'B', 'a', 'c', 'é'],
    );
  });

  await t.test('the groups of a user come by precedence, none last, then by name', async () => {
    const user = await madeUser(a, poolId, 'ordered');
    const precedences = { none2: undefined, ten: 10, zero: 0, none1: undefined, tenB: 10, two: 2 };
    for (const [name, precedence] of Object.entries(precedences)) {
      await a.groups.insert(groupOf(poolId, name, { precedence }));
      assert.equal(await a.groups.addMember(poolId, name, user.id, start), true);
    }
    const names = async () => (await b.groups.ofUser(poolId, user.id)).map((group) => group.name);
    assert.deepEqual(await names(), ['zero', 'two', 'ten', 'tenB', 'none1', 'none2']);
    await a.groups.replace(groupOf(poolId, 'none1', { precedence: 1 }));
    await a.groups.removeMember(poolId, 'two', user.id);
    await a.groups.removeMember(poolId, 'two', user.id);
    assert.deepEqual(await names(), ['zero', 'none1', 'ten', 'tenB', 'none2']);
  });

  await t.test('members come in the order of joining, each once', async () => {
    await a.groups.insert(groupOf(poolId, 'crew'));
    const crew = [];
    for (const n of [3, 1, 4, 0, 2]) {
      const user = await madeUser(a, poolId, `crew${n}`);
      await a.groups.addMember(poolId, 'crew', user.id, start + n);
      assert.equal(await b.groups.addMember(poolId, 'crew', user.id, start + 9), true);
      crew[n] = user;
    }
    assert.deepEqual(await allPages((page) => b.groups.members(poolId, 'crew', page), 2), crew);
    assert.deepEqual((await a.groups.members(poolId, 'none', { limit: 2 })).items, []);
  });

  await t.test('nobody joins a group that is gone, and no one who is gone joins', async () => {
    const user = await madeUser(a, poolId, 'joins');
    await a.groups.insert(groupOf(poolId, 'short'));
    assert.equal(await a.groups.addMember(poolId, 'none', user.id, start), false);
    assert.equal(await a.groups.addMember(poolId, 'short', 'none', start), false);
    assert.equal(await a.groups.addMember(poolId, 'short', user.id, start), true);
    assert.equal(await b.groups.delete(poolId, 'short'), true);
    assert.equal(await a.groups.delete(poolId, 'short'), false);
    await a.groups.insert(groupOf(poolId, 'short'));
    assert.deepEqual(await a.groups.ofUser(poolId, user.id), []);
    assert.deepEqual((await a.groups.members(poolId, 'short', { limit: 2 })).items, []);
  });

  await t.test(
    'AT-7 who joins while user or group is deleted is in no group of that name afterwards',
    async () => {
      for (let round = 0; round < 5; round++) {
        const name = `race${round}`;
        await a.groups.insert(groupOf(poolId, name));
        const user = await madeUser(a, poolId, name);
        await Promise.all([
          ...Array.from({ length: 8 }, () => a.groups.addMember(poolId, name, user.id, start)),
          round % 2 === 0 ? b.groups.delete(poolId, name) : b.users.delete(poolId, user.id),
          ...Array.from({ length: 8 }, () => b.groups.addMember(poolId, name, user.id, start)),
        ]);
        await a.groups.insert(groupOf(poolId, name));
        await a.users.insert(user, [{ key: name, kind: 'username' }]);
        assert.deepEqual(await a.groups.ofUser(poolId, user.id), []);
      }
    },
  );
};
