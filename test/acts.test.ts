import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Config } from '../src/config.ts';
import { feedbackToken } from '../src/domain/threat/feedback.ts';
import type { Act } from '../src/store/acts.ts';
import type { Store } from '../src/store/store.ts';
import { cases } from './conformance/cases/index.ts';
import { makeScene, signedCall } from './conformance/scene.ts';
import type { Scene } from './conformance/scene.ts';
import { until } from './outbox.ts';
import { makeHome, makeUser, passwordSignIn } from './sign-in.ts';
import { CallError, testServer } from './test-server.ts';
import { watchedHome } from './threat.ts';

type Line = Readonly<Record<string, unknown>>;

const linesOf = (logged: string): Line[] =>
  logged
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

const actsOf = async ({ acts }: Store): Promise<readonly Act[]> =>
  (await acts.list(0, undefined, { limit: 100_000 })).items;

/** As the log has it, without `act`: what came of it may be known only after the first change. */
function told({ poolId, about: { act: _act, ...about } }: Act): Line {
  return { ...about, ...(poolId !== '' && { pool: poolId }) };
}

const names = ['service', 'operation', 'ip', 'region', 'caller', 'pool', 'client', 'user'];

/** What an act is always about, also what it makes or removes. */
const alwaysNamed: Readonly<Record<string, RegExp>> = {
  pool: /^(?!UpdateProvisionedLimit$)/,
  client: /UserPoolClient(?:Secret)?$|^SignUp$|^ConfirmSignUp$|^ForgotPassword$/,
  user: /^SignUp$|^ConfirmSignUp$|^Admin(?!InitiateAuth)|^ChangePassword$|^DeleteUser$|WebAuthn/,
};

/** What may be done without a durable change: sign-ins, and what has only begun. */
const mayChangeNothing = /^(?:Admin)?(?:InitiateAuth|RespondToAuthChallenge)$|^Associate|^StartWebAuthn/;

/** Calls everything that the conformance suite has answers and refusals for. */
async function playAll(scene: Scene): Promise<void> {
  for (const [name, { answers, refusals = {} }] of Object.entries(cases)) {
    const inputs = [...answers, ...Object.values(refusals).map(([, prepare]) => prepare)];
    for (const prepare of inputs as readonly ((scene: Scene) => Promise<never>)[]) {
      await scene.call(name as never, await prepare(scene)).catch((error: unknown) => {
        if (!(error instanceof CallError)) throw error;
      });
      await scene.tidy();
    }
  }
}

test('SEC-6 what changes something leaves one row, which says what the line of the request says', async (t) => {
  const scene = await makeScene(t, (call) => call, 'serve');
  await playAll(scene);
  const lines = new Map(linesOf(scene.logged()).map((line) => [line['requestId'], line]));
  const acts = await actsOf(scene.ctx.store);
  for (const act of acts) {
    const line = lines.get(act.id) ?? {};
    const wanted = Object.fromEntries(names.filter((name) => name in line).map((name) => [name, line[name]]));
    assert.deepEqual(told(act), wanted, `${act.id} ${String(act.about['operation'])}`);
    assert.equal(line['event'], 'audit');
    const operation = String(act.about['operation']);
    for (const [name, its] of Object.entries(alwaysNamed))
      if (its.test(operation)) assert.ok(told(act)[name], `${operation}: ${name}`);
  }
  const ids = new Set<unknown>(acts.map(({ id }) => id));
  assert.equal(ids.size, acts.length, 'one row each');
  assert.ok(acts.some(({ about }) => about['operation'] === 'import'));
  const without = [...lines.values()]
    .filter(({ event, result, requestId }) => event === 'audit' && result === 'ok' && !ids.has(requestId))
    .map(({ operation }) => String(operation))
    .filter((operation) => !mayChangeNothing.test(operation));
  assert.deepEqual(without, []);
});

/** A server for real users, with a pool and a user in it. */
async function production(t: TestContext, settings: Partial<Config> = {}) {
  const server = await testServer(t, { settings: { mode: 'serve', ...settings } });
  const admin = await signedCall(server, 'admin', 'Allow');
  const home = await makeHome(admin);
  await makeUser(admin, home);
  const acts = () => actsOf(server.ctx.store);
  const operations = async () => (await acts()).map(({ about }) => about['operation']);
  return { ...server, server: { ...server, call: admin }, admin, home, acts, operations };
}

test('a sign-in, a refresh and what only looks write nothing', async (t) => {
  const { call, admin, home, operations, url } = await production(t);
  // Makes the signing keys of the pool, which are one.
  await fetch(`${url}/${home.poolId}/.well-known/jwks.json`);
  const before = await operations();
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const { RefreshToken = '' } = AuthenticationResult ?? {};
  await call('GetTokensFromRefreshToken', { ClientId: home.clientId, RefreshToken });
  await passwordSignIn(call, home, { password: 'Wrong-horse-1' }).catch(() => undefined);
  await admin('AdminGetUser', { UserPoolId: home.poolId, Username: 'ada' });
  await admin('AdminDeleteUser', { UserPoolId: home.poolId, Username: 'nobody' }).catch(() => undefined);
  assert.deepEqual(await operations(), before);
});

test('the answer to a notice is an act', async (t) => {
  const { server, acts, ctx, url } = await production(t);
  const place = await watchedHome(server, 'AUDIT');
  await makeUser(server.call, place);
  await passwordSignIn(server.call, place);
  const user = await ctx.store.users.findByName(place.poolId, 'ada');
  const pool = await ctx.store.pools.find(place.poolId);
  assert.ok(user && pool);
  const { items } = await ctx.store.authEvents.list(pool.id, user.id, ctx.now(), { limit: 1 });
  const [event = assert.fail()] = items;
  const token = feedbackToken(ctx, pool, event);
  const body = new URLSearchParams({ token, value: 'valid' });
  const { status } = await fetch(`${url}/${place.poolId}/event-feedback`, { method: 'POST', body });
  assert.equal(status, 200);
  const last = (await acts()).at(-1);
  assert.deepEqual(last && told(last), {
    service: 'cognito-idp',
    operation: 'event-feedback',
    ip: '127.0.0.1',
    pool: place.poolId,
    user: user.id,
  });
});

test('auditDays says how long acts are kept', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { admin, home, operations, clock, ctx } = await production(t, { auditDays: 7 });
  const first = await operations();
  assert.equal(first[0], 'CreateUserPool');
  clock.advance(6 * 86_400_000);
  await admin('AdminDisableUser', { UserPoolId: home.poolId, Username: 'ada' });
  clock.advance(86_400_000 + 60_000);
  t.mock.timers.tick(60_000);
  t.mock.timers.reset();
  await until(async () => (await operations()).length === 1);
  assert.deepEqual(await operations(), ['AdminDisableUser']);
  assert.equal((await ctx.store.users.findByName(home.poolId, 'ada'))?.enabled, false);
});

test('with 0 auditDays, and in development, nothing is kept', async (t) => {
  const { operations } = await production(t, { auditDays: 0 });
  assert.deepEqual(await operations(), []);
  const { call, ctx } = await testServer(t);
  await makeHome(call);
  assert.deepEqual(await actsOf(ctx.store), []);
});
