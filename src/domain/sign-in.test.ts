import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  addClient,
  inviteUser,
  makeHome,
  makeUser,
  outcomeOf,
  password,
  passwordSignIn,
  srpAnswer,
  srpProof,
  srpSignIn,
  srpStart,
} from '../../test/sign-in.ts';
import type { Home } from '../../test/sign-in.ts';
import { temporaryFolder } from '../../test/store/servers.ts';
import { stillClock, testServer } from '../../test/test-server.ts';
import type { Call } from '../../test/test-server.ts';
import type { CreateUserPoolRequest } from '../api/cognito-idp.ts';
import { clientStart } from '../crypto/srp.ts';
import { InitiateAuth, RespondToAuthChallenge } from '../operations/cognito-idp/auth.ts';

const hidden = { PreventUserExistenceErrors: 'ENABLED' } as const;

/** One user for each state that has an answer of its own; all names are equally long. */
async function makeStates(call: Call, home: Home): Promise<void> {
  const disabled = { UserPoolId: home.poolId, Username: await makeUser(call, home, 'disabled') };
  await call('AdminDisableUser', disabled);
  await call('SignUp', { ClientId: home.clientId, Username: 'unproven', Password: password });
  const email = [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ];
  const reset = { UserPoolId: home.poolId, Username: await makeUser(call, home, 'to-reset', email) };
  await call('AdminResetUserPassword', reset);
  await makeUser(call, home, 'a-friend');
  await inviteUser(call, home.poolId, 'newcomer');
}

const states: Readonly<Record<string, string>> = {
  disabled: 'User is disabled.',
  unproven: 'User is not confirmed.',
  'to-reset': 'Password reset required for the user',
  'a-friend': 'ok',
};

test('the state of a user is told to those who know the password, by either flow; who is disabled or unconfirmed, to all', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeStates(call, home);
  for (const [name, told] of Object.entries(states)) {
    assert.equal(await outcomeOf(passwordSignIn(call, home, { name })), told);
    assert.equal(await outcomeOf(srpSignIn(call, home, { name })), told);
    const wrong = { name, password: 'Wrong-horse-1' };
    const isTold = name === 'unproven' || name === 'disabled';
    const refused = isTold ? told : 'Incorrect username or password.';
    assert.equal(await outcomeOf(passwordSignIn(call, home, wrong)), refused);
    assert.equal(await outcomeOf(srpSignIn(call, home, wrong)), refused);
  }
});

test('by SRP who is disabled or has not confirmed is told so before the password is asked for, unless users are hidden', async (t) => {
  const { call } = await testServer(t);
  const shown = await makeHome(call);
  await makeStates(call, shown);
  await call('SignUp', { ClientId: shown.clientId, Username: 'both', Password: password });
  await call('AdminDisableUser', { UserPoolId: shown.poolId, Username: 'both' });
  const hiding = await addClient(call, shown.poolId, hidden);
  const told = {
    disabled: 'User is disabled.',
    unproven: 'User is not confirmed.',
    both: 'User is disabled.',
  };
  for (const [name, refusal] of Object.entries(told)) {
    const start = {
      UserPoolId: shown.poolId,
      ClientId: shown.clientId,
      AuthFlow: 'USER_SRP_AUTH',
      AuthParameters: { USERNAME: name, SRP_A: clientStart().A },
    } as const;
    for (const operation of ['InitiateAuth', 'AdminInitiateAuth'] as const)
      assert.equal(await outcomeOf(call(operation, start)), refusal);
    const challenge = await srpStart(call, hiding, name);
    const wrong = srpProof(hiding, challenge, { password: 'Wrong-horse-1' });
    assert.equal(await outcomeOf(srpAnswer(call, hiding, wrong)), 'Incorrect username or password.');
    assert.equal(await outcomeOf(srpAnswer(call, hiding, srpProof(hiding, challenge))), refusal);
  }
});

/** Status, headers and body as they come, without what differs from answer to answer. */
async function rawAnswer(url: string, operation: string, input: unknown): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const headers = [...response.headers].filter(([name]) => name !== 'date' && name !== 'x-amzn-requestid');
  return JSON.stringify([response.status, headers, await response.text()]);
}

const names = ['disabled', 'unproven', 'to-reset', 'a-friend', 'newcomer', 'nobody-1'];

