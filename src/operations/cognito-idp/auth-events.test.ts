import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthEventType, AuthenticationResultType } from '../../api/cognito-idp.ts';
import type { AuthEvent } from '../../store/auth-events.ts';
import { claimsOf } from '../../../test/devices.ts';
import { answer, appCode, mfaConfig } from '../../../test/mfa.ts';
import { makeHome, makeUser, outcomeOf, password, passwordSignIn } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import {
  abroad,
  eventsOf,
  failFrom,
  home,
  registerApp,
  setRisk,
  settledUser,
  signInFrom,
  stranger,
  watchedHome,
} from '../../../test/threat.ts';

const hidden = { PreventUserExistenceErrors: 'ENABLED' } as const;
const verified = { email: 'ada@example.com', email_verified: 'true' };

const shown = ({ EventType, EventResponse }: AuthEventType) => `${EventType} ${EventResponse}`;

test('a sign-in is recorded as it was', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await settledUser(server, place);
  await failFrom(server, place, stranger, 1);
  const [failed, passed] = await eventsOf(server, place);
  assert.match(passed?.EventId ?? '', /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  assert.notEqual(failed?.EventId, passed?.EventId);
  assert.ok(Math.abs(Number(passed?.CreationDate) - server.clock.now() / 1000) < 5);
  const { EventId: _id, CreationDate: _at, ...event } = passed ?? {};
  assert.deepEqual(event, {
    EventType: 'SignIn',
    EventResponse: 'Pass',
    EventRisk: { RiskDecision: 'NoRisk', CompromisedCredentialsDetected: false },
    ChallengeResponses: [{ ChallengeName: 'Password', ChallengeResponse: 'Success' }],
    EventContextData: { IpAddress: home.ip, DeviceName: 'Firefox 133, Linux' },
  });
  assert.deepEqual(failed?.EventRisk, {
    RiskDecision: 'AccountTakeover',
    RiskLevel: 'Medium',
    CompromisedCredentialsDetected: false,
  });
  assert.deepEqual(failed?.ChallengeResponses, [{ ChallengeName: 'Password', ChallengeResponse: 'Failure' }]);
  assert.deepEqual(failed?.EventContextData, {
    IpAddress: stranger.ip,
    DeviceName: 'Chrome 131, Windows 10.0',
  });
});

for (const EnableTokenRevocation of [true, false])
  test(`the event_id of tokens is the id of their sign-in, revocable or not (${EnableTokenRevocation})`, async (t) => {
    const server = await testServer(t);
    const { call, clock } = server;
    const place = await watchedHome(server, 'ENFORCED', {}, { EnableTokenRevocation });
    const AccessToken = await settledUser(server, place);
    const eventIds = async ({ IdToken, AccessToken: access }: AuthenticationResultType = {}) => {
      const [event] = await eventsOf(server, place);
      return [event?.EventId, claimsOf(IdToken)['event_id'], claimsOf(access)['event_id']];
    };
    const same = (ids: readonly unknown[]) => assert.deepEqual(ids, Array(3).fill(ids[0]));
    const { AuthenticationResult } = await signInFrom(server, place, home);
    same(await eventIds(AuthenticationResult));

    const UserPoolId = place.poolId;
    await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('ON', ['SOFTWARE_TOKEN_MFA']) });
    const secret = await registerApp(server, AccessToken);
    const { Session } = await signInFrom(server, place, home);
    clock.advance(60_000);
    const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
    const done = await answer(call, place, 'SOFTWARE_TOKEN_MFA', Session, code);
    same(await eventIds(done.AuthenticationResult));

    await call('AdminUserGlobalSignOut', { UserPoolId, Username: 'ada' });
    const { RefreshToken = '', AccessToken: last = '' } = done.AuthenticationResult ?? {};
    const refused = { code: 'NotAuthorizedException' };
    await assert.rejects(call('GetUser', { AccessToken: last }), refused);
    await assert.rejects(
      call('GetTokensFromRefreshToken', { ClientId: place.clientId, RefreshToken }),
      refused,
    );
  });

