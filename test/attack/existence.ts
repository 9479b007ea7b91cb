import { clientStart } from '../../src/crypto/srp.ts';
import type { Attack, Attacks, Scene } from './scene.ts';
import { newAddress } from './scene.ts';
import type { Answer } from './target.ts';

type Ask = (scene: Scene, Username: string) => Promise<Answer<object>>;

/** What an answer tells, without what is new in every answer. */
const told = ({ ok, status, code, message, output }: Answer<object>) =>
  JSON.stringify([status, code, ok ? Object.keys(output).sort() : message]);

/** Asks of somebody who is there and of somebody who is not. The answers must be the same. */
const oracle =
  (ask: Ask): Attack =>
  async (scene) => {
    const { username } = await scene.person();
    const known = told(await ask(scene, username));
    const unknown = told(await ask(scene, newAddress('person')));
    return known === unknown ? undefined : `${known} or ${unknown}`;
  };

const password: Ask = ({ call, pool }, USERNAME) =>
  call('InitiateAuth', {
    ClientId: pool.client,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME, PASSWORD: 'Wrong-1234567' },
  });

const srpStart: Ask = ({ call, pool }, USERNAME) =>
  call('InitiateAuth', {
    ClientId: pool.client,
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME, SRP_A: clientStart().A },
  });

/** Somebody who is not there has one salt, as everybody else has. */
const changingSalt: Attack = async (scene) => {
  const name = newAddress('person');
  const salts = new Set<string | undefined>();
  for (let time = 0; time < 3; time += 1) {
    const { ok, output } = await srpStart(scene, name);
    if (!ok) return 'an unknown user is refused at once';
    salts.add((output as { ChallengeParameters?: Record<string, string> }).ChallengeParameters?.['SALT']);
  }
  return salts.size === 1 ? undefined : 'the salt of an unknown user changes';
};

const forgotPassword: Ask = ({ call, pool }, Username) =>
  call('ForgotPassword', { ClientId: pool.client, Username });

/** After a code was asked for. Before, Cognito itself tells who exists (ExpiredCodeException). */
const confirmForgotPassword: Ask = async ({ call, pool }, Username) => {
  await call('ForgotPassword', { ClientId: pool.client, Username });
  return call('ConfirmForgotPassword', {
    ClientId: pool.client,
    Username,
    ConfirmationCode: '918273',
    Password: 'Some-password-1',
  });
};

export const existence: Attacks = {
  'who exists, by a wrong password': oracle(password),
  'who exists, by the start of SRP': oracle(srpStart),
  'who exists, by the salt of SRP': changingSalt,
  'who exists, by ForgotPassword': oracle(forgotPassword),
  'who exists, by ConfirmForgotPassword': oracle(confirmForgotPassword),
};
