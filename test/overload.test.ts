import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createSocketServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Config } from '../src/config.ts';
import { clientStart } from '../src/crypto/srp.ts';
import { createAccessKey } from '../src/iam/access-keys.ts';
import { inviteUser, makeHome, makeUser, password, passwordSignIn, srpStart, temporary } from './sign-in.ts';
import { testServer } from './test-server.ts';
import type { Call, TestServer } from './test-server.ts';
import { outcomes } from './user-pool.ts';

const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

/** A production server, whose queue is bounded, and what an administrator calls. */
async function production(
  t: TestContext,
  settings: Partial<Config> = {},
): Promise<{ readonly server: TestServer; readonly admin: Call }> {
  const server = await testServer(t, {
    settings: { mode: 'serve', ...settings },
    sends: settings.smtp !== undefined,
  });
  const { account } = server.ctx.settings;
  const { id, secret } = await createAccessKey(server.ctx, { account, userName: 'admin', policy });
  const signed = { accessKeyId: id, secretAccessKey: secret };
  return { server, admin: (operation, input) => server.call(operation, input, { signed }) };
}

/** Takes every slot until it is told to give them back. */
function holdAll({ ctx }: TestServer): () => Promise<void> {
  const held = Promise.withResolvers<void>();
  const all = Array.from({ length: 2 * availableParallelism() }, async () =>
    ctx.work.resume(() => held.promise),
  );
  return async () => {
    held.resolve();
    await Promise.all(all);
  };
}

test('DOS-1 more sign-ins at once than may wait: those over it are refused, /health answers, the others are served', async (t) => {
  const { server, admin } = await production(t);
  const home = await makeHome(admin, {}, { PreventUserExistenceErrors: 'ENABLED' });
  const release = holdAll(server);
  const refused = Promise.withResolvers<void>();
  let refusals = 0;
  const starts = Array.from({ length: 230 }, async (_, n) => {
    try {
      await srpStart(server.call, home, `name-${n}`);
    } catch (error) {
      if (++refusals === 30) refused.resolve();
      throw error;
    }
  });
  const ends = outcomes(starts);
  await refused.promise;
  const health = await fetch(`${server.url}/health`);
  assert.deepEqual([health.status, await health.json()], [200, { status: 'ok' }]);
  await release();
  const { ok = 0, 'TooManyRequestsException: Rate exceeded': over = 0, ...others } = await ends;
  assert.deepEqual(others, {});
  assert.equal(ok + over, 230);
  assert.ok(ok > 0 && over >= 30, `${ok} served, ${over} refused`);
  assert.equal(await fetch(`${server.url}/health`).then(({ status }) => status), 200);
  await srpStart(server.call, home, 'afterwards');
});

