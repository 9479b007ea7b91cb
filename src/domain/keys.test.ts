import assert from 'node:assert/strict';
import { randomBytes, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openVault } from '../crypto/data-key-vault.ts';
import type { Vault } from '../crypto/vault.ts';
import type { SigningKeyStore } from '../store/signing-keys.ts';
import { openStore } from '../store/sql/store.ts';
import { createSigningKeys } from './keys.ts';
import type { KeyRings } from './keys.ts';
import type { Keyed } from './pool-key.ts';

const hour = 60 * 60 * 1000;
const master = randomBytes(32);

interface World {
  /** Another server on the same store. */
  readonly server: (lead?: number) => KeyRings;
  readonly store: SigningKeyStore;
  readonly vault: Vault;
  readonly reads: () => number;
  readonly clock: { now: number };
}

const pool = { id: 'us-east-1_Keys00001' };
const elsewhere = { id: 'us-east-1_Keys00002' };

async function world(t: TestContext): Promise<World> {
  const store = await openStore({ url: 'memory' });
  t.after(() => store.close());
  for (const { id } of [pool, elsewhere]) {
    await store.pools.insert({
      id,
      region: 'us-east-1',
      account: '000000000000',
      name: 'p',
      version: 1,
      createdAt: 0,
      modifiedAt: 0,
      schema: [],
      settings: {},
    });
  }
  const clock = { now: 1_700_000_000_000 };
  const vault = await openVault(store.dataKeys, master, () => clock.now);
  t.after(() => vault.close());
  let reads = 0;
  const counted: SigningKeyStore = {
    list: (poolId) => ((reads += 1), store.signingKeys.list(poolId)),
    insertFirst: (poolId, keys) => store.signingKeys.insertFirst(poolId, keys),
    rotate: (poolId, keys, until) => store.signingKeys.rotate(poolId, keys, until),
  };
  const server = (lead?: number) => {
    const keys = createSigningKeys({ store: counted, vault, now: () => clock.now, lead, spare: 0 });
    t.after(() => keys.close());
    return keys;
  };
  return { server, store: store.signingKeys, vault, reads: () => reads, clock };
}

/** The key that signs this kind of token now. */
async function current(keys: KeyRings, of: Keyed, use: 'id' | 'access') {
  const signer = await keys.current(of);
  return signer(use);
}

test('a pool signs ID and access tokens with keys of their own, the same on every server', async (t) => {
  const { server } = await world(t);
  const [one, two] = [server(), server()];
  const [id, access, other] = await Promise.all([
    current(one, pool, 'id'),
    current(one, pool, 'access'),
    current(two, pool, 'access'),
  ]);
  assert.notEqual(id.kid, access.kid);
  assert.equal(access.kid, other.kid);
  assert.match(id.kid, /^[A-Za-z0-9+/]{43}=$/);
  assert.equal((await one.published(pool)).length, 2);
  const verifier = await two.verifier(pool, access.kid);
  assert.equal(verifier?.use, 'access');
  const text = Buffer.from('x');
  assert.ok(
    verifier && verify('RSA-SHA256', text, verifier.key, sign('RSA-SHA256', text, access.privateKey)),
  );
  assert.equal(verifier.key.asymmetricKeyDetails?.modulusLength, 2048);
  assert.notEqual((await current(one, elsewhere, 'id')).kid, id.kid);
  assert.equal(await one.verifier(elsewhere, id.kid), undefined);
});

test('a pool that is not there has no keys', async (t) => {
  const { server } = await world(t);
  const nowhere = { id: 'us-east-1_Nowhere01' };
  assert.deepEqual(await server().published(nowhere), []);
  await assert.rejects(server().current(nowhere), { code: 'ResourceNotFoundException' });
  await assert.rejects(server().rotate(nowhere), { code: 'ResourceNotFoundException' });
});

test('keys are read once for all who need them', async (t) => {
  const { server, reads } = await world(t);
  const keys = server();
  await Promise.all(Array.from({ length: 20 }, () => current(keys, pool, 'id')));
  for (let turn = 0; turn < 20; turn += 1) await current(keys, pool, 'access');
  assert.equal(reads(), 1);
});

