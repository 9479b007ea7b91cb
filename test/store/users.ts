import assert from 'node:assert/strict';
import type { Name } from '../../src/store/users.ts';
import { groupOf, incompressible, madePool, madeUser, start, userOf } from './records.ts';
import { atOnce, type Suite } from './servers.ts';

const email = (key: string): Name => ({ key, kind: 'email' });
const username = (key: string): Name => ({ key, kind: 'username' });

export const users: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);

  await t.test(
    'a user is found by sub, by user name and by alias, and comes back as it was put in',
    async () => {
      const ada = userOf(poolId, 'Ada', { attributes: { email: 'Ada@x.org', 'custom:n': '\u0000 😀 \' "' } });
      assert.equal(await a.users.insert(ada, [username('ada'), email('ada@x.org')]), undefined);
      for (const key of [ada.id, 'ada', 'ada@x.org']) {
        assert.deepEqual(await b.users.findByName(poolId, key), ada);
      }
      assert.deepEqual(await b.users.find(poolId, ada.id), ada);
      assert.equal(await b.users.find(poolId, 'ada'), undefined);
      assert.equal(await b.users.findByName(poolId, 'Ada'), undefined);
      assert.equal(await b.users.findByName('other', ada.id), undefined);
    },
  );

  await t.test('a name may be as long as an alias, in characters that no one compresses', async () => {
    for (const [n, characters] of [682, 683, 2047].entries()) {
      const key = `${n}${incompressible(characters)}`;
      const preferred: Name = { key, kind: 'preferred_username' };
      const user = userOf(poolId, `long${n}`);
      assert.equal(await a.users.insert(user, [username(`long${n}`), preferred]), undefined);
      const other = await madeUser(a, poolId, `other${n}`);
      assert.deepEqual(await b.users.replace(other, { claim: [preferred] }), { taken: preferred });
      assert.deepEqual(await b.users.findByName(poolId, key), user);
      assert.equal(await b.users.findByName(poolId, key.slice(0, -1)), undefined);
      assert.equal(await a.users.replace(user, { release: [key] }), 'replaced');
      assert.equal(await b.users.findByName(poolId, key), undefined);
      const taking = { claim: [email(key)], takeOver: true };
      assert.equal(await b.users.replace(other, taking), 'replaced');
      assert.equal(await a.users.replace({ ...user, version: 2 }, taking), 'replaced');
      assert.equal((await b.users.findByName(poolId, key))?.id, user.id);
    }
  });

  await t.test('AT-9 of 64 callers with one name, one gets it; the others hear which is taken', async () => {
    const answers = await atOnce(servers, (store, n) =>
      store.users.insert(userOf(poolId, `many${n}`), [username(`many${n}`), email('many@x.org')]),
    );
    const winners = answers.filter((answer) => answer === undefined);
    assert.equal(winners.length, 1);
    for (const answer of answers) assert.deepEqual(answer?.taken, answer && email('many@x.org'));
    const holder = await b.users.findByName(poolId, 'many@x.org');
    assert.equal(holder?.username, `many${answers.indexOf(undefined)}`);
    for (let n = 0; n < 64; n++) {
      const found = await a.users.findByName(poolId, `many${n}`);
      assert.equal(found?.id, answers[n] === undefined ? holder.id : undefined);
    }
  });

  await t.test('names are unique over all kinds, and over the subs', async () => {
    const first = await madeUser(a, poolId, 'kinds');
    assert.deepEqual(await a.users.insert(userOf(poolId, 'x'), [email('kinds')]), { taken: email('kinds') });
    const bySub = await a.users.insert(userOf(poolId, 'x'), [username(first.id)]);
    assert.deepEqual(bySub, { taken: username(first.id) });
    const again = await a.users.insert(userOf(poolId, 'x', { id: first.id }), [username('x')]);
    assert.deepEqual(again, { taken: username(first.id) });
    assert.equal(await a.users.findByName(poolId, 'x'), undefined);
    const named = userOf(poolId, 'y');
    assert.equal(await a.users.insert(named, [username(named.id)]), undefined);
  });

  await t.test(
    'of several names that are taken the first one given is told, whatever their order',
    async () => {
      const names = [username('zoe'), email('a@zoe.org')];
      assert.equal(await a.users.insert(userOf(poolId, 'zoe'), names), undefined);
      for (const again of [names, names.toReversed()])
        assert.deepEqual(await b.users.insert(userOf(poolId, 'zoe'), again), { taken: again[0] });
      const refusals = await b.users.insertAll([{ user: userOf(poolId, 'zoe'), names }]);
      assert.deepEqual(refusals, [{ taken: names[0] }]);
      assert.equal((await a.users.findByName(poolId, 'a@zoe.org'))?.username, 'zoe');
    },
  );

  await t.test('of 64 callers who change one version, one does', async () => {
    const user = await madeUser(a, poolId, 'changed');
    const answers = await atOnce(servers, (store, n) =>
      store.users.replace({ ...user, attributes: { name: `n${n}` } }),
    );
    assert.equal(answers.filter((answer) => answer === 'replaced').length, 1);
    assert.equal(answers.filter((answer) => answer === 'changed').length, 63);
    const name = `n${answers.indexOf('replaced')}`;
    assert.deepEqual(await b.users.find(poolId, user.id), { ...user, version: 2, attributes: { name } });
    assert.equal(await a.users.replace(userOf(poolId, 'nobody')), 'changed');
  });

  await t.test('names are claimed and released with the change, or nothing is written', async () => {
    const one = await madeUser(a, poolId, 'claims-1');
    const two = await madeUser(a, poolId, 'claims-2');
    assert.equal(await a.users.replace(one, { claim: [email('c@x.org')] }), 'replaced');
    assert.deepEqual(
      await b.users.replace({ ...two, enabled: false }, { claim: [email('free@x.org'), email('c@x.org')] }),
      { taken: email('c@x.org') },
    );
    assert.deepEqual(await a.users.find(poolId, two.id), two);
    assert.equal(await a.users.findByName(poolId, 'free@x.org'), undefined);

    assert.equal(await b.users.replace(one, { release: ['c@x.org'] }), 'changed');
    assert.equal((await a.users.findByName(poolId, 'c@x.org'))?.id, one.id);
    const moved = { claim: [email('d@x.org')], release: ['c@x.org', 'claims-2'] };
    assert.equal(await b.users.replace({ ...one, version: 2 }, moved), 'replaced');
    assert.equal(await a.users.findByName(poolId, 'c@x.org'), undefined);
    assert.equal((await a.users.findByName(poolId, 'd@x.org'))?.id, one.id);
    assert.equal((await a.users.findByName(poolId, 'claims-2'))?.id, two.id);
  });

  await t.test('an alias spelt like the user name leaves the user name when it goes', async () => {
    const user = userOf(poolId, 'Same');
    const preferred: Name = { key: 'same', kind: 'preferred_username' };
    assert.equal(await a.users.insert(user, [username('same'), preferred]), undefined);
    assert.equal(await a.users.replace(user, { release: ['same'] }), 'replaced');
    assert.equal((await a.users.findByName(poolId, 'same'))?.id, user.id);
  });

  await t.test('an address that is taken over moves, and is no longer verified where it was', async () => {
    const attributes = { email: 't@x.org', email_verified: 'true', name: 'One' };
    const one = userOf(poolId, 'takes-1', { attributes });
    await a.users.insert(one, [username('takes-1'), email('t@x.org')]);
    const two = await madeUser(a, poolId, 'takes-2', { modifiedAt: start + 5 });

    assert.equal(await b.users.replace(two, { claim: [email('t@x.org')], takeOver: true }), 'replaced');
    assert.equal((await a.users.findByName(poolId, 't@x.org'))?.id, two.id);
    const expected = { ...attributes, email_verified: 'false' };
    assert.deepEqual(await a.users.find(poolId, one.id), {
      ...one,
      version: 2,
      modifiedAt: start + 5,
      attributes: expected,
    });
    assert.equal(await a.users.replace(one), 'changed');
    const three = await madeUser(a, poolId, 'takes-3');
    assert.equal(await a.users.replace(three, { claim: [email('new@x.org')], takeOver: true }), 'replaced');
    assert.equal((await a.users.findByName(poolId, 'new@x.org'))?.id, three.id);
  });

  await t.test('of 64 who come with one address and take it over, one keeps it', async () => {
    const attributes = { email: 'new-turn@x.org', email_verified: 'true' };
    const answers = await atOnce(servers, (store, n) => {
      const user = userOf(poolId, `new-turn${n}`, { attributes });
      const names = [username(user.username), email('new-turn@x.org')];
      return store.users.insert(user, names, { takeOver: true });
    });
    assert.deepEqual(new Set(answers), new Set([undefined]));
    const holder = await b.users.findByName(poolId, 'new-turn@x.org');
    for (let n = 0; n < 64; n += 1) {
      const user = await a.users.findByName(poolId, `new-turn${n}`);
      assert.equal(user?.attributes['email_verified'], String(user?.id === holder?.id));
    }
  });

  await t.test('who comes with a user name that is taken takes nothing over', async () => {
    const one = userOf(poolId, 'first-1', { attributes: { email: 'f@x.org', email_verified: 'true' } });
    await a.users.insert(one, [username('first-1'), email('f@x.org')]);
    const two = userOf(poolId, 'first-2');
    const names = [username('first-1'), email('f@x.org')];
    assert.deepEqual(await b.users.insert(two, names, { takeOver: true }), { taken: username('first-1') });
    assert.deepEqual(await a.users.findByName(poolId, 'f@x.org'), one);
    assert.equal(await a.users.find(poolId, two.id), undefined);
  });

  await t.test('a user name is never taken over', async () => {
    await madeUser(a, poolId, 'stays');
    const thief = await madeUser(a, poolId, 'thief');
    for (const name of [email('stays'), username('stays')]) {
      assert.deepEqual(await a.users.replace(thief, { claim: [name], takeOver: true }), { taken: name });
    }
    assert.equal((await a.users.findByName(poolId, 'stays'))?.username, 'stays');
  });

  await t.test('of 64 who take one address over, each has it in turn and one keeps it', async () => {
    const all = await atOnce(servers, (store, n) =>
      madeUser(store, poolId, `turn${n}`, { attributes: { email_verified: 'true' } }),
    );
    const answers = await atOnce(servers, (store, n) => {
      const user = all[n] ?? assert.fail();
      return store.users.replace(user, { claim: [email('turn@x.org')], takeOver: true });
    });
    const holder = await b.users.findByName(poolId, 'turn@x.org');
    assert.equal(answers[all.findIndex(({ id }) => id === holder?.id)], 'replaced');
    for (const [n, user] of all.entries()) {
      const now = await a.users.find(poolId, user.id);
      const had = answers[n] === 'replaced' && user.id !== holder?.id;
      assert.equal(now?.attributes['email_verified'], had ? 'false' : 'true');
    }
  });

  await t.test('two who take over from each other at once both come to an end', async () => {
    for (let round = 0; round < 10; round++) {
      const [one, two] = await Promise.all(
        ['p', 'q'].map(async (letter) => {
          const user = userOf(poolId, `${letter}${round}`);
          await a.users.insert(user, [username(user.username), email(`${letter}${round}@x.org`)]);
          return user;
        }),
      );
      assert.ok(one && two);
      const answers = await Promise.all([
        a.users.replace(one, { claim: [email(`q${round}@x.org`)], takeOver: true }),
        b.users.replace(two, { claim: [email(`p${round}@x.org`)], takeOver: true }),
      ]);
      assert.ok(answers.includes('replaced'));
    }
  });

  await t.test('AT-7 a deleted user leaves no name and no membership behind', async () => {
    const user = userOf(poolId, 'gone');
    await a.users.insert(user, [username('gone'), email('gone@x.org')]);
    await a.groups.insert(groupOf(poolId, 'gone'));
    await a.groups.addMember(poolId, 'gone', user.id, start);
    assert.equal(await b.users.delete(poolId, user.id), true);
    assert.equal(await a.users.delete(poolId, user.id), false);
    assert.equal(await a.users.replace(user), 'changed');
    for (const key of [user.id, 'gone', 'gone@x.org']) {
      assert.equal(await a.users.findByName(poolId, key), undefined);
    }
    assert.equal(await a.users.insert(user, [username('gone'), email('gone@x.org')]), undefined);
    assert.deepEqual(await a.groups.ofUser(poolId, user.id), []);
  });

  await t.test('a user comes with how a family of tokens stands', async () => {
    const user = await madeUser(a, poolId, 'family');
    const found = async (family: string) => b.users.findWithFamily(poolId, user.id, family);
    assert.deepEqual(await found('f1'), { user, revoked: false, generation: 0 });
    await a.families.rotate(poolId, 'f1', 0, { now: start, grace: 0, expiresAt: start + 1000 });
    assert.deepEqual(await found('f1'), { user, revoked: false, generation: 1 });
    await a.families.revoke(poolId, 'f1', start, start + 1000);
    assert.deepEqual(await found('f1'), { user, revoked: true, generation: 1 });
    assert.deepEqual(await found('f2'), { user, revoked: false, generation: 0 });
    assert.equal(await b.users.findWithFamily(poolId, 'none', 'f1'), undefined);
  });

  await t.test('a user comes with the family and the groups, by precedence', async () => {
    const user = await madeUser(a, poolId, 'refresher');
    const found = async (family: string) => b.users.findForRefresh(poolId, user.id, family);
    assert.deepEqual(await found('r1'), { user, revoked: false, generation: 0, groups: [] });
    const groups = [
      { ...groupOf(poolId, 'second'), precedence: 1 },
      { ...groupOf(poolId, 'first'), precedence: 0 },
      groupOf(poolId, 'without b'),
      groupOf(poolId, 'without a'),
      groupOf(poolId, 'of others'),
    ];
    for (const group of groups) await a.groups.insert(group);
    for (const { name } of groups.slice(0, -1)) await a.groups.addMember(poolId, name, user.id, start);
    await a.families.revoke(poolId, 'r1', start, start + 1000);
    const standing = await found('r1');
    assert.deepEqual({ ...standing, groups: [] }, { user, revoked: true, generation: 0, groups: [] });
    const names = ['first', 'second', 'without a', 'without b'];
    assert.deepEqual(
      standing?.groups.map(({ name }) => name),
      names,
    );
    assert.deepEqual(standing?.groups, await b.groups.ofUser(poolId, user.id));
    assert.equal(await b.users.findForRefresh(poolId, 'none', 'r1'), undefined);
  });
};
