import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createAccessKey } from '../src/iam/access-keys.ts';
import { managedPolicies } from '../src/iam/managed-policies.ts';
import type { Credentials } from '../src/iam/sign-request.ts';
import { attacks, play } from './attack/play.ts';
import { testServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';

const anybody = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'made up' };

/** Access keys are made by the command line, not over the wire. */
async function administrator({ ctx }: TestServer): Promise<Credentials> {
  const { account } = ctx.settings;
  const policy = managedPolicies['administrator'] ?? '';
  const { id, secret } = await createAccessKey(ctx, { account, userName: 'attacked', policy });
  return { accessKeyId: id, secretAccessKey: secret };
}

/** What cannot be played, with its reason. */
const unplayed: Readonly<Record<'dev' | 'serve', readonly string[]>> = {
  dev: ['calls of administrators with a made-up access key'],
  serve: [],
};
const notBuilt = ['any code at VerifySoftwareToken'];

for (const mode of ['dev', 'serve'] as const) {
  test(`AT-5 SE-1 JW-1 SR-1 MF-5 RF-5 LO-1 EN-1 every known take-over is refused (${mode})`, async (t) => {
    const server = await testServer(t, { settings: { mode } });
    const results = await play(
      {
        url: server.url,
        region: 'us-east-1',
        credentials: mode === 'serve' ? await administrator(server) : anybody,
        codeTo: async (address) => server.inbox.list(address).at(-1)?.code,
      },
      ({ attack, outcome, reason }) => {
        if (outcome !== 'held') t.diagnostic(`${outcome} ${attack}: ${reason}`);
      },
    );
    assert.equal(results.length, Object.keys(attacks).length);
    const named = (outcome: string) =>
      results.filter((result) => result.outcome === outcome).map(({ attack }) => attack);
    assert.deepEqual(named('FELL'), []);
    const open = [...unplayed[mode], ...notBuilt];
    assert.deepEqual(
      named('n/a').filter((attack) => !open.includes(attack)),
      [],
    );
  });
}

test('a server that believes everything falls', async (t) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'RS256', kid: '1' })}.${part({ sub: 'x', exp: 1 })}.${'A'.repeat(342)}`;
  const answer = JSON.stringify({
    UserPool: { Id: 'us-east-1_a' },
    UserPoolClient: { ClientId: 'b' },
    AuthenticationResult: { AccessToken: token, IdToken: token, RefreshToken: token },
  });
  const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const target = { url: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials: anybody };
  const results = await play({ ...target, codeTo: async () => '424242' }, () => undefined);
  const fell = results.filter(({ outcome }) => outcome === 'FELL').map(({ attack }) => attack);
  assert.ok(fell.length > 50, String(fell.length));
  assert.ok(fell.includes('calls of administrators that nobody signed'));
  assert.ok(fell.includes('64 guesses at once'));
});