test('the sub signs in where it is the user name alone; with another user name it is one that nobody has', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { AliasAttributes: ['preferred_username'] });
  const hiding = await addClient(call, home.poolId, hidden);
  const ada = { UserPoolId: home.poolId, Username: await makeUser(call, home, 'ada') };
  const name = await subOf(call, ada);
  const ends = async () => [
    await outcomeOf(passwordSignIn(call, home, { name })),
    await outcomeOf(srpSignIn(call, home, { name })),
    await outcomeOf(passwordSignIn(call, hiding, { name })),
    await outcomeOf(srpSignIn(call, hiding, { name })),
  ];
  const [unknown, refused] = ['User does not exist.', 'Incorrect username or password.'];
  assert.deepEqual(await ends(), [unknown, unknown, refused, refused]);
  assert.equal(await outcomeOf(byChoice(call, hiding, name)), refused);
  const UserAttributes = [{ Name: 'preferred_username', Value: name }];
  await call('AdminUpdateUserAttributes', { ...ada, UserAttributes });
  assert.deepEqual(await ends(), ['ok', 'ok', 'ok', 'ok']);

  const byAddress = await makeHome(call, { UsernameAttributes: ['email'] });
  await makeUser(call, byAddress, 'ada@example.com');
  const sub = await subOf(call, { UserPoolId: byAddress.poolId, Username: 'ada@example.com' });
  assert.equal(await outcomeOf(srpSignIn(call, byAddress, { name: sub })), 'ok');
});

/** The name is given with the answer, too. */
async function byChoice(call: Call, { clientId: ClientId }: Home, USERNAME: string): Promise<unknown> {
  const AuthParameters = { USERNAME };
  const { Session } = await call('InitiateAuth', { ClientId, AuthFlow: 'USER_AUTH', AuthParameters });
  const ChallengeResponses = { USERNAME, ANSWER: 'PASSWORD', PASSWORD: password };
  const ChallengeName = 'SELECT_CHALLENGE';
  return call('RespondToAuthChallenge', { ClientId, ChallengeName, Session, ChallengeResponses });
}

async function subOf(call: Call, user: { UserPoolId: string; Username: string }): Promise<string> {
  const { UserAttributes = [] } = await call('AdminGetUser', user);
  return UserAttributes.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

test('EN-1 with a wrong password all who exist and all who do not get the same answer', async (t) => {
  const { call, url } = await testServer(t);
  const home = await makeHome(call, {}, hidden);
  await makeStates(call, home);
  const byPassword = (name: string) => ({
    ClientId: home.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: name, PASSWORD: 'Wrong-horse-1' },
  });
  const byChoice = (name: string) => ({
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: name, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: 'Wrong-horse-1' },
  });
  for (const input of [byPassword, byChoice]) {
    const answers = await Promise.all(names.map((name) => rawAnswer(url, 'InitiateAuth', input(name))));
    assert.equal(new Set(answers).size, 1, answers.join('\n'));
    assert.match(answers[0] ?? '', /Incorrect username or password\./);
  }
});

test('EN-1 SRP and the choice look alike for all, up to the refusal', async (t) => {
  const { call, url } = await testServer(t);
  const home = await makeHome(call, {}, hidden);
  await makeStates(call, home);
  const { A } = clientStart();
  const starts = [
    { AuthFlow: 'USER_SRP_AUTH', SRP_A: A },
    { AuthFlow: 'USER_AUTH' },
    { AuthFlow: 'USER_AUTH', PREFERRED_CHALLENGE: 'PASSWORD' },
    { AuthFlow: 'USER_AUTH', PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A: A },
  ];
  for (const { AuthFlow, ...parameters } of starts) {
    const answers = await Promise.all(
      names.map(async (name) => {
        const AuthParameters = { USERNAME: name, ...parameters };
        return rawAnswer(url, 'InitiateAuth', { ClientId: home.clientId, AuthFlow, AuthParameters });
      }),
    );
    const forms = answers.map((answer, index) => formOf(answer, names[index] ?? ''));
    assert.equal(new Set(forms).size, 1, forms.join('\n'));
  }
  for (const name of names) {
    const proof = srpProof(home, await srpStart(call, home, name), { password: 'Wrong-horse-1' });
    assert.equal(await outcomeOf(srpAnswer(call, home, proof)), 'Incorrect username or password.');
  }
});

/** An answer with its random parts replaced by their kind. Lengths differ by the chance of a leading zero only. */
function formOf(answer: string, name: string): string {
  return answer
    .replaceAll(name, 'NAME')
    .replaceAll(/\["content-length","\d+"\],?/g, '')
    .replaceAll(/(SRP_B\\":\\")[0-9a-f]{760,768}/g, '$1NUMBER')
    .replaceAll(/(SALT\\":\\")[0-9a-f]{32}/g, '$1SALT')
    .replaceAll(/(SECRET_BLOCK\\":\\")[\w+/=]+/g, (_, head: string) => `${head}BLOCK`)
    .replaceAll(/(Session\\":\\")AYABe[\w-]+/g, (_, head: string) => `${head}SESSION`);
}

