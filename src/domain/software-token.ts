import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { newSeed, secretCodeOf, stepOf, timeStep } from '../crypto/totp.ts';
import * as errors from '../errors.ts';
import type { Mark } from '../store/attempts.ts';
import type { Pool } from '../store/pools.ts';
import type { SoftwareToken, User } from '../store/users.ts';
import { withFactor, withMfa } from './mfa.ts';
import { factorsOf } from './mfa-config.ts';
import { vaultOf } from './pool-key.ts';
import type { Keyed } from './pool-key.ts';
import { changeUser } from './user.ts';

/** An authenticator app of a user: a new secret, for them to scan, and what is kept of it. */
export function newSoftwareToken(
  ctx: Context,
  pool: Keyed,
  user: Pick<User, 'poolId' | 'id'>,
): { readonly secretCode: string; readonly token: SoftwareToken } {
  const id = randomBytes(9).toString('base64url');
  const seed = newSeed();
  const sealed = vaultOf(ctx, pool).seal('totp', boundTo(user, id), seed);
  return { secretCode: secretCodeOf(seed), token: { id, sealed } };
}

const boundTo = (user: Pick<User, 'poolId' | 'id'>, id: string) => [user.poolId, user.id, id];

/** Throws SoftwareTokenMFANotFoundException in pools that have not enabled authenticator apps. */
export function checkSoftwareTokens(pool: Pool): void {
  if (!factorsOf(pool).includes('SOFTWARE_TOKEN_MFA')) throw errors.softwareTokenNotEnabled();
}

/** How far the clocks of servers may be apart, in time steps: a mark beyond is from before the clock was set back. */
const clockDrift = 20;

/**
 * Takes a code of an authenticator app. Each time step serves once, over all servers and flows, and none before it
 * afterwards (security MF-1): by one conditional statement on a mark that lives some minutes.
 *
 * `spend` ends what the code is an answer to, if the mark stands below: before the code is taken, so that what has served
 * already takes no code along. Of two that come with one code in the same instant, the later one is over too.
 */
export async function takeToken(
  ctx: Context,
  pool: Keyed,
  user: User,
  token: SoftwareToken,
  code: string,
  spend?: (below: Mark) => Promise<boolean>,
): Promise<'taken' | 'wrong' | 'used'> {
  const seed = vaultOf(ctx, pool).open('totp', boundTo(user, token.id), token.sealed);
  const now = ctx.now();
  const step = seed && stepOf(seed, code, now);
  if (step === undefined) return 'wrong';
  const mark = {
    subject: `totp:${user.id}:${token.id}`,
    value: step,
    most: timeStep(now) + clockDrift,
  };
  if (spend !== undefined && !(await spend(mark))) return 'used';
  const isTaken = await ctx.store.attempts.raise(user.poolId, mark, now + clockDrift * 30_000);
  return isTaken ? 'taken' : 'used';
}

/** As `takeToken`, for the first code of a new app. Throws EnableSoftwareTokenMFAException. */
export async function takeFirstCode(
  ctx: Context,
  pool: Keyed,
  user: User,
  token: SoftwareToken,
  code: string,
  spend?: (below: Mark) => Promise<boolean>,
): Promise<void> {
  if ((await takeToken(ctx, pool, user, token, code, spend)) !== 'taken')
    throw errors.softwareTokenNotVerified();
}

/** Begins the registration of an app by a user who is signed in; one that was begun before is void. Gives the secret. */
export async function associateToken(ctx: Context, pool: Pool, user: User): Promise<string> {
  checkSoftwareTokens(pool);
  const { secretCode, token } = newSoftwareToken(ctx, pool, user);
  const change = (now: User) => withMfa(now, (mfa) => ({ ...mfa, pendingToken: token }));
  await changeUser(ctx, pool, user, change, { busy: errors.userChangedMeanwhile });
  return secretCode;
}

/**
 * Registers the app by its first code, in place of one that was registered before. It is not active by that: the user's
 * preferences turn it on.
 */
export async function verifyToken(
  ctx: Context,
  pool: Pool,
  user: User,
  { code, name }: { readonly code: string; readonly name: string | undefined },
): Promise<void> {
  checkSoftwareTokens(pool);
  const pending = user.mfa?.pendingToken;
  if (pending === undefined) throw errors.softwareTokenNotFound();
  await takeFirstCode(ctx, pool, user, pending, code);
  await changeUser(ctx, pool, user, (now) => {
    // Another registration was begun since.
    if (now.mfa?.pendingToken?.id !== pending.id) throw errors.softwareTokenNotVerified();
    return withMfa(now, ({ pendingToken: _taken, ...mfa }) => ({
      ...mfa,
      softwareToken: { ...pending, name },
    }));
  });
}

/** Removes the app of a user, and one whose registration was begun, so that another can be set up. */
export async function removeToken(ctx: Context, pool: Pool, user: User): Promise<void> {
  await changeUser(ctx, pool, user, (now) => {
    if (now.mfa?.softwareToken === undefined && now.mfa?.pendingToken === undefined) return now;
    return withMfa(now, ({ softwareToken: _app, pendingToken: _begun, ...mfa }) =>
      withFactor(mfa, 'SOFTWARE_TOKEN_MFA', false),
    );
  });
}
