import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolClientRequest } from '../api/cognito-idp.ts';
import type { HashAlgorithm } from '../crypto/imported-hash.ts';
import { outcome, password, testPool } from '../../test/user-pool.ts';
import { srpSignIn } from '../../test/sign-in.ts';
import { addCosts, costOf, importedHash } from './imported-password.ts';
import { newUser } from './user.ts';
import { namesOf } from './username.ts';

/** Hashes of the password that the tests have, each cheap to check. */
const hashes: Record<HashAlgorithm, string> = {
  BCRYPT: '$2b$04$abcdefghijklmnopqrstuuJEH7LfYw1xFgIMxebuCluRjwrnm.E/K',
  SCRYPT:
    '1024$8$1$00112233445566778899aabbccddeeff$22fa632d17d20d1c18eb679dc5ebcfa51bc8d1cf079b49d08079d8088a554fbc',
  ARGON2ID: '$argon2id$v=19$m=64,t=2,p=1$ABEiM0RVZneImaq7zN3u/w$hG++Pu9Y/nyIiuOdvxNTihIfen2OZdmIfS9yvCQz+O4',
  PBKDF2_SHA256: '$pbkdf2-sha256$1000$ABEiM0RVZneImaq7zN3u/w$9M7n5yFTRNvFvIrhWlA7ejR01kVtklrwDiEqeXi3muY',
};

async function poolWithImported(
  t: TestContext,
  algorithm: HashAlgorithm = 'PBKDF2_SHA256',
  client: Partial<CreateUserPoolClientRequest> = {},
  attributes: Readonly<Record<string, string>> = {},
) {
  const test = await testPool(t, { client });
  const { ctx, UserPoolId } = test;
  const pool = (await ctx.store.pools.find(UserPoolId)) ?? assert.fail();
  const made = newUser(ctx, pool, { username: 'ada', status: 'CONFIRMED', attributes });
  const user = { ...made, importedHash: importedHash(ctx, pool, made, algorithm, hashes[algorithm]) };
  assert.ok(user.importedHash);
  await ctx.store.users.insert(user, namesOf(pool, user));
  const record = async () => (await ctx.store.users.find(UserPoolId, user.id)) ?? assert.fail();
  return { ...test, user, record };
}

const wrong = { code: 'NotAuthorizedException', message: 'Incorrect username or password.' };

for (const algorithm of ['BCRYPT', 'SCRYPT', 'ARGON2ID', 'PBKDF2_SHA256'] as const) {
  test(`${algorithm}: the first sign-in in clear turns the hash into a password, by which SRP works`, async (t) => {
    const { call, accessToken, record, UserPoolId, ClientId } = await poolWithImported(t, algorithm);
    const home = { poolId: UserPoolId, clientId: ClientId, secret: undefined };
    const bySrp = () => srpSignIn(call, home, { password });
    await assert.rejects(accessToken('ada', `${password}x`), wrong);
    await assert.rejects(bySrp(), wrong);
    assert.equal((await record()).password, undefined);
    await accessToken('ada');
    const { importedHash, password: own } = await record();
    assert.equal(importedHash, undefined);
    assert.ok(own);
    await accessToken('ada');
    await assert.rejects(accessToken('ada', `${password}x`), wrong);
    await bySrp();
  });
}

test('SEC-1 imported hashes are sealed, each for its own user', async (t) => {
  const { record, ctx, accessToken, user, UserPoolId } = await poolWithImported(t);
  const stored = JSON.stringify(await record());
  assert.doesNotMatch(stored, /pbkdf2-sha256|9M7n5yFT/);
  const pool = (await ctx.store.pools.find(UserPoolId)) ?? assert.fail();
  const thief = newUser(ctx, pool, { username: 'eve', status: 'CONFIRMED', attributes: {} });
  await ctx.store.users.insert({ ...thief, importedHash: user.importedHash }, namesOf(pool, thief));
  await assert.rejects(accessToken('eve'), wrong);
});

test('LO-1 guesses at an imported password are counted', async (t) => {
  const { accessToken } = await poolWithImported(t);
  for (let n = 0; n < 5; n += 1) await assert.rejects(accessToken('ada', 'Wrong-12345'), wrong);
  assert.match(await outcome(accessToken('ada')), /Password attempts exceeded/);
});

