import { clientProof, clientStart } from '../../src/crypto/srp.ts';
import type { Attack, Attacks, Person, Scene } from './scene.ts';
import { NotApplicable, newAddress } from './scene.ts';

const guess = ({ call, pool }: Scene, username: string, password = 'Wrong-1234567') =>
  call('InitiateAuth', {
    ClientId: pool.client,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });

const adminGuess = ({ call, pool }: Scene, username: string) =>
  call(
    'AdminInitiateAuth',
    {
      UserPoolId: pool.id,
      ClientId: pool.client,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: 'Wrong-1234567' },
    },
    'administrator',
  );

async function srpGuess({ call, pool }: Scene, username: string): Promise<void> {
  const start = clientStart();
  const { output } = await call('InitiateAuth', {
    ClientId: pool.client,
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME: username, SRP_A: start.A },
  });
  const parameters = output.ChallengeParameters;
  if (parameters?.['SRP_B'] === undefined) return;
  const proof = clientProof(start, { poolName: pool.id, password: 'Wrong-1234567', parameters });
  await call('RespondToAuthChallenge', {
    ClientId: pool.client,
    ChallengeName: 'PASSWORD_VERIFIER',
    ...(output.Session === undefined ? {} : { Session: output.Session }),
    ChallengeResponses: { USERNAME: parameters['USER_ID_FOR_SRP'] ?? username, ...proof },
  });
}

/** The right password, at once after the wrong ones. */
async function isOpen(scene: Scene, { username, password }: Person): Promise<string | undefined> {
  const { output } = await guess(scene, username, password);
  return output.AuthenticationResult === undefined ? undefined : 'the right password was taken at once';
}

/** Somebody whose password is known to work. */
async function victim(scene: Scene): Promise<Person> {
  const person = await scene.person();
  await scene.signIn(person);
  return person;
}

const sixGuesses: Attack = async (scene) => {
  const person = await victim(scene);
  for (let time = 0; time < 6; time += 1) await guess(scene, person.username);
  return isOpen(scene, person);
};

const spreadOverFlows: Attack = async (scene) => {
  const person = await victim(scene);
  for (let time = 0; time < 2; time += 1) {
    await guess(scene, person.username);
    await srpGuess(scene, person.username);
    await adminGuess(scene, person.username);
  }
  return isOpen(scene, person);
};

/** At most five may be told whether the guess was right; the others must be told nothing. */
async function evaluated(scene: Scene, username: string): Promise<string | undefined> {
  const answers = await Promise.all(Array.from({ length: 64 }, () => guess(scene, username)));
  if (answers.some(({ status }) => status >= 500))
    throw new NotApplicable('the server fails under 64 guesses at once');
  const count = answers.filter(
    ({ message }) => !/attempts exceeded|limit exceeded|rate exceeded/i.test(message),
  ).length;
  return count <= 5 ? undefined : `${count} of 64 guesses were evaluated`;
}

const sixtyFourAtOnce: Attack = async (scene) => evaluated(scene, (await victim(scene)).username);

const unknownUser: Attack = (scene) => evaluated(scene, newAddress('person'));

export const lockout: Attacks = {
  'six guesses at a password': sixGuesses,
  'guesses spread over the flows': spreadOverFlows,
  '64 guesses at once': sixtyFourAtOnce,
  '64 guesses at once at somebody unknown': unknownUser,
};