test('each kind of event is recorded', async (t) => {
  const server = await testServer(t);
  const { call, inbox } = server;
  const place = await watchedHome(server, 'AUDIT', { AutoVerifiedAttributes: ['email'] });
  const who = { ClientId: place.clientId, Username: 'ada' };
  const code = () => inbox.list().at(-1)?.code ?? '';
  const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }];
  await call('SignUp', { ...who, Password: password, UserAttributes });
  await call('ResendConfirmationCode', who);
  await call('ConfirmSignUp', { ...who, ConfirmationCode: code() });
  await call('ForgotPassword', who);
  const reset = { ...who, Password: 'Another-horse-2' };
  await outcomeOf(call('ConfirmForgotPassword', { ...reset, ConfirmationCode: '000000' }));
  await call('ConfirmForgotPassword', { ...reset, ConfirmationCode: code() });
  const { AuthenticationResult } = await passwordSignIn(call, place, { password: 'Another-horse-2' });
  const AccessToken = AuthenticationResult?.AccessToken ?? '';
  const change = { AccessToken, ProposedPassword: password };
  await outcomeOf(call('ChangePassword', { ...change, PreviousPassword: 'wrong' }));
  await call('ChangePassword', { ...change, PreviousPassword: 'Another-horse-2' });
  assert.deepEqual((await eventsOf(server, place)).map(shown).toReversed(), [
    'SignUp Pass',
    'ResendCode Pass',
    'ForgotPassword InProgress',
    'ForgotPassword Fail',
    'ForgotPassword Pass',
    'SignIn Pass',
    'PasswordChange Fail',
    'PasswordChange Pass',
  ]);
});

test('a locked user adds no events, however often a password is tried (LO-3)', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await settledUser(server, place);
  await Promise.all(
    Array.from({ length: 64 }, () => outcomeOf(signInFrom(server, place, stranger, { plain: 'wrong' }))),
  );
  assert.deepEqual((await eventsOf(server, place)).map(shown), [
    ...Array<string>(5).fill('SignIn Fail'),
    'SignIn Pass',
  ]);
});

test('IN-10 events are listed in pages, whose tokens serve for their user alone', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const place = await watchedHome(server);
  await settledUser(server, place);
  for (let n = 0; n < 6; n += 1) await signInFrom(server, place, home);
  await settledUser(server, place, 'bob');
  const list = (Username: string, NextToken?: string) =>
    call('AdminListUserAuthEvents', { UserPoolId: place.poolId, Username, MaxResults: 3, NextToken });
  const seen: string[] = [];
  let token: string | undefined;
  do {
    const page = await list('ada', token);
    assert.ok((page.AuthEvents?.length ?? 0) <= 3);
    seen.push(...(page.AuthEvents ?? []).map(({ EventId }) => EventId ?? ''));
    token = page.NextToken;
  } while (token !== undefined);
  assert.deepEqual(
    seen,
    (await eventsOf(server, place)).map(({ EventId }) => EventId),
  );
  assert.equal(seen.length, 7);
  const { NextToken } = await list('ada');
  const strange = [list('bob', NextToken), list('ada', `${NextToken}a`), list('ada', 'made-up')];
  const refused = { code: 'InvalidParameterException' };
  await Promise.all(strange.map((attempt) => assert.rejects(attempt, refused)));
});

test('events are kept for 90 days, and go with their user (AT-7)', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await settledUser(server, place);
  server.clock.advance(89 * 86_400_000);
  assert.equal((await eventsOf(server, place)).length, 1);
  server.clock.advance(1 * 86_400_000);
  assert.equal((await eventsOf(server, place)).length, 0);
  await signInFrom(server, place, home);
  await server.call('AdminDeleteUser', { UserPoolId: place.poolId, Username: 'ada' });
  await makeUser(server.call, place);
  assert.equal((await eventsOf(server, place)).length, 0);
});

const off = {
  code: 'UserPoolAddOnNotEnabledException',
  message:
    'This is an add on feature. Please update AdvancedSecurityMode for your user pool to access this API.',
};

test('without the add-on nothing is recorded, and nothing that was is shown', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const place = await makeHome(call, { UserPoolTier: 'PLUS' });
  await settledUser(server, place);
  const { poolId: UserPoolId } = place;
  const word = { UserPoolId, Username: 'ada', EventId: 'x', FeedbackValue: 'Valid' } as const;
  await assert.rejects(eventsOf(server, place), off);
  await assert.rejects(call('AdminUpdateAuthEventFeedback', word), off);
  await assert.rejects(call('UpdateAuthEventFeedback', { ...word, FeedbackToken: 'x' }), off);
  const UserPoolAddOns = { AdvancedSecurityMode: 'AUDIT' } as const;
  await call('UpdateUserPool', { UserPoolId, UserPoolAddOns });
  assert.deepEqual(await eventsOf(server, place), []);
});

