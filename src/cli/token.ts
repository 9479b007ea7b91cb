import { CommandError } from './command-error.ts';
import { readDevConfig } from './dev-config.ts';
import type { DevConfig } from './dev-config.ts';
import { signIn } from './sign-in.ts';
import type { SignIn, Tokens } from './sign-in.ts';
import { ask } from './terminal.ts';

export interface TokenFlags {
  readonly id?: boolean;
  readonly access?: boolean;
  readonly refresh?: boolean;
  readonly json?: boolean;
  readonly username?: string;
  readonly clientId?: string;
  readonly userPoolId?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly flow: string;
  readonly data: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Signs a user in and prints tokens, nothing else, on standard output. */
export async function token(flags: TokenFlags, env: Environment): Promise<void> {
  const about = await signInOf(flags, set(env), readDevConfig(flags.data));
  const tokens = await signIn(about);
  process.stdout.write(flags.json ? `${JSON.stringify(tokens, undefined, 2)}\n` : lines(flags, tokens));
}

function lines(flags: TokenFlags, tokens: Tokens): string {
  const none = !flags.id && !flags.access && !flags.refresh;
  const wanted = [
    flags.id || none ? tokens.IdToken : undefined,
    flags.access ? tokens.AccessToken : undefined,
    flags.refresh ? (tokens.RefreshToken ?? '') : undefined,
  ];
  return wanted.map((each) => (each === undefined ? '' : `${each}\n`)).join('');
}

/** What has a value: an empty variable counts as none, as among the settings. */
const set = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));

/** Flags, then environment, then what the development server left in its config.json. */
async function signInOf(flags: TokenFlags, env: Environment, local: DevConfig | undefined): Promise<SignIn> {
  const clientId = flags.clientId ?? env['COGNITO_CLIENT_ID'] ?? local?.clientId;
  if (!clientId) {
    throw new CommandError(
      'There is no app client: set COGNITO_CLIENT_ID or --client-id, or start a server here with "cognate dev".',
    );
  }
  // What config.json knows of its pool and user is of use for its client alone.
  const own = local?.clientId === clientId ? local : undefined;
  const userPoolId = flags.userPoolId ?? env['COGNITO_USER_POOL_ID'] ?? own?.userPoolId;
  const username =
    flags.username ?? env['COGNITO_USER_NAME'] ?? env['COGNITO_USERNAME'] ?? own?.user.username;
  const name = username ?? (await ask('User name', false, 'Set COGNITO_USER_NAME.'));
  const known = env['COGNITO_PASSWORD'] ?? (own?.user.username === name ? own.user.password : undefined);
  const endpoint = endpointOf(flags, env, userPoolId, local);
  return {
    endpoint,
    ahead: endpoint === local?.endpoint ? await movedClock(endpoint) : 0,
    clientId,
    clientSecret: env['COGNITO_CLIENT_SECRET'],
    poolName: poolNameOf(flags.flow, userPoolId),
    username: name,
    password: known ?? (await ask(`Password of ${name}`, true, 'Set COGNITO_PASSWORD.')),
    ask,
  };
}

/** By how much tests have moved the clock of the development server. */
async function movedClock(endpoint: string): Promise<number> {
  try {
    const response = await fetch(`${endpoint}/_cognate/clock`, { signal: AbortSignal.timeout(5000) });
    const { now } = (await response.json()) as { readonly now?: string };
    return now === undefined ? 0 : Date.parse(now) - Date.now();
  } catch {
    // Whoever is not there, or is no development server, is told of by the sign-in itself.
    return 0;
  }
}

function poolNameOf(flow: string, userPoolId: string | undefined): string | undefined {
  if (flow !== 'srp' && flow !== 'password') throw new CommandError('--flow must be srp or password.');
  if (flow === 'password') return undefined;
  const name = userPoolId?.split('_')[1];
  if (!name) {
    process.stderr.write(
      'SRP needs the user pool (COGNITO_USER_POOL_ID): the password itself is sent instead.\n',
    );
  }
  return name;
}

/** A server that is named, or the one that config.json names, or Cognito itself in the region of the pool. */
function endpointOf(
  flags: TokenFlags,
  env: Environment,
  userPoolId: string | undefined,
  local: DevConfig | undefined,
): string {
  const named =
    flags.endpoint ??
    env['COGNITO_ENDPOINT'] ??
    env['AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER'] ??
    env['AWS_ENDPOINT_URL'];
  if (named && named !== 'aws') {
    if (!URL.canParse(named)) throw new CommandError(`The endpoint must be a URL, not "${named}".`);
    return named;
  }
  if (!named && local) return local.endpoint;
  const region =
    flags.region ??
    env['COGNITO_REGION'] ??
    userPoolId?.split('_')[0] ??
    env['AWS_REGION'] ??
    env['AWS_DEFAULT_REGION'];
  if (!region)
    throw new CommandError('There is no server: set COGNITO_ENDPOINT, or COGNITO_REGION for Cognito itself.');
  return `https://cognito-idp.${region}.amazonaws.com`;
}