test('DOS-1 whatever works on passwords, SRP or signatures is refused when the queue is full, and nothing of it done', async (t) => {
  const { server, admin } = await production(t);
  const { call, inbox, ctx } = server;
  const home = await makeHome(admin, { AutoVerifiedAttributes: ['email'] });
  const { poolId: UserPoolId, clientId: ClientId } = home;
  const email = [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ];
  await makeUser(admin, home, 'ada', email);
  await inviteUser(admin, UserPoolId, 'bob');
  const { AuthenticationResult: tokens } = await passwordSignIn(call, home);
  const { AccessToken = '', RefreshToken = '' } = tokens ?? {};
  const invited = await passwordSignIn(call, home, { name: 'bob', password: temporary });
  await call('ForgotPassword', { ClientId, Username: 'ada' });
  const ConfirmationCode = inbox.list('ada@example.com').at(-1)?.code ?? '';
  const another = 'Another-horse-2';

  const heavy: Readonly<Record<string, () => Promise<unknown>>> = {
    'a password': () => passwordSignIn(call, home),
    'the start of SRP': () => srpStart(call, home),
    'the end of SRP': () =>
      call('RespondToAuthChallenge', {
        ClientId,
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeResponses: {
          USERNAME: 'ada',
          PASSWORD_CLAIM_SECRET_BLOCK: 'AAAA',
          PASSWORD_CLAIM_SIGNATURE: 'AAAA',
          TIMESTAMP: 'Tue Mar 3 07:05:09 UTC 2026',
        },
      }),
    'a choice': () =>
      call('InitiateAuth', {
        ClientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A: clientStart().A },
      }),
    'a refresh': () =>
      call('InitiateAuth', {
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: RefreshToken },
      }),
    'tokens for a refresh token': () => call('GetTokensFromRefreshToken', { ClientId, RefreshToken }),
    'a new password': () =>
      call('RespondToAuthChallenge', {
        ClientId,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session: invited.Session ?? '',
        ChallengeResponses: { USERNAME: 'bob', NEW_PASSWORD: another },
      }),
    'a sign-up': () => call('SignUp', { ClientId, Username: 'eve', Password: password }),
    'a changed password': () =>
      call('ChangePassword', { AccessToken, PreviousPassword: password, ProposedPassword: another }),
    'a reset password': () =>
      call('ConfirmForgotPassword', { ClientId, Username: 'ada', ConfirmationCode, Password: another }),
    'a password that an administrator sets': () =>
      admin('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password: another, Permanent: true }),
    'an invitation': () =>
      admin('AdminCreateUser', { UserPoolId, Username: 'joe', MessageAction: 'SUPPRESS' }),
    'another invitation': () =>
      admin('AdminCreateUser', {
        UserPoolId,
        Username: 'bob',
        MessageAction: 'RESEND',
        DesiredDeliveryMediums: [],
      }),
    'a trusted server': () =>
      admin('AdminInitiateAuth', {
        UserPoolId,
        ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD: password },
      }),
  };
  const release = holdAll(server);
  const waiting = Promise.allSettled(Array.from({ length: 200 }, async () => ctx.work.run(() => undefined)));
  for (let round = 0; round < 2; round += 1) {
    for (const [name, attempt] of Object.entries(heavy)) {
      await assert.rejects(attempt(), { code: 'TooManyRequestsException', status: 400 }, name);
    }
  }
  // What is light goes on.
  await call('GetUser', { AccessToken });
  await admin('AdminGetUser', { UserPoolId, Username: 'ada' });
  assert.equal((await fetch(`${server.url}/${UserPoolId}/.well-known/jwks.json`)).status, 200);
  await release();
  await waiting;
  // No guess was counted, no code or session spent, nobody made.
  for (const name of ['a sign-up', 'an invitation', 'a new password', 'a reset password'] as const)
    await heavy[name]?.();
  await passwordSignIn(call, home, { password: another });
});

/** A mail server that takes connections and never says a word. */
async function silentServer(t: TestContext) {
  const sockets: Socket[] = [];
  const server = createSocketServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(end);
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, end };
}

test('EN-7 a mail server that never answers delays nothing that sends', async (t) => {
  const silent = await silentServer(t);
  const settings = { smtp: silent.url, mailFrom: 'no-reply@example.com' };
  const { server, admin } = await production(t, settings);
  const { call, ctx, logged } = server;
  const home = await makeHome(admin, { AutoVerifiedAttributes: ['email'] });
  const { poolId: UserPoolId, clientId: ClientId } = home;
  const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }];
  const ada = { ClientId, Username: 'ada' };
  await call('SignUp', { ...ada, Password: password, UserAttributes });
  await call('ResendConfirmationCode', ada);
  await admin('AdminConfirmSignUp', { UserPoolId, Username: 'ada' });
  const verified = [...UserAttributes, { Name: 'email_verified', Value: 'true' }];
  await admin('AdminUpdateUserAttributes', { UserPoolId, Username: 'ada', UserAttributes: verified });
  await call('ForgotPassword', ada);
  await admin('AdminResetUserPassword', { UserPoolId, Username: 'ada' });
  await admin('AdminCreateUser', { UserPoolId, Username: 'bob', UserAttributes });
  // All have been answered while no mail has gone out: the server says nothing, so none can have.
  assert.equal((await ctx.store.messages.due(7e15, 10)).length, 5);
  assert.doesNotMatch(logged(), /not sent/);
  silent.end();
});
