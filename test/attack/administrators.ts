import type { Attack, Attacks, Person, Scene } from './scene.ts';
import { NotApplicable, clientLike, newAddress, newPassword } from './scene.ts';
import type { Sender } from './target.ts';

/** Calls that hand over a pool or a user, each of which only an administrator may make. Says which were taken. */
async function takenFrom({ call, pool, person }: Scene, sender: Sender): Promise<string | undefined> {
  const { username: Username } = await person();
  const UserPoolId = pool.id;
  const tries = {
    AdminGetUser: () => call('AdminGetUser', { UserPoolId, Username }, sender),
    ListUsers: () => call('ListUsers', { UserPoolId }, sender),
    DescribeUserPoolClient: () =>
      call('DescribeUserPoolClient', { UserPoolId, ClientId: pool.client }, sender),
    CreateUserPoolClient: () => call('CreateUserPoolClient', clientLike(UserPoolId), sender),
    AdminCreateUser: () =>
      call(
        'AdminCreateUser',
        { UserPoolId, Username: newAddress('mallory'), MessageAction: 'SUPPRESS' },
        sender,
      ),
    AdminUpdateUserAttributes: () =>
      call(
        'AdminUpdateUserAttributes',
        { UserPoolId, Username, UserAttributes: [{ Name: 'name', Value: 'M' }] },
        sender,
      ),
    AdminSetUserPassword: () =>
      call(
        'AdminSetUserPassword',
        { UserPoolId, Username, Password: newPassword(), Permanent: true },
        sender,
      ),
    AdminDeleteUser: () => call('AdminDeleteUser', { UserPoolId, Username }, sender),
  };
  const taken: string[] = [];
  for (const [operation, attempt] of Object.entries(tries)) if ((await attempt()).ok) taken.push(operation);
  return taken.length === 0 ? undefined : `taken: ${taken.join(', ')}`;
}

const unsigned: Attack = (scene) => takenFrom(scene, 'nobody');

const withTokenOfUser: Attack = async (scene) => {
  const { AccessToken } = await scene.signIn(await scene.person());
  for (const authorization of [`Bearer ${AccessToken}`, AccessToken]) {
    const taken = await takenFrom(scene, { authorization });
    if (taken !== undefined) return taken;
  }
  return undefined;
};

/** A server for development takes them by design, and says so; any other must not. */
const withMadeUpKey: Attack = async (scene) => {
  const made = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'made up' };
  const taken = await takenFrom(scene, made);
  if (taken !== undefined) {
    throw new NotApplicable('this server takes any credentials, as servers for development do by design');
  }
  return undefined;
};

const passwordIn = (
  flow: 'ADMIN_USER_PASSWORD_AUTH' | 'USER_PASSWORD_AUTH',
  ClientId: string,
  person: Person,
) => ({
  ClientId,
  AuthFlow: flow,
  AuthParameters: { USERNAME: person.username, PASSWORD: person.password },
});

/** The flows of administrators through the door of everyone. */
const adminFlow: Attack = async ({ call, pool, person }) => {
  const { output } = await call(
    'InitiateAuth',
    passwordIn('ADMIN_USER_PASSWORD_AUTH', pool.client, await person()),
  );
  return output.AuthenticationResult === undefined ? undefined : 'tokens by a flow of administrators';
};

const flowNotAllowed: Attack = async ({ arrange, call, pool, person }) => {
  const { UserPoolClient } = await arrange(
    'CreateUserPoolClient',
    clientLike(pool.id, { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] }),
  );
  const ClientId = UserPoolClient?.ClientId ?? '';
  const { output } = await call('InitiateAuth', passwordIn('USER_PASSWORD_AUTH', ClientId, await person()));
  return output.AuthenticationResult === undefined
    ? undefined
    : 'tokens by a flow that the client does not allow';
};

const withoutSecretHash: Attack = async ({ arrange, call, pool, person }) => {
  const { UserPoolClient } = await arrange(
    'CreateUserPoolClient',
    clientLike(pool.id, { GenerateSecret: true }),
  );
  const ClientId = UserPoolClient?.ClientId ?? '';
  const somebody = await person();
  const start = passwordIn('USER_PASSWORD_AUTH', ClientId, somebody);
  const taken: string[] = [];
  for (const hash of [{}, { SECRET_HASH: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }]) {
    const { output } = await call('InitiateAuth', {
      ...start,
      AuthParameters: { ...start.AuthParameters, ...hash },
    });
    if (output.AuthenticationResult !== undefined) taken.push('InitiateAuth');
  }
  const { ok } = await call('SignUp', { ClientId, Username: newAddress('mallory'), Password: newPassword() });
  if (ok) taken.push('SignUp');
  const forgotten = await call('ForgotPassword', { ClientId, Username: somebody.username });
  if (forgotten.ok) taken.push('ForgotPassword');
  return taken.length === 0 ? undefined : `taken without the secret: ${taken.join(', ')}`;
};

export const administrators: Attacks = {
  'calls of administrators that nobody signed': unsigned,
  'calls of administrators with the token of a user': withTokenOfUser,
  'calls of administrators with a made-up access key': withMadeUpKey,
  'a flow of administrators at InitiateAuth': adminFlow,
  'a flow that the client does not allow': flowNotAllowed,
  'a client with a secret, without it': withoutSecretHash,
};
