import type { Attack, Attacks, Person, Scene, Tokens } from './scene.ts';
import { NotApplicable, clientLike } from './scene.ts';

const refresh = ({ call, pool }: Scene, REFRESH_TOKEN: string, ClientId = pool.client) =>
  call('InitiateAuth', { ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN } });

type End = (scene: Scene, person: Person, tokens: Tokens) => Promise<unknown>;

/** Ends a session in some way, then uses its tokens. */
const after =
  (end: End): Attack =>
  async (scene) => {
    const person = await scene.person();
    const tokens = await scene.signIn(person);
    const { AccessToken, RefreshToken = '' } = tokens;
    await scene.arrange('GetUser', { AccessToken }, 'nobody');
    if (!(await refresh(scene, RefreshToken)).ok) throw new NotApplicable('a refresh token is refused');
    await end(scene, person, tokens);
    const taken: string[] = [];
    if ((await refresh(scene, RefreshToken)).ok) taken.push('the refresh token');
    if ((await scene.call('GetUser', { AccessToken })).ok) taken.push('the access token');
    return taken.length === 0 ? undefined : `${taken.join(' and ')} still serves`;
  };

const named = ({ pool, username }: Person) => ({ UserPoolId: pool.id, Username: username });

const revoke: End = ({ arrange, pool }, _, { RefreshToken = '' }) =>
  arrange('RevokeToken', { ClientId: pool.client, Token: RefreshToken }, 'nobody');

const signOut: End = ({ arrange }, _, { AccessToken }) => arrange('GlobalSignOut', { AccessToken }, 'nobody');

const signOutByAdministrator: End = ({ arrange }, person) => arrange('AdminUserGlobalSignOut', named(person));

const disable: End = ({ arrange }, person) => arrange('AdminDisableUser', named(person));

const remove: End = ({ arrange }, person) => arrange('AdminDeleteUser', named(person));

const removeAndMakeAnew: End = async (scene, person, tokens) => {
  await remove(scene, person, tokens);
  await scene.person({ username: person.email });
};

/** What a disabled user may still do with a password. */
const signInDisabled: Attack = async (scene) => {
  const person = await scene.person();
  await scene.signIn(person);
  await disable(scene, person, await scene.signIn(person));
  const { output } = await scene.call('InitiateAuth', {
    ClientId: scene.pool.client,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: person.username, PASSWORD: person.password },
  });
  return output.AuthenticationResult === undefined ? undefined : 'tokens for a disabled user';
};

const oldPassword: Attack = async (scene) => {
  const person = await scene.person();
  await scene.signIn(person);
  const { password: Password } = await scene.person();
  await scene.arrange('AdminSetUserPassword', { ...named(person), Password, Permanent: true });
  const { ok } = await scene.call('InitiateAuth', {
    ClientId: scene.pool.client,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: person.username, PASSWORD: person.password },
  });
  return ok ? 'the former password was taken' : undefined;
};

const rotated: Attack = async (scene) => {
  const { UserPoolClient } = await scene.arrange(
    'CreateUserPoolClient',
    clientLike(scene.pool.id, {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    }),
  );
  const ClientId = UserPoolClient?.ClientId ?? '';
  const { RefreshToken = '' } = await scene.signIn(await scene.person(), ClientId);
  const use = () => scene.call('GetTokensFromRefreshToken', { ClientId, RefreshToken });
  const first = await use();
  if (!first.ok) throw new NotApplicable(`GetTokensFromRefreshToken is refused: ${first.code}`);
  if (first.output.AuthenticationResult?.RefreshToken === undefined)
    throw new NotApplicable('nothing is rotated here');
  const answers = await Promise.all(Array.from({ length: 16 }, use));
  return answers.some(({ ok }) => ok) ? 'a refresh token served after its rotation' : undefined;
};

export const revocation: Attacks = {
  'tokens after RevokeToken': after(revoke),
  'tokens after GlobalSignOut': after(signOut),
  'tokens after AdminUserGlobalSignOut': after(signOutByAdministrator),
  'tokens after AdminDisableUser': after(disable),
  'tokens after AdminDeleteUser': after(remove),
  'tokens of a user who was deleted and made anew': after(removeAndMakeAnew),
  'a sign-in after AdminDisableUser': signInDisabled,
  'the former password after AdminSetUserPassword': oldPassword,
  'a refresh token after its rotation': rotated,
};
