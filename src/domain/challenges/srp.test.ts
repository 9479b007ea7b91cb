import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  addClient,
  makeHome,
  makeUser,
  outcomeOf,
  srpAnswer,
  srpProof,
  srpSignIn,
  srpStart,
} from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { Call } from '../../../test/test-server.ts';
import { N } from '../../crypto/modp.ts';
import { clientOf } from '../client.ts';
import { openBlock } from './srp-exchange.ts';

const wrong = 'Incorrect username or password.';
const exceeded = 'Password attempts exceeded';
const spent = 'Invalid session for the user, session can only be used once.';

const hex = (number: bigint) => number.toString(16);
const badA: Readonly<Record<string, string>> = {
  'nothing but zero': '0',
  'many zeros': '00'.repeat(384),
  one: '1',
  N: hex(N),
  'N − 1': hex(N - 1n),
  'N + 1': hex(N + 1n),
  '2 N': hex(2n * N),
  '3 N': hex(3n * N),
  'N · 2^64': hex(N << 64n),
  'a negative number': '-5',
  'no hexadecimal': 'xyz',
  'a prefix': '0x1234',
  'too many digits': 'a'.repeat(1537),
};

test('SR-1 an A that would give the secret away makes no state', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  for (const [name, SRP_A] of Object.entries(badA)) {
    const AuthParameters = { USERNAME: 'ada', SRP_A };
    const common = { ClientId: home.clientId, AuthParameters } as const;
    const attempts = [
      call('InitiateAuth', { ...common, AuthFlow: 'USER_SRP_AUTH' }),
      call('AdminInitiateAuth', { ...common, UserPoolId: home.poolId, AuthFlow: 'USER_SRP_AUTH' }),
      call('InitiateAuth', {
        ClientId: home.clientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { ...AuthParameters, PREFERRED_CHALLENGE: 'PASSWORD_SRP' },
      }),
    ];
    const refused = attempts.map((attempt) =>
      assert.rejects(attempt, { code: 'InvalidParameterException' }, name),
    );
    await Promise.all(refused);
  }
});

/** Forgets the guesses before: what is tested is that each attempt is refused, not the lock. */
async function unlocked(call: Call, home: Home): Promise<void> {
  await srpSignIn(call, home);
}

test('SR-2 a proof with a changed block is refused, wherever it was changed', async (t) => {
  const { call, ctx } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const { sub } = await subjectOf(call, home);
  const challenge = await srpStart(call, home);
  const block = Buffer.from(challenge.parameters['SECRET_BLOCK'] ?? '', 'base64');
  const step = Math.ceil(block.length / 300);
  for (let at = 0; at < block.length; at += step) {
    const changed = Buffer.from(block);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    const altered = { ...challenge.parameters, SECRET_BLOCK: changed.toString('base64') };
    const attempt = srpAnswer(call, home, srpProof(home, { ...challenge, parameters: altered }));
    assert.equal(await outcomeOf(attempt), wrong, `byte ${at}`);
    if (at % (4 * step) === 3 * step) await ctx.store.attempts.clear(home.poolId, sub);
  }
  await unlocked(call, home);
  assert.ok((await srpAnswer(call, home, srpProof(home, challenge))).AuthenticationResult);
});

async function subjectOf(call: Call, { poolId }: Home, name = 'ada') {
  const { UserAttributes = [] } = await call('AdminGetUser', { UserPoolId: poolId, Username: name });
  return { sub: UserAttributes.find(({ Name }) => Name === 'sub')?.Value ?? '' };
}

test('SR-2 no bit of a block can be changed', async (t) => {
  const { call, ctx } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const at = await clientOf(ctx, home.clientId);
  const place = { ...at, validationData: {}, clientMetadata: {} };
  const { parameters } = await srpStart(call, home);
  const block = Buffer.from(parameters['SECRET_BLOCK'] ?? '', 'base64');
  const opened = (changed: Buffer) => {
    const secretBlock = changed.toString('base64');
    return openBlock(ctx, place, 'secret-block', { secretBlock, signature: '', timestamp: '' });
  };
  assert.ok(opened(block) !== undefined && block.length * 8 > 7000);
  for (let bit = 0; bit < block.length * 8; bit += 1) {
    const changed = Buffer.from(block);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(opened(changed), undefined, `bit ${bit}`);
  }
});

test('SR-2 a block has one spelling, whole', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const challenge = await srpStart(call, home);
  const block = challenge.parameters['SECRET_BLOCK'] ?? '';
  const url = block.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const spellings = [
    block.slice(0, -4),
    block.slice(4),
    `${block}AAAA`,
    `${block.slice(0, 8)}\n${block.slice(8)}`,
  ];
  for (const SECRET_BLOCK of url === block ? spellings : [...spellings, url]) {
    const altered = { ...challenge.parameters, SECRET_BLOCK };
    const attempt = srpAnswer(call, home, srpProof(home, { ...challenge, parameters: altered }));
    assert.equal(await outcomeOf(attempt), wrong);
    await unlocked(call, home);
  }
});

test('SR-2 a block serves no other user, client or pool, and each try counts as a guess (LO-1)', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home, 'ada');
  await makeUser(call, home, 'bob');
  const other = await addClient(call, home.poolId);
  const elsewhere = await makeHome(call);
  await makeUser(call, elsewhere, 'ada');
  const challenge = await srpStart(call, home);
  const proof = srpProof(home, challenge);
  assert.equal(await outcomeOf(srpAnswer(call, home, { ...proof, USERNAME: 'bob' })), wrong);
  assert.equal(await outcomeOf(srpAnswer(call, elsewhere, proof)), wrong);
  for (let guess = 0; guess < 5; guess += 1)
    assert.equal(await outcomeOf(srpAnswer(call, other, proof)), wrong);
  assert.equal(await outcomeOf(srpAnswer(call, other, proof)), exceeded);
  assert.equal(await outcomeOf(srpAnswer(call, home, proof)), exceeded);
});

