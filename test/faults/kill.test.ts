import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { withPostgres } from '../postgres.ts';
import { temporaryFolder } from '../store/servers.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const cycles = 20;

test('DU-1 LO-6 kill -9 under load loses nothing acknowledged, and no guess: SQLite', async (t) => {
  await killAgainAndAgain(t, undefined);
});

test('DU-1 LO-6 kill -9 under load loses nothing acknowledged, and no guess: PostgreSQL', async (t) => {
  const url = await withPostgres(t);
  if (url !== undefined) await killAgainAndAgain(t, url);
});

async function killAgainAndAgain(t: TestContext, database: string | undefined): Promise<void> {
  const folder = temporaryFolder(t);
  let running: ServerProcess | undefined;
  t.after(() => running?.kill());
  let before: Ledger = new Map();
  for (let cycle = 0; cycle < cycles; cycle++) {
    // It starts by itself on what the killed one left.
    const server = await startServer(folder, database);
    running = server;
    await checkAll(server, before);
    if (cycle === cycles - 1) await checkGuesses(server);
    if (cycle === cycles - 2) await guess(server, 4);
    before = await killUnderLoad(server, cycle);
    running = undefined;
  }
}

/** What may be true of each user: one thing, or two where the last change was not acknowledged. */
type Ledger = Map<string, readonly State[]>;
type State = 'absent' | 'created' | 'named';

/** Eight writers; the server is killed at once when so many changes have been acknowledged. */
async function killUnderLoad(server: ServerProcess, cycle: number): Promise<Ledger> {
  const ledger: Ledger = new Map();
  const enough = Promise.withResolvers<void>();
  let acknowledged = 0;
  const onChange = () => {
    acknowledged += 1;
    if (acknowledged === 4 + cycle) enough.resolve();
  };
  const writers = Array.from({ length: 8 }, (_, writer) =>
    // The writer's end is the server's.
    writeOn(server, ledger, `c${cycle}-w${writer}`, onChange).catch(noAnswer),
  );
  await Promise.race([enough.promise, Promise.all(writers)]);
  await server.kill();
  await Promise.all(writers);
  assert.ok(acknowledged >= 4 + cycle);
  return ledger;
}

function noAnswer(error: unknown): void {
  if (error instanceof TypeError) return; // as fetch rejects
  throw error;
}

/** Makes users, names each, and deletes every third, one change after the other. */
async function writeOn(server: ServerProcess, ledger: Ledger, prefix: string, onChange: () => void) {
  const UserPoolId = server.userPoolId;
  for (let n = 0; ; n++) {
    const Username = `${prefix}-n${n}@example.com`;
    const change = async (from: State, to: State, work: () => Promise<{ error?: string | undefined }>) => {
      ledger.set(Username, [from, to]);
      const { error } = await work();
      assert.equal(error, undefined);
      ledger.set(Username, [to]);
      onChange();
    };
    await change('absent', 'created', () =>
      server.call('AdminCreateUser', { UserPoolId, Username, MessageAction: 'SUPPRESS' }),
    );
    const UserAttributes = [{ Name: 'name', Value: 'Named' }];
    await change('created', 'named', () =>
      server.call('AdminUpdateUserAttributes', { UserPoolId, Username, UserAttributes }),
    );
    if (n % 3 !== 2) continue;
    await change('named', 'absent', () => server.call('AdminDeleteUser', { UserPoolId, Username }));
  }
}

async function checkAll(server: ServerProcess, ledger: Ledger): Promise<void> {
  for (const [Username, states] of ledger) {
    const found = await stateOf(server, Username);
    assert.ok(states.includes(found), `${Username} is ${found}, not ${states.join(' or ')}`);
  }
}

async function stateOf(server: ServerProcess, Username: string): Promise<State> {
  const answer = await server.call('AdminGetUser', { UserPoolId: server.userPoolId, Username });
  if (answer.error === 'UserNotFoundException') return 'absent';
  assert.equal(answer.error, undefined);
  return answer.output.UserAttributes?.some(({ Name }) => Name === 'name') ? 'named' : 'created';
}

/** Guesses at once; how many were looked at. */
async function guess(server: ServerProcess, times: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: times }, () =>
      server.call('InitiateAuth', {
        ClientId: server.clientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada@example.com', PASSWORD: 'Wrong-1-guess' },
      }),
    ),
  );
  const messages = answers.map((answer) => (answer.error === undefined ? 'signed in' : answer.message));
  const [looked, refused] = ['Incorrect username or password.', 'Password attempts exceeded'];
  for (const message of messages) assert.ok([looked, refused].includes(message), message);
  return messages.filter((message) => message === looked).length;
}

/** Four guesses came before the kill: a server that forgot them would look at five more, this one at one. */
async function checkGuesses(server: ServerProcess): Promise<void> {
  assert.equal(await guess(server, 8), 1);
}
