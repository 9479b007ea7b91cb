import { randomBytes } from 'node:crypto';
import type {
  AttributeType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  Operations,
} from '../../src/api/cognito-idp.ts';
import type { Answer, Sender, Target } from './target.ts';
import { post } from './target.ts';

/** An attack cannot be played here: the reason stands in the report. */
export class NotApplicable extends Error {}

/** What an attack came to: nothing when it was refused, else how it got through. Throws NotApplicable. */
export type Attack = (scene: Scene) => Promise<string | undefined>;

/** Attacks by what is tried. */
export type Attacks = Readonly<Record<string, Attack>>;

export interface Pool {
  readonly id: string;
  /** Public, with every flow of user name and password; who exists is not told. */
  readonly client: string;
  /** Another one like it. */
  readonly otherClient: string;
}

export interface Person {
  readonly pool: Pool;
  readonly username: string;
  readonly password: string;
  readonly email: string;
}

export interface Tokens {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly RefreshToken: string | undefined;
}

/** Two pools that the attacks are played in, and the honest steps that come before each. */
export interface Scene {
  readonly target: Target;
  readonly pool: Pool;
  readonly otherPool: Pool;
  /** Posts an operation; nobody signs it unless told otherwise. */
  readonly call: <Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name]['input'],
    sender?: Sender,
  ) => Promise<Answer<Operations[Name]['output']>>;
  /** As `call` by the administrator. Throws NotApplicable when it is refused: an attack without its setting proves nothing. */
  readonly arrange: <Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name]['input'],
    sender?: Sender,
  ) => Promise<Partial<Operations[Name]['output']>>;
  /** Somebody new who may sign in. */
  readonly person: (options?: PersonOptions) => Promise<Person>;
  /** Signs somebody in with their password. */
  readonly signIn: (person: Person, client?: string) => Promise<Tokens>;
  /** The newest code that was sent to somebody. */
  readonly codeTo: (person: Pick<Person, 'email'>) => Promise<string>;
  readonly end: () => Promise<void>;
}

export interface PersonOptions {
  readonly pool?: Pool;
  readonly username?: string;
  readonly password?: string;
  /** Only a temporary password. */
  readonly invited?: boolean;
  readonly attributes?: readonly AttributeType[];
}

export const newName = (kind: string): string => `${kind}-${randomBytes(5).toString('hex')}`;
/** User names are addresses: some servers take no others. */
export const newAddress = (kind: string): string => `${newName(kind)}@example.com`;
export const newPassword = (): string => `Aa1!${randomBytes(9).toString('hex')}`;

const flows = [
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_USER_SRP_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  'ALLOW_REFRESH_TOKEN_AUTH',
] as const;

/** A client like all of them, but for what is asked. */
export const clientLike = (
  poolId: string,
  other: Partial<CreateUserPoolClientRequest> = {},
): CreateUserPoolClientRequest => ({
  UserPoolId: poolId,
  ClientName: newName('client'),
  ExplicitAuthFlows: flows,
  PreventUserExistenceErrors: 'ENABLED',
  ...other,
});

/** Sets the scene. Throws NotApplicable when the administrator of the endpoint is refused. */
export async function openScene(target: Target): Promise<Scene> {
  const made: string[] = [];
  const call: Scene['call'] = (operation, input, sender) => post(target, operation, input, sender);
  const arrange: Scene['arrange'] = async (operation, input, sender = 'administrator') => {
    const { ok, code, message, output } = await post(target, operation, input, sender);
    if (!ok) throw new NotApplicable(`${operation} is refused: ${code} ${message}`.trim());
    return output;
  };
  const newPool = async (): Promise<Pool> => {
    const { UserPool } = await arrange('CreateUserPool', poolLike());
    const id = UserPool?.Id ?? '';
    made.push(id);
    const clientOf = async () => {
      const { UserPoolClient } = await arrange('CreateUserPoolClient', clientLike(id));
      return UserPoolClient?.ClientId ?? '';
    };
    return { id, client: await clientOf(), otherClient: await clientOf() };
  };
  const pool = await newPool();
  return {
    target,
    pool,
    otherPool: await newPool(),
    call,
    arrange,
    person: (options) => newPerson(arrange, { pool, ...options }),
    signIn: (person, client) => signIn(arrange, person, client),
    async codeTo({ email }) {
      const code = await target.codeTo(email);
      if (code === undefined) throw new NotApplicable('the codes that are sent cannot be read here');
      return code;
    },
    async end() {
      for (const UserPoolId of made) await call('DeleteUserPool', { UserPoolId }, 'administrator');
    },
  };
}

const poolLike = (): CreateUserPoolRequest => ({
  PoolName: newName('attack'),
  AutoVerifiedAttributes: ['email'],
  Schema: [{ Name: 'role', AttributeDataType: 'String', Mutable: true }],
});

async function newPerson(
  arrange: Scene['arrange'],
  {
    pool,
    username = newAddress('person'),
    password = newPassword(),
    invited = false,
    attributes = [],
  }: PersonOptions & {
    readonly pool: Pool;
  },
): Promise<Person> {
  const email = username;
  const { User } = await arrange('AdminCreateUser', {
    UserPoolId: pool.id,
    Username: username,
    TemporaryPassword: invited ? password : newPassword(),
    MessageAction: 'SUPPRESS',
    UserAttributes: [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
      ...attributes,
    ],
  });
  if (!invited) {
    await arrange('AdminSetUserPassword', {
      UserPoolId: pool.id,
      Username: username,
      Password: password,
      Permanent: true,
    });
  }
  // Where addresses are user names, the user has another name beside.
  return { pool, username: User?.Username ?? username, password, email };
}

async function signIn(
  arrange: Scene['arrange'],
  person: Person,
  client = person.pool.client,
): Promise<Tokens> {
  const { AuthenticationResult } = await arrange(
    'InitiateAuth',
    {
      ClientId: client,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: person.username, PASSWORD: person.password },
    },
    'nobody',
  );
  const { AccessToken, IdToken, RefreshToken } = AuthenticationResult ?? {};
  if (AccessToken === undefined || IdToken === undefined)
    throw new NotApplicable('a sign-in gives no tokens');
  return { AccessToken, IdToken, RefreshToken };
}

/** The attributes of somebody as the administrator sees them. */
export async function attributesOf(
  scene: Scene,
  { pool, username }: Person,
): Promise<Readonly<Record<string, string>>> {
  const { UserAttributes = [] } = await scene.arrange('AdminGetUser', {
    UserPoolId: pool.id,
    Username: username,
  });
  return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value ?? '']));
}
