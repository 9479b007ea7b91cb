import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { globSync, readFileSync, readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { clientStart, makeVerifier } from '../src/crypto/srp.ts';
import { makeHome, makeUser, password, passwordSignIn, srpAnswer, srpProof, srpStart } from './sign-in.ts';
import { temporaryFolder } from './store/servers.ts';
import { testServer } from './test-server.ts';

const repository = join(import.meta.dirname, '..');

test('SR-6 no Diffie-Hellman object is built from a prime: OpenSSL would test it, for over a second', () => {
  const builders = /\b(?:createDiffieHellman(?:Group)?|DiffieHellman|checkPrime|generatePrime)(?:Sync)?\s*\(/;
  const files = globSync('src/**/*.ts', { cwd: repository }).filter((file) => !file.endsWith('.test.ts'));
  const sources = files.map((file) => [file, readFileSync(join(repository, file), 'utf8')] as const);
  assert.deepEqual(
    sources.filter(([, text]) => builders.test(text)).map(([file]) => file),
    [],
  );
  // The named group is looked up, not tested; once, when the file is loaded.
  const lookups = sources.flatMap(([file, text]) =>
    [...text.matchAll(/^.*\bgetDiffieHellman\s*\(.*$/gm)].map(([line]) => `${file}: ${line}`),
  );
  assert.deepEqual(lookups, ["src/crypto/modp.ts: const prime = getDiffieHellman('modp15').getPrime();"]);
});

/** Lengths in bytes of the exponents that were raised to, by turns of the event loop. */
function watchExponents(t: TestContext): number[][] {
  const real = crypto.publicEncrypt;
  const turns: number[][] = [];
  let turn: number[] | undefined;
  t.mock.method(crypto, 'publicEncrypt', (key: { key: string }, base: Buffer) => {
    if (turn === undefined) {
      turns.push((turn = []));
      setImmediate(() => (turn = undefined));
    }
    // A sequence of N (389 bytes) and the exponent, each integer with a head of five bytes, the zero among them.
    turn.push(key.key.length - 4 - 389 - 5);
    return real(key, base);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return turns;
}

test('SR-6 a sign-in takes two short exponentiations at most in one turn of the event loop, whoever it is', async (t) => {
  const turns = watchExponents(t);
  const { call } = await testServer(t);
  const home = await makeHome(call, {}, { PreventUserExistenceErrors: 'ENABLED' });
  await makeUser(call, home);
  for (const USERNAME of ['ada', 'nobody']) {
    // The client's own, of which one is long, are not counted.
    const start = clientStart();
    turns.length = 0;
    await passwordSignIn(call, home, { name: USERNAME }).catch(() => undefined);
    const { ChallengeParameters: parameters = {} } = await call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'USER_SRP_AUTH',
      AuthParameters: { USERNAME, SRP_A: start.A },
    });
    check(turns, 0);
    const proof = srpProof(home, { start, parameters });
    turns.length = 0;
    await srpAnswer(call, home, proof).catch(() => undefined);
    check(turns, 2);
  }
});

/** The server may have made one ahead in the same turn; powers of the generator come from a table after a while. */
function check(turns: readonly (readonly number[])[], atLeast: number): void {
  const most = Math.max(0, ...turns.map((turn) => turn.length));
  assert.ok(most >= atLeast && most <= 3, JSON.stringify(turns));
  assert.ok(
    turns.flat().every((length) => length > 0 && length <= 32),
    JSON.stringify(turns),
  );
}

/** A value as it may stand in a file. */
function spellingsOf(value: Uint8Array): Buffer[] {
  const bytes = Buffer.from(value);
  const texts = [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('base64url')];
  // Base 64 in the three positions that it may begin at within a longer text, without the ends.
  const shifted = [0, 1, 2].map((at) =>
    Buffer.concat([Buffer.alloc(at), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [bytes, ...[...texts, ...shifted].map((text) => Buffer.from(text))];
}

test('SR-7 what a password is checked by stands in no file, in no spelling', async (t) => {
  const data = temporaryFolder(t);
  const { call, ctx } = await testServer(t, { settings: { data, memory: false } });
  const home = await makeHome(call);
  await makeUser(call, home);
  await passwordSignIn(call, home);
  await srpAnswer(call, home, srpProof(home, await srpStart(call, home)));
  const user = await ctx.store.users.findByName(home.poolId, 'ada');
  const salt = user?.password?.salt ?? '';
  const verifier = makeVerifier(home.poolId, 'ada', password, Buffer.from(salt, 'hex'));
  const files = readdirSync(data).map((file) => readFileSync(join(data, file)));
  const isAnywhere = (text: Buffer) => files.some((file) => file.includes(text));
  assert.ok(isAnywhere(Buffer.from(salt)), 'the salt is there, and so this looks in the right place');
  for (const spelling of [...spellingsOf(verifier), ...spellingsOf(Buffer.from(password))]) {
    assert.equal(isAnywhere(spelling), false, spelling.toString('latin1').slice(0, 20));
  }
});