const block = { Notify: true, EventAction: 'BLOCK' } as const;
const blocking = {
  AccountTakeoverRiskConfiguration: { Actions: { LowAction: block, MediumAction: block, HighAction: block } },
};

test('AdminUpdateAuthEventFeedback decides over later sign-ins', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const place = await watchedHome(server);
  await settledUser(server, place);
  await setRisk(server, place, blocking);
  const attempt = () => outcomeOf(signInFrom(server, place, abroad));
  const refused = 'Unable to login because of security reasons.';
  assert.equal(await attempt(), refused);
  const [event] = await eventsOf(server, place);
  const say = (FeedbackValue: 'Valid' | 'Invalid', EventId = event?.EventId ?? '', Username = 'ada') =>
    call('AdminUpdateAuthEventFeedback', { UserPoolId: place.poolId, Username, EventId, FeedbackValue });
  await say('Valid');
  assert.equal(await attempt(), 'ok');
  await say('Invalid');
  assert.equal(await attempt(), refused);
  const told = (await eventsOf(server, place)).find(({ EventId }) => EventId === event?.EventId);
  assert.equal(told?.EventFeedback?.FeedbackValue, 'Invalid');
  assert.equal(told?.EventFeedback?.Provider, 'Admin');
  assert.ok(Number(told?.EventFeedback?.FeedbackDate) > 0);
  await makeUser(call, place, 'bob');
  await assert.rejects(say('Valid', event?.EventId, 'bob'), {
    code: 'ResourceNotFoundException',
    message: 'Authentication event does not exist.',
  });
  await assert.rejects(say('Valid', 'made-up'), { code: 'ResourceNotFoundException' });
  await assert.rejects(say('Valid', event?.EventId, 'nobody'), { code: 'UserNotFoundException' });
});

/** A user who has got a notice, and the token in it. */
async function noticed(server: TestServer, place: Home, name = 'ada') {
  const { call, inbox } = server;
  await settledUser(server, place, name, { ...verified, email: `${name}@example.com` });
  const NoActionEmail = { Subject: 'New', TextBody: '{event-id} {feedback-token}' };
  const SourceArn = 'arn:aws:ses:us-east-1:000000000000:identity/example.com';
  const MediumAction = { Notify: true, EventAction: 'NO_ACTION' } as const;
  await setRisk(server, place, {
    AccountTakeoverRiskConfiguration: {
      NotifyConfiguration: { SourceArn, NoActionEmail },
      Actions: { MediumAction },
    },
  });
  await signInFrom(server, place, stranger, { name });
  const [EventId = '', FeedbackToken = ''] = (inbox.list(`${name}@example.com`).at(-1)?.body ?? '').split(
    ' ',
  );
  const given = {
    UserPoolId: place.poolId,
    Username: name,
    EventId,
    FeedbackToken,
    FeedbackValue: 'Invalid',
  } as const;
  return {
    given,
    say: (more: object = {}) => call('UpdateAuthEventFeedback', { ...given, ...more }, { signed: false }),
  };
}

test('UpdateAuthEventFeedback takes the token of the notice, by any name of the user, again and again', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'ENFORCED', { AliasAttributes: ['email'] });
  const { given, say } = await noticed(server, place);
  assert.match(given.FeedbackToken, /^[A-Za-z0-9\-_]+$/);
  assert.deepEqual(await say(), {});
  const word = async () => (await eventsOf(server, place))[0]?.EventFeedback;
  assert.deepEqual([(await word())?.FeedbackValue, (await word())?.Provider], ['Invalid', 'User']);
  assert.deepEqual(await say({ Username: 'ada@example.com', FeedbackValue: 'Valid' }), {});
  assert.equal((await word())?.FeedbackValue, 'Valid');
});

