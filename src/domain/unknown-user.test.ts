import assert from 'node:assert/strict';
import { test } from 'node:test';
import { password, testPool } from '../../test/user-pool.ts';
import type { AuthFlowType } from '../api/cognito-idp.ts';
import { clientStart } from '../crypto/srp.ts';
import { addressOfNobody, idOfNobody } from './nobody.ts';
import { subjectOf, verifierFor, verifyPassword } from './password.ts';
import { poolOf } from './pool.ts';
import { userOf } from './user.ts';

const folding = { UsernameConfiguration: { CaseSensitive: false } };
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('EN-2 salt and verifier of nobody are the same for a folded name, and others for another', async (t) => {
  const server = await testPool(t, { pool: folding });
  const pool = await poolOf(server.ctx, server.UserPoolId);
  const other = await testPool(t, { server, pool: folding });
  const elsewhere = await poolOf(server.ctx, other.UserPoolId);
  const salts = new Set<string>();
  for (let n = 0; n < 1000; n += 1) {
    const { salt, verifier } = verifierFor(server.ctx, pool, undefined, `nobody${n}`);
    const again = verifierFor(server.ctx, pool, undefined, `NOBODY${n}`);
    assert.deepEqual([again.salt, again.verifier], [salt, verifier]);
    assert.match(salt, /^[1-9a-f][0-9a-f]{31}$/);
    assert.equal(verifier.length, 384);
    salts.add(salt);
    salts.add(verifierFor(server.ctx, elsewhere, undefined, `nobody${n}`).salt);
  }
  assert.equal(salts.size, 2000);
});

test('EN-2 salts of users have the form of those of nobody', async (t) => {
  const { ctx, signUp, UserPoolId } = await testPool(t);
  const pool = await poolOf(ctx, UserPoolId);
  for (let n = 0; n < 20; n += 1) {
    await signUp(`user${n}`);
    const { salt, verifier, userId } = verifierFor(
      ctx,
      pool,
      await userOf(ctx, pool, `user${n}`),
      `user${n}`,
    );
    assert.match(salt, /^[1-9a-f][0-9a-f]{31}$/);
    assert.deepEqual([verifier.length, userId], [384, `user${n}`]);
  }
});

test('EN-2 nobody is called as users of the pool are: by the name, or by a UUID that never changes', async (t) => {
  const plain = await testPool(t);
  const { ctx } = plain;
  const idOf = async ({ UserPoolId }: { UserPoolId: string }, name: string) =>
    verifierFor(ctx, await poolOf(ctx, UserPoolId), undefined, name).userId;
  const byMail = await testPool(t, { server: plain, pool: { UsernameAttributes: ['email'] } });
  const aliases = await testPool(t, { server: plain, pool: { AliasAttributes: ['email'] } });
  assert.equal(await idOf(plain, 'nobody@example.com'), 'nobody@example.com');
  assert.equal(await idOf(aliases, 'nobody'), 'nobody');
  for (const pool of [byMail, aliases]) {
    const id = await idOf(pool, 'nobody@example.com');
    assert.match(id, uuid);
    assert.equal(await idOf(pool, 'nobody@example.com'), id);
  }
  const pool = await poolOf(ctx, byMail.UserPoolId);
  assert.equal(await idOf(byMail, 'nobody@example.com'), idOfNobody(ctx, pool, 'nobody@example.com'));
});

test('EN-5 the UUID of nobody shows their address, and none once a digit of it is changed', async (t) => {
  const { ctx, UserPoolId } = await testPool(t, { pool: { UsernameAttributes: ['email', 'phone_number'] } });
  const pool = await poolOf(ctx, UserPoolId);
  const alike = { 'eve@sample.org': 'e@s', '+12065550199': '+00000000199' };
  for (const [name, address] of Object.entries(alike)) {
    const id = idOfNobody(ctx, pool, name);
    assert.match(id, uuid);
    assert.equal(addressOfNobody(ctx, pool, id)?.address, address);
    for (let index = 0; index < id.length; index += 1) {
      if (id[index] === '-') continue;
      const digit = (Number.parseInt(id[index] ?? '', 16) ^ 1).toString(16);
      const changed = id.slice(0, index) + digit + id.slice(index + 1);
      assert.equal(addressOfNobody(ctx, pool, changed), undefined, changed);
    }
  }
});

test('no password is that of nobody, nor of a user who has none', async (t) => {
  const { ctx, signUp, UserPoolId } = await testPool(t);
  const pool = await poolOf(ctx, UserPoolId);
  await signUp('ada');
  const ada = await userOf(ctx, pool, 'ada');
  assert.equal(verifyPassword(ctx, pool, ada, password), true);
  assert.equal(verifyPassword(ctx, pool, ada, `${password} `), false);
  assert.equal(verifyPassword(ctx, pool, { ...ada, password: undefined }, password), false);
  assert.equal(verifyPassword(ctx, pool, undefined, password, 'nobody'), false);
});

test('SEC-1 a verifier that was moved to another user opens no door', async (t) => {
  const { ctx, signUp, UserPoolId } = await testPool(t);
  const pool = await poolOf(ctx, UserPoolId);
  await signUp('ada');
  await signUp('eve');
  const [ada, eve] = [await userOf(ctx, pool, 'ada'), await userOf(ctx, pool, 'eve')];
  assert.equal(verifyPassword(ctx, pool, { ...ada, password: eve.password }, password), false);
});

test('LO-5 a user has one counter under every name, nobody one for each folded name', async (t) => {
  const { ctx, confirmed, UserPoolId } = await testPool(t, {
    pool: { ...folding, AliasAttributes: ['email'] },
  });
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  const pool = await poolOf(ctx, UserPoolId);
  const names = ['ada', 'ADA', 'ada@example.com', 'Ada@Example.Com'];
  const subjects = new Set<string>();
  for (const name of names) subjects.add(subjectOf(ctx, pool, await userOf(ctx, pool, name), name));
  assert.equal(subjects.size, 1);
  const nobody = ['bob', 'BOB', 'Bob'].map((name) => subjectOf(ctx, pool, undefined, name));
  assert.equal(new Set(nobody).size, 1);
  assert.notEqual(nobody[0], subjectOf(ctx, pool, undefined, 'eve'));
  assert.ok(!nobody[0]?.includes('bob'));
});

test('IN-9 a name that is none costs its length, in every operation that takes one unsigned', async (t) => {
  const { call, ClientId } = await testPool(t, {
    pool: folding,
    client: {
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    },
  });
  const [above, below] = ['\u0301', '\u0323'];
  const USERNAME = `a${above.repeat(30_000)}${below.repeat(30_000)}`;
  const parameters = {
    USER_SRP_AUTH: { SRP_A: clientStart().A },
    USER_PASSWORD_AUTH: { PASSWORD: password },
    USER_AUTH: {},
  };
  for (const [flow, more] of Object.entries(parameters)) {
    const AuthFlow = flow as AuthFlowType;
    const started = process.cpuUsage();
    const asked = { ClientId, AuthFlow, AuthParameters: { USERNAME, ...more } };
    const code = await call('InitiateAuth', asked).then(
      () => 'a challenge',
      (error: { code: string }) => error.code,
    );
    assert.equal(code, flow === 'USER_PASSWORD_AUTH' ? 'NotAuthorizedException' : 'a challenge', flow);
    assert.ok(process.cpuUsage(started).user < 1_000_000, flow);
  }
});
