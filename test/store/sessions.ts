import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { UserSession } from '../../src/store/sessions.ts';
import type { Store } from '../../src/store/store.ts';
import type { User } from '../../src/store/users.ts';
import { clientOf, madePool, madeUser, start } from './records.ts';
import { allPages, atOnce, granted, type Suite } from './servers.ts';

const end = start + 100_000;

const sessionOf = (user: User, clientId: string, id: string, more: Partial<UserSession> = {}) => ({
  poolId: user.poolId,
  userId: user.id,
  id,
  type: 'TOKEN' as const,
  clientId,
  family: `family-${id}`,
  startedAt: start,
  activeAt: start,
  expiresAt: end,
  keptUntil: end + 10,
  device: 'unknown',
  ip: '192.0.2.1',
  ...more,
});

const limit = (most: number, now = start) => ({ most, now, signedOutAt: undefined });

const listed = (store: Store, { poolId, id }: User, now = start, signedOutAt?: number) =>
  allPages((page) => store.sessions.list(poolId, id, { now, signedOutAt }, page), 2);

const idsOf = (sessions: readonly UserSession[]) => sessions.map(({ id }) => id);

export const sessions: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);
  const client = clientOf(poolId);
  await a.clients.insert(client);
  const someone = () => madeUser(a, poolId, randomUUID());
  const isRevoked = async (family: string) =>
    (await b.families.find(poolId, family))?.revokedAt !== undefined;

  await t.test('a session comes back as it was put in, and as it was used last', async () => {
    const ada = await someone();
    const more = { family: 'whole', originId: 'sso', activeAt: start + 1 };
    const session = { ...sessionOf(ada, client.id, 'whole'), ...more };
    assert.equal(await a.sessions.begin(session, limit(3)), true);
    assert.deepEqual(await listed(b, ada), [session]);
    assert.deepEqual(await b.sessions.find(poolId, ada.id, 'whole'), session);
    assert.equal(await b.sessions.find(poolId, 'other', 'whole'), undefined);
    const used = { activeAt: start + 9, device: 'Chrome 125 / macOS 15.0', ip: '2001:db8::1' };
    await b.sessions.touch(session, used);
    assert.deepEqual(await listed(a, ada), [{ ...session, ...used }]);
    await a.sessions.touch(session, { ...used, activeAt: start + 5 });
    assert.equal((await listed(b, ada))[0]?.activeAt, start + 9, 'a clock that is behind');
    await a.sessions.touch({ ...session, family: 'none' }, used);
    assert.equal((await listed(b, ada)).length, 1);
  });

  await t.test('the least recently used sessions make room for a new one, and their tokens end', async () => {
    const eve = await someone();
    for (const id of ['e1', 'e2', 'e3']) {
      const activeAt = start + Number(id[1]);
      assert.equal(await a.sessions.begin(sessionOf(eve, client.id, id, { activeAt }), limit(3)), true);
    }
    const first = { poolId, userId: eve.id, family: 'family-e1' };
    await a.sessions.touch(first, { activeAt: start + 8, device: 'd', ip: 'i' });
    await b.sessions.begin(sessionOf(eve, client.id, 'e4'), limit(3));
    assert.deepEqual(idsOf(await listed(a, eve)), ['e1', 'e3', 'e4']);
    assert.deepEqual([await isRevoked('family-e2'), await isRevoked('family-e1')], [true, false]);
    await a.sessions.begin(sessionOf(eve, client.id, 'e5'), limit(1));
    assert.deepEqual(idsOf(await listed(a, eve)), ['e5'], 'a lower limit');
  });

  await t.test('of 64 that begin at once as many stay as may be, and the others have ended', async () => {
    const user = await someone();
    const answers = await atOnce(servers, (store, n) =>
      store.sessions.begin(sessionOf(user, client.id, `race${n}`, { activeAt: start + n }), limit(5)),
    );
    assert.equal(granted(answers), 64);
    const kept = idsOf(await listed(b, user));
    assert.equal(kept.length, 5);
    for (let n = 0; n < 64; n += 1) {
      const id = `race${n}`;
      assert.equal(await isRevoked(`family-${id}`), !kept.includes(id), id);
    }
  });

  await t.test('what is over is not listed and takes no room', async () => {
    const user = await someone();
    const gone = clientOf(poolId);
    await a.clients.insert(gone);
    await a.sessions.begin(sessionOf(user, client.id, 'expired', { expiresAt: start + 5 }), limit(9));
    await a.sessions.begin(sessionOf(user, client.id, 'out', { startedAt: start - 5 }), limit(9));
    await a.sessions.begin(sessionOf(user, gone.id, 'orphan', { activeAt: start + 9 }), limit(9));
    await a.sessions.begin(sessionOf(user, client.id, 'kept'), limit(9));
    assert.equal((await listed(a, user)).length, 4);
    await b.clients.delete(poolId, gone.id);
    assert.deepEqual(idsOf(await listed(a, user, start + 5, start - 5)), ['kept']);
    const standing = { most: 2, now: start + 5, signedOutAt: start - 5 };
    await a.sessions.begin(sessionOf(user, client.id, 'new'), standing);
    assert.deepEqual(new Set(idsOf(await listed(b, user))), new Set(['kept', 'new']));
    await a.sessions.forget(poolId, user.id, start);
    assert.deepEqual(await listed(b, user), []);
  });

  await t.test('RF-5 a revoked session is off the record and its tokens have ended, once', async () => {
    const [ada, bob] = [await someone(), await someone()];
    const session = sessionOf(ada, client.id, 'r1');
    await a.sessions.begin(session, limit(9));
    const options = { linked: false, now: start + 1 };
    assert.equal(await b.sessions.revoke({ ...session, userId: bob.id }, options), false);
    assert.equal(await isRevoked('family-r1'), false);
    assert.equal(granted(await atOnce(servers, (store) => store.sessions.revoke(session, options))), 1);
    assert.equal(await isRevoked('family-r1'), true);
    await a.purge(end + 9);
    assert.equal(await isRevoked('family-r1'), true, 'as long as an access token may live');
    await a.sessions.revokeFamily({ ...session, family: 'never-seen' }, options);
    assert.equal(await isRevoked('never-seen'), true);
  });

  await t.test('linked sessions end together, others stay', async () => {
    const user = await someone();
    const begin = async () => {
      const browser = { type: 'SSO', family: undefined } as const;
      for (const id of ['sso1', 'sso2']) {
        await a.sessions.begin(sessionOf(user, client.id, id, browser), limit(9));
        for (const n of [1, 2])
          await a.sessions.begin(
            sessionOf(user, client.id, `${id}-${n}`, { originId: id, family: `f-${id}-${n}` }),
            limit(9),
          );
      }
    };
    const left = async () => idsOf(await listed(b, user)).sort();
    const [now, linked] = [start, true];
    const of = (id: string) => ({ poolId, userId: user.id, id });
    await begin();
    await a.sessions.revoke(of('sso1'), { linked: false, now });
    assert.deepEqual(await left(), ['sso1-1', 'sso1-2', 'sso2', 'sso2-1', 'sso2-2']);
    await a.sessions.revoke(of('sso2'), { linked, now });
    assert.deepEqual(await left(), ['sso1-1', 'sso1-2']);
    assert.deepEqual([await isRevoked('f-sso2-2'), await isRevoked('f-sso1-1')], [true, false]);
    await a.sessions.forget(poolId, user.id, start);
    await begin();
    await a.sessions.revoke(of('sso1-1'), { linked, now });
    const family = { poolId, userId: user.id, family: 'f-sso2-1', keptUntil: end };
    await a.sessions.revokeFamily(family, { linked, now });
    assert.deepEqual(await left(), ['sso1-2', 'sso2-2']);
  });

  await t.test('AT-7 no session outlives its user or pool, and none begins for one who is gone', async () => {
    const pool = await madePool(a);
    const own = clientOf(pool.id);
    await a.clients.insert(own);
    const user = await madeUser(a, pool.id, 'ada');
    await Promise.all([
      b.users.delete(pool.id, user.id),
      ...Array.from({ length: 10 }, (_, n) =>
        a.sessions.begin(sessionOf(user, own.id, `x${n}`, { family: `x${n}` }), limit(20)),
      ),
    ]);
    assert.deepEqual(await listed(a, user), []);
    assert.equal(await a.sessions.begin(sessionOf(user, own.id, 'late'), limit(20)), false);
    const bob = await madeUser(a, pool.id, 'bob');
    await a.sessions.begin(sessionOf(bob, own.id, 'b'), limit(20));
    await b.pools.delete(pool.id);
    await a.pools.insert(pool);
    await a.clients.insert(own);
    assert.deepEqual(await listed(a, bob), []);
  });

  await t.test('the purge removes what has expired', async () => {
    const user = await someone();
    for (const n of [1, 2])
      await a.sessions.begin(sessionOf(user, client.id, `p${n}`, { expiresAt: start + n }), limit(20));
    await b.purge(start + 2);
    assert.deepEqual(idsOf(await listed(a, user)), ['p2']);
  });
};