test('SR-2 a block does not outlive the password for which it was made', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const challenge = await srpStart(call, home);
  await call('AdminSetUserPassword', {
    UserPoolId: home.poolId,
    Username: 'ada',
    Password: 'Another-horse-1',
    Permanent: true,
  });
  assert.equal(await outcomeOf(srpAnswer(call, home, srpProof(home, challenge))), wrong);
});

test('SE-4 a block does not outlive a global sign-out', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const challenge = await srpStart(call, home);
  await call('AdminUserGlobalSignOut', { UserPoolId: home.poolId, Username: 'ada' });
  assert.equal(await outcomeOf(srpAnswer(call, home, srpProof(home, challenge))), wrong);
  assert.equal(await outcomeOf(srpSignIn(call, home)), 'ok');
});

test('SR-3 a block serves one sign-in, however many answer with it at once', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const proof = srpProof(home, await srpStart(call, home));
  const attempts = Array.from({ length: 3 }, () => outcomeOf(srpAnswer(call, home, proof)));
  assert.deepEqual((await Promise.all(attempts)).sort(), [spent, spent, 'ok']);
  assert.equal(await outcomeOf(srpAnswer(call, home, proof)), spent);
});

test('SR-3 a block serves one sign-in on all servers of one database', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'cognate-'));
  t.after(() => rmSync(data, { recursive: true }));
  const settings = { data, memory: false };
  const { call, clock } = await testServer(t, { settings });
  const { call: other } = await testServer(t, { settings, clock });
  const home = await makeHome(call);
  await makeUser(call, home);
  const proof = srpProof(home, await srpStart(call, home));
  assert.equal(await outcomeOf(srpAnswer(other, home, proof)), 'ok');
  assert.equal(await outcomeOf(srpAnswer(call, home, proof)), spent);
});

test('SR-4 a timestamp is in English, in UTC, and within five minutes, and a signature is base64', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const challenge = await srpStart(call, home);
  const good = srpProof(home, challenge)['TIMESTAMP'] ?? '';
  const refused = [
    srpProof(home, challenge, { at: Date.now() - 301_000 }),
    srpProof(home, challenge, { at: Date.now() + 302_000 }),
    ...[
      good.replace('UTC', 'GMT'),
      good.replace(/^\w+ \w+/, (names) => names.toLowerCase()),
      good.replace(/^\w+/, (day) => (day === 'Mon' ? 'Tue' : 'Mon')),
    ].map((TIMESTAMP) => ({ ...srpProof(home, challenge), TIMESTAMP })),
  ];
  for (const proof of refused) {
    assert.equal(await outcomeOf(srpAnswer(call, home, proof)), wrong, proof['TIMESTAMP']);
    await unlocked(call, home);
  }
  const unreadable = [
    new Date().toISOString(),
    good.replace('UTC', '+05:30'),
    good.replace('UTC', 'utc'),
    good.replace('UTC', 'CET'),
    good.replace(/ \d+:/, ' 7:'),
    `${good} `,
    good.replace(/^\w+ /, 'Die '),
    good.replace(/ \d+$/, ''),
    'now',
  ];
  for (const TIMESTAMP of unreadable) {
    const answer = srpAnswer(call, home, { ...srpProof(home, challenge), TIMESTAMP });
    await assert.rejects(answer, {
      code: 'InvalidParameterException',
      message: 'TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.',
    });
  }
  for (const PASSWORD_CLAIM_SIGNATURE of ['AAA', 'AAAAA', 'AA-A', 'AAAA ', '=AAA']) {
    const answer = srpAnswer(call, home, { ...srpProof(home, challenge), PASSWORD_CLAIM_SIGNATURE });
    await assert.rejects(answer, {
      code: 'InvalidParameterException',
      message: 'Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.',
    });
  }
  const slow = srpProof(home, challenge, { at: Date.now() - 290_000 });
  assert.equal(await outcomeOf(srpAnswer(call, home, slow)), 'ok');
});

test('SR-4 a block serves as long as a session', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await makeHome(call, {}, { AuthSessionValidity: 3 });
  await makeUser(call, home);
  const [first, second] = [await srpStart(call, home), await srpStart(call, home)];
  clock.advance(175_000);
  assert.equal(await outcomeOf(srpAnswer(call, home, srpProof(home, first, { at: clock.now() }))), 'ok');
  clock.advance(5_000);
  assert.equal(await outcomeOf(srpAnswer(call, home, srpProof(home, second, { at: clock.now() }))), wrong);
});

test('SR-5 a signature of any other length is refused', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const challenge = await srpStart(call, home);
  const proof = srpProof(home, challenge);
  const right = Buffer.from(proof['PASSWORD_CLAIM_SIGNATURE'] ?? '', 'base64');
  const longer = Buffer.concat([right, right]);
  for (const length of [1, 16, 31, 33, 64]) {
    const PASSWORD_CLAIM_SIGNATURE = longer.subarray(0, length).toString('base64');
    const attempt = srpAnswer(call, home, { ...proof, PASSWORD_CLAIM_SIGNATURE });
    assert.equal(await outcomeOf(attempt), wrong, `${length} bytes`);
    await unlocked(call, home);
  }
  const none = srpAnswer(call, home, { ...proof, PASSWORD_CLAIM_SIGNATURE: '' });
  assert.equal(await outcomeOf(none), 'Missing required parameter PASSWORD_CLAIM_SIGNATURE');
  assert.equal(await outcomeOf(srpAnswer(call, home, proof)), 'ok');
});
