import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { cognate, folderOf, server, servingProcesses } from '../cli/cognate.ts';
import { withPostgres } from '../postgres.ts';
import {
  addClient,
  inviteUser,
  makeHome,
  makeUser,
  passwordSignIn,
  srpAnswer,
  srpProof,
  srpStart,
  temporary,
} from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { callTo } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { atOnce, outcomes } from '../user-pool.ts';

interface Service {
  readonly url: string;
  /** The process ids of the workers. */
  readonly workers: () => readonly number[];
  readonly call: Call;
}

async function twoWorkers(t: TestContext, database: string | undefined): Promise<Service> {
  const where = ['--data', folderOf(t), ...(database === undefined ? [] : ['--database', database])];
  const flags = ['--port', '0', '--workers', '2', '--failures', '0'];
  const { url, pid } = await server(t, ['serve', ...flags, ...where]);
  const { stdout } = await cognate(['keys', 'create', '--json', ...where]);
  const key = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string };
  const signed = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
  return {
    url,
    workers: () => servingProcesses(pid),
    call: (operation, input) => callTo(url)(operation, input, { signed }),
  };
}

/** How long a process has had a core, in hundredths of a second. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

const refused = 'NotAuthorizedException: Incorrect username or password.';
const locked = 'NotAuthorizedException: Password attempts exceeded';

async function checkGuesses({ url, call, workers }: Service, home: Home): Promise<void> {
  const pids = workers();
  const before = pids.map(cpuOf);
  for (const name of ['ada', 'grace', 'edsger']) {
    await makeUser(call, home, name);
    const guess = () => passwordSignIn(call, home, { name, password: 'Wrong-horse-1' });
    const right = () => passwordSignIn(call, home, { name });
    const begun = performance.now();
    const guesses = await outcomes(atOnce(64, guess));
    // The right password is no way around it, whichever worker is asked.
    const rights = await outcomes(atOnce(8, right));
    // The first lock lasts a second: one more may be let through for each that has passed, and none where none has.
    const more = Math.floor((performance.now() - begun) / 1000);
    const looked = guesses[refused] ?? 0;
    assert.ok(looked >= 5 && looked <= 5 + more, `${looked} were looked at, and ${more} seconds passed`);
    assert.equal(guesses[locked], 64 - looked);
    if (more === 0) assert.deepEqual(rights, { [locked]: 8 });
  }
  const work = pids.map((pid, index) => cpuOf(pid) - (before[index] ?? 0));
  assert.ok(work.length === 2 && Math.min(...work) > 0, `both have been asked: ${work.join(' and ')}`);
  assert.deepEqual(await signInsOf(url), [3 * (64 + 8)]);
}

/** Whichever worker is asked, and however many have ended: the metrics are those of all. */
async function checkMetrics({ url, call, workers }: Service, home: Home): Promise<void> {
  const before = (await signInsOf(url))[0] ?? 0;
  const [one = 0] = workers();
  process.kill(one, 'SIGKILL');
  while (workers().length < 2 || workers().includes(one)) await new Promise(setImmediate);
  assert.deepEqual(await signInsOf(url), [before]);
  await outcomes(atOnce(20, () => passwordSignIn(call, home, { name: 'ada', password: 'Wrong-horse-1' })));
  assert.deepEqual(await signInsOf(url), [before + 20]);
}

/** How many sign-ins the workers have answered together, as different ones of them tell it. */
async function signInsOf(url: string): Promise<number[]> {
  const texts = await Promise.all(atOnce(16, async () => (await fetch(`${url}/metrics`)).text()));
  const found = texts.map((text) => /operation="InitiateAuth",result="\w+"\} (\d+)/.exec(text)?.[1] ?? '0');
  return [...new Set(found.map(Number))];
}

async function checkSingleUse({ call }: Service, home: Home): Promise<void> {
  await makeUser(call, home, 'alan');
  const challenge = await srpStart(call, home, 'alan');
  const proof = srpProof(home, challenge);
  const proofs = await outcomes(atOnce(16, () => srpAnswer(call, home, proof)));
  assert.equal(proofs['ok'], 1, JSON.stringify(proofs));

  await inviteUser(call, home.poolId, 'barbara');
  const { Session } = await passwordSignIn(call, home, { name: 'barbara', password: temporary });
  const answer = (n: number) =>
    call('RespondToAuthChallenge', {
      ClientId: home.clientId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session,
      ChallengeResponses: { USERNAME: 'barbara', NEW_PASSWORD: `Another-horse-${n}` },
    });
  const answers = await outcomes(atOnce(16, answer));
  assert.equal(answers['ok'], 1, JSON.stringify(answers));

  const rotating = await addClient(call, home.poolId, {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    RefreshTokenRotation: { Feature: 'ENABLED' },
  });
  await makeUser(call, home, 'donald');
  const { AuthenticationResult } = await passwordSignIn(call, rotating, { name: 'donald' });
  const RefreshToken = AuthenticationResult?.RefreshToken ?? '';
  const rotate = () => call('GetTokensFromRefreshToken', { ClientId: rotating.clientId, RefreshToken });
  const rotations = await outcomes(atOnce(16, rotate));
  assert.equal(rotations['ok'], 1, JSON.stringify(rotations));
}

async function check(t: TestContext, database?: string): Promise<void> {
  const service = await twoWorkers(t, database);
  const home = await makeHome(service.call);
  await checkGuesses(service, home);
  await checkSingleUse(service, home);
  await checkMetrics(service, home);
}

const title =
  'LO-1 SR-3 SE-1 RF-2 two workers look at five guesses together, and what serves once serves once';

test(`${title}: SQLite`, (t) => check(t));
test(`${title}: PostgreSQL`, async (t) => {
  const database = await withPostgres(t);
  if (database !== undefined) await check(t, database);
});
