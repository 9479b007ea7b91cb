/** What is measured: one step of each operation, as a client sends it. */
import { randomBytes, randomUUID } from 'node:crypto';

import { clientProof, clientStart } from '../src/crypto/srp.ts';
import type { Answer, Call } from './load.ts';
import type { Exchange, Step, Timing } from './measure.ts';

export interface Scenario {
  readonly name: string;
  readonly step: Step | Exchange;
  /** In seconds, where it is not the usual. */
  readonly timing?: Timing;
}

export interface Directory {
  readonly poolId: string;
  readonly poolName: string;
  readonly clientId: string;
  /** Users who have a password, spread over the whole pool. */
  readonly users: readonly string[];
}

export const password = 'Correct-Horse-7';

const ok = (answer: Answer) => answer.status === 200;

/** Servers live for weeks; V8 has compiled what a sign-in takes after some ten thousand of them. */
const untilCompiled = { warmUp: 60, enough: 10_000 };

/** A pool with a client that allows the flows, and `count` users whose password is set. `settings` are the pool's own. */
export async function prepare(call: Call, count: number, settings: object = {}): Promise<Directory> {
  const poolId = await createPool(call, settings);
  const made = await call('CreateUserPoolClient', {
    UserPoolId: poolId,
    ClientName: 'bench',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    // A soak may take longer than the usual hour.
    AccessTokenValidity: 24,
  });
  const clientId = (made.body['UserPoolClient'] as { ClientId: string }).ClientId;
  const users = Array.from({ length: count }, (_, index) => `user-${index}@example.com`);
  for (const user of users) {
    await call('AdminCreateUser', {
      UserPoolId: poolId,
      Username: user,
      MessageAction: 'SUPPRESS',
      TemporaryPassword: password,
      UserAttributes: [{ Name: 'email', Value: user }],
    });
    await call('AdminSetUserPassword', {
      UserPoolId: poolId,
      Username: user,
      Password: password,
      Permanent: true,
    });
  }
  return { poolId, poolName: poolId.slice(poolId.indexOf('_') + 1), clientId, users };
}

async function createPool(call: Call, settings: object): Promise<string> {
  const { body } = await call('CreateUserPool', { PoolName: 'bench', ...settings });
  return (body['UserPool'] as { Id: string }).Id;
}

/** Every scenario; those that need tokens sign in first. */
export async function scenarios(call: Call, directory: Directory): Promise<readonly Scenario[]> {
  const { poolId, clientId } = directory;
  const userOf = (turn: number) => directory.users[turn % directory.users.length] ?? '';
  const signIn = (user: string) =>
    call('InitiateAuth', {
      ClientId: clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: user, PASSWORD: password },
    });
  const first = await signIn(userOf(0));
  const tokens = (first.body['AuthenticationResult'] ?? {}) as {
    AccessToken?: string;
    RefreshToken?: string;
  };
  return [
    {
      name: 'CreateUserPool',
      step: async () => ok(await call('CreateUserPool', { PoolName: 'bench' })),
      // There is an end to how many there may be.
      timing: { seconds: 1.5, warmUp: 1 },
    },
    {
      name: 'SignUp',
      step: async () =>
        ok(
          await call('SignUp', {
            ClientId: clientId,
            Username: `${randomUUID()}@example.com`,
            Password: password,
          }),
        ),
    },
    {
      name: 'AdminCreateUser',
      step: async () => {
        const address = `${randomUUID()}@example.com`;
        const attributes = [{ Name: 'email', Value: address }];
        const user = {
          UserPoolId: poolId,
          Username: address,
          UserAttributes: attributes,
          MessageAction: 'SUPPRESS',
        };
        return ok(await call('AdminCreateUser', user));
      },
    },
    {
      name: 'password sign-in',
      step: async (turn) => ok(await signIn(userOf(turn))),
      timing: untilCompiled,
    },
    {
      name: 'SRP sign-in',
      step: srpSignIn(call, directory, userOf),
      timing: untilCompiled,
    },
    {
      name: 'refresh',
      step: async () =>
        ok(
          await call('InitiateAuth', {
            ClientId: clientId,
            AuthFlow: 'REFRESH_TOKEN_AUTH',
            AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken },
          }),
        ),
      timing: untilCompiled,
    },
    { name: 'GetUser', step: async () => ok(await call('GetUser', { AccessToken: tokens.AccessToken })) },
    {
      name: 'ListUsers with filter',
      step: async (turn) =>
        ok(await call('ListUsers', { UserPoolId: poolId, Filter: `email = "${userOf(turn)}"` })),
    },
  ];
}

/** One for all, and with a short secret: a start of its own each time would make the runs longer, and no fairer. */
const srpStart = clientStart(randomBytes(32));

function srpSignIn(
  call: Call,
  { poolName, clientId }: Directory,
  userOf: (turn: number) => string,
): Exchange {
  return {
    begin: async (turn) => {
      const AuthParameters = { USERNAME: userOf(turn), SRP_A: srpStart.A };
      const begun = await call('InitiateAuth', {
        ClientId: clientId,
        AuthFlow: 'USER_SRP_AUTH',
        AuthParameters,
      });
      const parameters = begun.body['ChallengeParameters'] as Record<string, string> | undefined;
      if (parameters?.['SRP_B'] === undefined) return () => async () => false;
      return () => {
        const proof = clientProof(srpStart, { poolName, password, parameters });
        const ChallengeResponses = { USERNAME: parameters['USERNAME'], ...proof };
        const answer = { ClientId: clientId, ChallengeName: 'PASSWORD_VERIFIER', ChallengeResponses };
        return async () => ok(await call('RespondToAuthChallenge', answer));
      };
    },
  };
}
