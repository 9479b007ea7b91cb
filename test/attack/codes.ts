import type { Attack, Attacks, Person, Scene } from './scene.ts';
import { NotApplicable, newAddress, newPassword } from './scene.ts';

/** Codes that some servers take, and some that are none. */
const guesses = ['123456', '000000', '999999', '9999', 'AAAAAA', ' '];

/** Signs somebody up who has not confirmed yet. */
async function newcomer({ pool, call }: Scene): Promise<Person> {
  const username = newAddress('newcomer');
  const person = { pool, username, password: newPassword(), email: username };
  const { ok, code, message } = await call('SignUp', {
    ClientId: pool.client,
    Username: username,
    Password: person.password,
    UserAttributes: [{ Name: 'email', Value: person.email }],
  });
  if (!ok) throw new NotApplicable(`SignUp is refused: ${code} ${message}`);
  return person;
}

/** Plays guesses until one is taken. Never the right one, where that is known. */
async function guessed(scene: Scene, person: Person, attempt: (code: string) => Promise<{ ok: boolean }>) {
  const right = await scene.target.codeTo(person.email);
  for (const guess of guesses.filter((code) => code !== right)) {
    if ((await attempt(guess)).ok) return `the code "${guess}" was taken`;
  }
  return undefined;
}

const anyCodeAtConfirmSignUp: Attack = async (scene) => {
  const person = await newcomer(scene);
  const { username: Username } = person;
  return guessed(scene, person, (ConfirmationCode) =>
    scene.call('ConfirmSignUp', { ClientId: scene.pool.client, Username, ConfirmationCode }),
  );
};

const signInUnconfirmed: Attack = async (scene) => {
  const { username, password } = await newcomer(scene);
  const { output } = await scene.call('InitiateAuth', {
    ClientId: scene.pool.client,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  return output.AuthenticationResult === undefined ? undefined : 'tokens for an unconfirmed user';
};

async function forgot(scene: Scene): Promise<Person> {
  const person = await scene.person();
  await scene.arrange('ForgotPassword', { ClientId: scene.pool.client, Username: person.username }, 'nobody');
  return person;
}

const reset = ({ call, pool }: Scene, Username: string, ConfirmationCode: string, client = pool.client) =>
  call('ConfirmForgotPassword', { ClientId: client, Username, ConfirmationCode, Password: newPassword() });

const anyCodeAtConfirmForgotPassword: Attack = async (scene) => {
  const person = await forgot(scene);
  return guessed(scene, person, (code) => reset(scene, person.username, code));
};

const resetThatNobodyAskedFor: Attack = async (scene) => {
  const person = await scene.person();
  return guessed(scene, person, (code) => reset(scene, person.username, code));
};

const anyCodeAtVerifyUserAttribute: Attack = async (scene) => {
  const person = await scene.person();
  const { AccessToken } = await scene.signIn(person);
  await scene.call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' });
  return guessed(scene, person, (Code) =>
    scene.call('VerifyUserAttribute', { AccessToken, AttributeName: 'email', Code }),
  );
};

const anyCodeOfAnAuthenticator: Attack = async (scene) => {
  const person = await scene.person();
  const { AccessToken } = await scene.signIn(person);
  await scene.arrange('AssociateSoftwareToken', { AccessToken }, 'nobody');
  return guessed(scene, person, (UserCode) => scene.call('VerifySoftwareToken', { AccessToken, UserCode }));
};

const confirmationTwice: Attack = async (scene) => {
  const person = await forgot(scene);
  const code = await scene.codeTo(person);
  if (!(await reset(scene, person.username, code)).ok) throw new NotApplicable('a true code is refused');
  return (await reset(scene, person.username, code)).ok ? 'a used code reset the password again' : undefined;
};

const sixtyFourAtOnce: Attack = async (scene) => {
  const person = await forgot(scene);
  const code = await scene.codeTo(person);
  const answers = await Promise.all(Array.from({ length: 64 }, () => reset(scene, person.username, code)));
  const taken = answers.filter(({ ok }) => ok).length;
  return taken > 1 ? `one code was taken ${taken} times` : undefined;
};

const codeOfAnotherUser: Attack = async (scene) => {
  const person = await forgot(scene);
  const code = await scene.codeTo(person);
  const victim = await forgot(scene);
  if ((await scene.codeTo(victim)) === code) throw new NotApplicable('both users were sent the same code');
  return (await reset(scene, victim.username, code)).ok
    ? 'the password of the other user was set'
    : undefined;
};

const codeOfAnotherPurpose: Attack = async (scene) => {
  const person = await newcomer(scene);
  const code = await scene.codeTo(person);
  return (await reset(scene, person.username, code)).ok ? 'the code of a sign-up set a password' : undefined;
};

const codeOfResetAtSignUp: Attack = async (scene) => {
  const person = await newcomer(scene);
  const first = await scene.codeTo(person);
  const { ok } = await scene.call('ForgotPassword', {
    ClientId: scene.pool.client,
    Username: person.username,
  });
  const code = await scene.codeTo(person);
  if (!ok || code === first) return undefined;
  const { pool, username: Username } = person;
  const confirmed = await scene.call('ConfirmSignUp', {
    ClientId: pool.client,
    Username,
    ConfirmationCode: code,
  });
  return confirmed.ok ? 'the code of a reset confirmed a sign-up' : undefined;
};

const olderCode: Attack = async (scene) => {
  const person = await forgot(scene);
  const older = await scene.codeTo(person);
  await scene.arrange('ForgotPassword', { ClientId: scene.pool.client, Username: person.username }, 'nobody');
  if ((await scene.codeTo(person)) === older) throw new NotApplicable('the same code was sent twice');
  return (await reset(scene, person.username, older)).ok
    ? 'a code was taken that a newer one replaced'
    : undefined;
};

export const codes: Attacks = {
  'any code at ConfirmSignUp': anyCodeAtConfirmSignUp,
  'a sign-in before the confirmation': signInUnconfirmed,
  'any code at ConfirmForgotPassword': anyCodeAtConfirmForgotPassword,
  'any code for a reset that nobody asked for': resetThatNobodyAskedFor,
  'any code at VerifyUserAttribute': anyCodeAtVerifyUserAttribute,
  'any code at VerifySoftwareToken': anyCodeOfAnAuthenticator,
  'a code that was used': confirmationTwice,
  'one code 64 times at once': sixtyFourAtOnce,
  'the code of another user': codeOfAnotherUser,
  'the code of a sign-up for a reset': codeOfAnotherPurpose,
  'the code of a reset for a sign-up': codeOfResetAtSignUp,
  'a code that a newer one replaced': olderCode,
};
