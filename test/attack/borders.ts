import type { Attack, Attacks, Scene } from './scene.ts';
import { NotApplicable, newAddress } from './scene.ts';

async function refreshes({ call }: Scene, client: string, token: string): Promise<boolean> {
  const { output } = await call('InitiateAuth', {
    ClientId: client,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: token },
  });
  return output.AuthenticationResult?.AccessToken !== undefined;
}

/** A refresh token that is known to work. */
async function refreshToken(scene: Scene): Promise<string> {
  const { RefreshToken } = await scene.signIn(await scene.person());
  if (RefreshToken === undefined) throw new NotApplicable('a sign-in gives no refresh token');
  if (!(await refreshes(scene, scene.pool.client, RefreshToken)))
    throw new NotApplicable('a refresh token is refused');
  return RefreshToken;
}

const refreshAt =
  (clientOf: (scene: Scene) => string): Attack =>
  async (scene) => {
    const token = await refreshToken(scene);
    const client = clientOf(scene);
    if (await refreshes(scene, client, token)) return 'tokens by REFRESH_TOKEN_AUTH';
    const { output } = await scene.call('GetTokensFromRefreshToken', {
      ClientId: client,
      RefreshToken: token,
    });
    return output.AuthenticationResult?.AccessToken === undefined
      ? undefined
      : 'tokens by GetTokensFromRefreshToken';
  };

const alteredRefreshToken: Attack = async (scene) => {
  const token = await refreshToken(scene);
  const middle = Math.floor(token.length / 2);
  const flipped = token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1);
  for (const other of [flipped, token.slice(0, -1), token.slice(0, -20), `${token}A`, `${token}.A`]) {
    if (await refreshes(scene, scene.pool.client, other)) return 'tokens for an altered refresh token';
  }
  return undefined;
};

/** Who holds a client id must not be able to end the sessions of other clients. */
const revokedByAnother: Attack = async (scene) => {
  const token = await refreshToken(scene);
  await scene.call('RevokeToken', { ClientId: scene.pool.otherClient, Token: token });
  await scene.call('RevokeToken', { ClientId: scene.otherPool.client, Token: token });
  return (await refreshes(scene, scene.pool.client, token)) ? undefined : 'another client ended the session';
};

/** Two people of one name in two pools. */
async function namesakes(scene: Scene) {
  const username = newAddress('namesake');
  const mine = await scene.person({ username });
  const theirs = await scene.person({ username, pool: scene.otherPool });
  return { mine, theirs };
}

const passwordOfAnotherPool: Attack = async (scene) => {
  const { mine, theirs } = await namesakes(scene);
  const { output } = await scene.call('InitiateAuth', {
    ClientId: mine.pool.client,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: mine.username, PASSWORD: theirs.password },
  });
  return output.AuthenticationResult === undefined ? undefined : 'the password of the other pool was taken';
};

const tokenOfAnotherPool: Attack = async (scene) => {
  const { mine, theirs } = await namesakes(scene);
  const { AccessToken } = await scene.signIn(theirs);
  const { UserAttributes = [] } = await scene.arrange('GetUser', { AccessToken }, 'nobody');
  const { UserAttributes: own = [] } = await scene.arrange('AdminGetUser', {
    UserPoolId: mine.pool.id,
    Username: mine.username,
  });
  const subOf = (attributes: typeof own) => attributes.find(({ Name }) => Name === 'sub')?.Value;
  if (subOf(own) !== undefined && subOf(UserAttributes) === subOf(own))
    return 'it shows the user of this pool';
  await scene.call('DeleteUser', { AccessToken });
  const { ok } = await scene.call(
    'AdminGetUser',
    { UserPoolId: mine.pool.id, Username: mine.username },
    'administrator',
  );
  return ok ? undefined : 'it deleted the user of this pool';
};

const clientOfAnotherPool: Attack = async (scene) => {
  const { username, password } = await scene.person();
  const { output } = await scene.call(
    'AdminInitiateAuth',
    {
      UserPoolId: scene.pool.id,
      ClientId: scene.otherPool.client,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password },
    },
    'administrator',
  );
  return output.AuthenticationResult === undefined ? undefined : 'tokens for a client of another pool';
};

export const borders: Attacks = {
  'a refresh token at another client': refreshAt(({ pool }) => pool.otherClient),
  'a refresh token at another pool': refreshAt(({ otherPool }) => otherPool.client),
  'an altered refresh token': alteredRefreshToken,
  'another client revokes a refresh token': revokedByAnother,
  'the password of a namesake in another pool': passwordOfAnotherPool,
  'the access token of a namesake in another pool': tokenOfAnotherPool,
  'AdminInitiateAuth with a client of another pool': clientOfAnotherPool,
};