test('EN-1 IN-11 UpdateAuthEventFeedback refuses all other tokens alike, whoever exists', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  const elsewhere = await watchedHome(server);
  const { given, say } = await noticed(server, place);
  const bob = await noticed(server, place, 'bob');
  const foreign = await noticed(server, elsewhere);
  const token = given.FeedbackToken;
  const refused = { code: 'NotAuthorizedException', message: 'Invalid feedback token.' };
  const { AuthenticationResult } = await passwordSignIn(server.call, place);
  for (const more of [
    { Username: 'nobody' },
    { Username: 'bob' },
    { EventId: bob.given.EventId },
    { FeedbackToken: bob.given.FeedbackToken },
    { Username: 'bob', EventId: bob.given.EventId },
    { FeedbackToken: foreign.given.FeedbackToken, EventId: foreign.given.EventId },
    { FeedbackToken: token.slice(0, -1) },
    { FeedbackToken: `${token}A` },
    { FeedbackToken: 'A' },
    { FeedbackToken: AuthenticationResult?.RefreshToken?.replaceAll(/[^\w.=-]/g, '') },
    { Username: 'nobody', FeedbackToken: 'A' },
  ])
    await assert.rejects(say(more), refused, JSON.stringify(more));
  server.clock.advance(91 * 86_400_000);
  await assert.rejects(say(), refused);
});

test('AT-7 the token of a user who was deleted is of no use for one of the same name', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  const { say } = await noticed(server, place);
  await server.call('AdminDeleteUser', { UserPoolId: place.poolId, Username: 'ada' });
  await settledUser(server, place, 'ada', verified);
  await assert.rejects(say(), { code: 'NotAuthorizedException', message: 'Invalid feedback token.' });
});

test('nothing is recorded of a user who is deleted while they sign in', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await settledUser(server, place);
  const user = { UserPoolId: place.poolId, Username: 'ada' };
  const { users, authEvents } = server.ctx.store;
  const id = (await users.findByName(place.poolId, 'ada'))?.id ?? '';
  const add = authEvents.add.bind(authEvents);
  const added = t.mock.method(authEvents, 'add', async (...event: Parameters<typeof add>) => {
    await server.call('AdminDeleteUser', user);
    await add(...event);
  }).mock;
  await outcomeOf(signInFrom(server, place, home));
  assert.equal(added.callCount(), 1);
  assert.deepEqual((await authEvents.list(place.poolId, id, 0, { limit: 9 })).items, []);
});

test('EN-3 a wrong password costs the same reads and writes for users and for nobody', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'ENFORCED', {}, hidden);
  await setRisk(server, place, blocking);
  await settledUser(server, place);
  const wrong = (name: string) => outcomeOf(signInFrom(server, place, stranger, { name, plain: 'wrong' }));
  const calls = async (name: string) => {
    const seen: string[] = [];
    const { store } = server.ctx;
    const restore = [];
    for (const port of ['users', 'attempts', 'authEvents', 'resources'] as const) {
      const target = store[port] as unknown as Record<string, (...args: unknown[]) => unknown>;
      for (const [method, original] of Object.entries(target)) {
        restore.push(() => (target[method] = original));
        target[method] = (...args) => {
          seen.push(`${port}.${method}`);
          if (method === 'add') added.push(args[0] as AuthEvent);
          return original.apply(target, args);
        };
      }
    }
    assert.equal(await wrong(name), 'Incorrect username or password.');
    restore.forEach((undo) => undo());
    return seen;
  };
  const added: AuthEvent[] = [];
  const known = await calls('ada');
  assert.ok(known.includes('authEvents.add') && known.includes('authEvents.history'));
  assert.deepEqual(await calls('nobody'), known);
  // What was nobody's is soon forgotten.
  const lives = added.map(({ at, expiresAt }) => (expiresAt - at) / 60_000);
  assert.deepEqual(lives, [90 * 24 * 60, 1]);
});

test('a pool without the add-on asks for nothing more at a sign-in', async (t) => {
  const server = await testServer(t);
  const place = await makeHome(server.call);
  await makeUser(server.call, place);
  const { store, knownPasswords } = server.ctx;
  const failing = () => {
    throw new Error('asked although the add-on is off');
  };
  for (const port of [store.authEvents, store.resources] as object[])
    for (const method of Object.keys(port)) Object.assign(port, { [method]: failing });
  Object.assign(knownPasswords, { has: failing });
  assert.ok((await passwordSignIn(server.call, place)).AuthenticationResult);
  assert.equal(
    await outcomeOf(passwordSignIn(server.call, place, { password: 'x' })),
    'Incorrect username or password.',
  );
});