test('a password that an administrator sets takes the place of the hash', async (t) => {
  const { call, accessToken, record, UserPoolId } = await poolWithImported(t);
  const other = 'Another-Password-1';
  await call('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password: other, Permanent: true });
  assert.equal((await record()).importedHash, undefined);
  await assert.rejects(accessToken('ada'), wrong);
  await accessToken('ada', other);
});

for (const Permanent of [true, false])
  test(`SE-4 a password that is set while the hash is checked is the one that counts (${Permanent})`, async (t) => {
    const { call, ctx, accessToken, UserPoolId } = await poolWithImported(t);
    const other = 'Another-Password-1';
    const { run } = ctx.hashing;
    const checked = t.mock.method(ctx.hashing, 'run', async (work: () => unknown) => {
      const result = await run(work);
      await call('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password: other, Permanent });
      return result;
    });
    await assert.rejects(accessToken('ada'), wrong);
    assert.equal(checked.mock.callCount(), 1);
  });

test('SE-4 who is signed out while the hash is checked does not come in by it', async (t) => {
  const { call, ctx, accessToken, UserPoolId } = await poolWithImported(t);
  const { run } = ctx.hashing;
  t.mock.method(ctx.hashing, 'run', async (work: () => unknown) => {
    const result = await run(work);
    await call('AdminUserGlobalSignOut', { UserPoolId, Username: 'ada' });
    return result;
  });
  await assert.rejects(accessToken('ada'), wrong);
});

test('a reset code serves on though the imported password has been shown', async (t) => {
  const attributes = { email: 'ada@example.com', email_verified: 'true' };
  const { call, accessToken, codeTo, UserPoolId, ClientId } = await poolWithImported(
    t,
    undefined,
    {},
    attributes,
  );
  await call('AdminResetUserPassword', { UserPoolId, Username: 'ada' });
  await assert.rejects(accessToken('ada'), { code: 'PasswordResetRequiredException' });
  const ConfirmationCode = codeTo('ada@example.com');
  const other = 'Another-Password-1';
  await call('ConfirmForgotPassword', { ClientId, Username: 'ada', ConfirmationCode, Password: other });
  await accessToken('ada', other);
});

test('many sign-ins at once agree on one password', async (t) => {
  const { accessToken, record } = await poolWithImported(t);
  await Promise.all(Array.from({ length: 4 }, () => accessToken('ada')));
  assert.equal((await record()).importedHash, undefined);
  await accessToken('ada');
});

test('EN-3 where hashes were imported, a wrong guess checks one whoever it is at; elsewhere none', async (t) => {
  const server = await poolWithImported(t, 'SCRYPT', { PreventUserExistenceErrors: 'ENABLED' });
  const { ctx, UserPoolId, confirmed, accessToken } = server;
  await confirmed('bob');
  await confirmed('eve');
  const { user } = server;
  const checks = t.mock.method(ctx.hashing, 'run').mock;
  const wrongAt = async (name: string) => {
    checks.resetCalls();
    await assert.rejects(accessToken(name, 'Wrong-12345'), wrong);
    return checks.callCount();
  };
  assert.deepEqual([await wrongAt('ada'), await wrongAt('bob'), await wrongAt('nobody')], [1, 0, 0]);
  await addCosts(ctx, UserPoolId, [costOf('SCRYPT', hashes.SCRYPT)]);
  server.clock.advance(5_000);
  for (const name of [user.username, 'bob', 'nobody', 'nobody@example.com'])
    assert.equal(await wrongAt(name), 1, name);
  // Whoever is right has no time to hide.
  checks.resetCalls();
  await accessToken('eve');
  assert.equal(checks.callCount(), 0);
});

test('a pool knows each cost once, and eight of them', async (t) => {
  const { ctx, UserPoolId } = await testPool(t);
  const known = async () => (await ctx.store.pools.find(UserPoolId))?.importedCosts;
  const all = Array.from({ length: 12 }, (_, n) =>
    costOf('SCRYPT', hashes.SCRYPT.replace('1024', `${2 ** n * 2}`)),
  );
  const first = all.slice(0, 1);
  await Promise.all(Array.from({ length: 4 }, () => addCosts(ctx, UserPoolId, first)));
  assert.deepEqual(await known(), first);
  await addCosts(ctx, UserPoolId, all);
  assert.deepEqual(await known(), all.slice(0, 8));
});