test('JW-3 ten thousand unknown kids cost one more read', async (t) => {
  const { server, reads } = await world(t);
  const keys = server();
  await current(keys, pool, 'id');
  const strange = ['', '__proto__', 'constructor', "' or 1=1 --", '../../etc/passwd', 'x'.repeat(1 << 20)];
  for (const kid of strange) assert.equal(await keys.verifier(pool, kid), undefined);
  for (let turn = 0; turn < 10_000; turn += 1)
    assert.equal(await keys.verifier(pool, `kid ${turn}`), undefined);
  assert.ok(reads() <= 2, `${reads()} reads`);
});

test('JW-3 another server knows a new key when it first sees it', async (t) => {
  const { server } = await world(t);
  const [one, two] = [server(0), server(0)];
  const before = await current(two, pool, 'access');
  await one.rotate(pool);
  const { kid } = await current(one, pool, 'access');
  assert.notEqual(kid, before.kid);
  assert.equal((await two.verifier(pool, kid))?.use, 'access');
  assert.equal((await current(two, pool, 'access')).kid, kid);
});

test('who makes the first keys publishes them in the order of all others', async (t) => {
  // The order is by chance in each: half of them would show a wrong one.
  for (let n = 0; n < 6; n += 1) {
    const { server } = await world(t);
    assert.deepEqual(await server().published(pool), await server().published(pool));
  }
});

test('DU-12 a new key is published a day before it signs; the old one stays until its last token has ended', async (t) => {
  const { server, clock } = await world(t);
  const keys = server();
  const old = await current(keys, pool, 'id');
  await keys.rotate(pool);
  assert.equal((await keys.published(pool)).length, 4);
  clock.now += 24 * hour - 1;
  assert.equal((await current(keys, pool, 'id')).kid, old.kid);
  clock.now += 1;
  const now = await current(keys, pool, 'id');
  assert.notEqual(now.kid, old.kid);
  assert.notEqual(now.kid, (await current(keys, pool, 'access')).kid);
  // A token of the last moment lives a day.
  clock.now += 25 * hour - 1;
  assert.ok(await keys.verifier(pool, old.kid));
  clock.now += 1;
  assert.equal(await keys.verifier(pool, old.kid), undefined);
  assert.equal((await keys.published(pool)).length, 2);
  assert.equal((await current(keys, pool, 'id')).kid, now.kid);
});

test('DU-12 with two rotations in a row there is a key that signs at every moment', async (t) => {
  const { server, clock } = await world(t);
  const keys = server();
  const kids = new Set([(await current(keys, pool, 'id')).kid]);
  await keys.rotate(pool);
  clock.now += 12 * hour;
  await keys.rotate(pool);
  for (let turn = 0; turn < 6 * 24; turn += 1) {
    clock.now += hour / 2;
    const { kid } = await current(keys, pool, 'id');
    kids.add(kid);
    assert.equal((await keys.verifier(pool, kid))?.use, 'id');
  }
  assert.equal(kids.size, 3);
});

test('a clock that is set back before the first key leaves the pool its key', async (t) => {
  const { server, clock } = await world(t);
  const { kid } = await current(server(), pool, 'id');
  clock.now -= 1000 * hour;
  assert.equal((await current(server(), pool, 'id')).kid, kid);
});

test('SEC-1 a private key in the place of another is refused', async (t) => {
  const { server, store, vault } = await world(t);
  await current(server(), pool, 'id');
  const [one, two] = await store.list(pool.id);
  assert.ok(one && two);
  const mixed: SigningKeyStore = {
    ...store,
    list: () => Promise.resolve([{ ...one, sealedPrivateKey: two.sealedPrivateKey }, two]),
  };
  const keys = createSigningKeys({ store: mixed, vault, now: Date.now, spare: 0 });
  await assert.rejects(current(keys, pool, one.use), /is damaged/);
  assert.equal((await current(keys, pool, two.use)).kid, two.kid);
});