test('EN-2 an unknown name has one salt and one id in all letter cases, other than in another pool', async (t) => {
  const { call } = await testServer(t);
  const pool = { UsernameAttributes: ['email'], UsernameConfiguration: { CaseSensitive: false } } as const;
  const [one, two] = [await makeHome(call, pool, hidden), await makeHome(call, pool, hidden)];
  const challengeOf = async (home: Home, name: string) => (await srpStart(call, home, name)).parameters;
  const first = await challengeOf(one, 'nobody@example.com');
  const second = await challengeOf(one, 'Nobody@Example.com');
  const other = await challengeOf(two, 'nobody@example.com');
  assert.match(first['USER_ID_FOR_SRP'] ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(second['SALT'], first['SALT']);
  assert.equal(second['USER_ID_FOR_SRP'], first['USER_ID_FOR_SRP']);
  assert.notEqual(second['SRP_B'], first['SRP_B']);
  assert.notEqual(other['SALT'], first['SALT']);
  assert.notEqual(other['USER_ID_FOR_SRP'], first['USER_ID_FOR_SRP']);
});

test('EN-2 the blocks of unknown and known names are of the same length', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, {}, hidden);
  await makeUser(call, home);
  const lengths = async (name: string) =>
    (await srpStart(call, home, name)).parameters['SECRET_BLOCK']?.length;
  const known = new Set([await lengths('ada'), await lengths('ada'), await lengths('ada')]);
  const unknown = new Set([await lengths('bob'), await lengths('eve'), await lengths('joe')]);
  assert.deepEqual(unknown, known);
});

test('EN-2 an unknown name has the same salt and id on every server, after a restart and years later', async (t) => {
  const settings = { data: temporaryFolder(t), memory: false };
  const clock = stillClock();
  const { call } = await testServer(t, { settings, clock });
  const home = await makeHome(call, { UsernameAttributes: ['email'] }, hidden);
  const seen = new Set<string>();
  for (const years of [0, 0, 5]) {
    clock.advance(years * 365 * 24 * 60 * 60_000);
    const later = await testServer(t, { settings, clock });
    for (const server of [call, later.call]) {
      const { SALT, USER_ID_FOR_SRP } = (await srpStart(server, home, 'nobody@example.com')).parameters;
      seen.add(`${SALT} ${USER_ID_FOR_SRP}`);
    }
  }
  assert.equal(seen.size, 1);
});

/**
 * How well a guesser tells the two apart by their times: the area under the ROC curve. 0.5 is not at all; 0.99 comes of an
 * exponentiation that is left out. Chance is within 0.05 of 80 pairs.
 */
function distinction(some: readonly number[], others: readonly number[]): number {
  const wins = some.flatMap((a) => others.map((b): number => (a < b ? 1 : a === b ? 0.5 : 0)));
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}

for (const { by, settings, ada, eve } of [
  { by: 'user name', settings: {}, ada: 'ada', eve: 'eve' },
  {
    by: 'address',
    settings: { UsernameAttributes: ['email'] },
    ada: 'ada@example.com',
    eve: 'eve@example.com',
  },
] as const)
  test(`EN-3 how long a sign-in by ${by} takes to be refused does not tell who exists, by password and by each step of SRP`, (t) =>
    checkTimes(t, settings, ada, eve));

async function checkTimes(
  t: TestContext,
  settings: Partial<CreateUserPoolRequest>,
  ada: string,
  eve: string,
): Promise<void> {
  const clock = stillClock();
  const { call, ctx } = await testServer(t, { clock });
  const home = await makeHome(call, settings, hidden);
  await makeUser(call, home, ada);
  const ClientId = home.clientId;
  const { A } = clientStart();
  const steps = {
    password: async (USERNAME: string) => {
      const AuthParameters = { USERNAME, PASSWORD: 'Wrong-horse-1' };
      return InitiateAuth(ctx, { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters });
    },
    start: async (USERNAME: string) => {
      const AuthParameters = { USERNAME, SRP_A: A };
      return InitiateAuth(ctx, { ClientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters });
    },
    proof: async (USERNAME: string, SECRET_BLOCK: string) => {
      const [TIMESTAMP, PASSWORD_CLAIM_SIGNATURE] = ['Tue Mar 3 07:05:09 UTC 2026', 'AAAA'];
      const proof = { PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK, PASSWORD_CLAIM_SIGNATURE, TIMESTAMP };
      const ChallengeResponses = { USERNAME, ...proof };
      return RespondToAuthChallenge(ctx, {
        ClientId,
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeResponses,
      });
    },
  };
  for (const [what, step] of Object.entries(steps)) {
    const times: Record<string, number[]> = { [ada]: [], [eve]: [] };
    for (let pair = 0; pair < 100; pair += 1) {
      // Nobody is locked. Who comes first is left to chance: turns fall in with the rhythm of what is made ahead.
      clock.advance(16 * 60_000);
      for (const name of randomInt(2) === 0 ? [ada, eve] : [eve, ada]) {
        const { ChallengeParameters } = what === 'proof' ? await steps.start(name) : {};
        const block = ChallengeParameters?.['SECRET_BLOCK'] ?? '';
        const begun = performance.now();
        await step(name, block).catch(() => undefined);
        // The first ones pay for what is made once.
        if (pair >= 20) times[name]?.push(performance.now() - begun);
      }
    }
    const told = distinction(times[ada] ?? [], times[eve] ?? []);
    assert.ok(told > 0.28 && told < 0.72, `${what}: ${told}`);
  }
}
