import type { UserStatusType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { ApiError } from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { Name, User } from '../store/users.ts';
import { newUserId } from './ids.ts';
import { aliasAttributes, isTypable, nameKey, namesOf, usernameAttributes } from './username.ts';

/** The user with this name, alias or `sub`; names compare as the pool says. */
export async function findUser(ctx: Context, pool: Pool, name: string): Promise<User | undefined> {
  if (!isTypable(name)) return undefined;
  const user = await ctx.store.users.findByName(pool.id, nameKey(pool, name));
  if (user !== undefined) ctx.note({ user: user.id });
  return user;
}

/** As `findUser`; throws UserNotFoundException. */
export async function userOf(ctx: Context, pool: Pool, name: string): Promise<User> {
  const user = await findUser(ctx, pool, name);
  if (user === undefined) throw errors.userNotFound();
  return user;
}

/** Whether the client's callers must not learn who exists (API reference: PreventUserExistenceErrors). */
export function hidesUsers(client: Client): boolean {
  return client.settings.PreventUserExistenceErrors === 'ENABLED';
}

/** A user who is not in the store yet, enabled and without a password. */
export function newUser(
  ctx: Context,
  pool: Pool,
  given: {
    readonly id?: string | undefined;
    /** Absent in pools whose users sign in with an address: the `sub` is their user name. */
    readonly username?: string | undefined;
    readonly status: UserStatusType;
    readonly attributes: User['attributes'];
  },
): User {
  const id = given.id ?? newUserId();
  const now = ctx.now();
  return {
    poolId: pool.id,
    id,
    username: given.username ?? id,
    version: 1,
    createdAt: now,
    modifiedAt: now,
    status: given.status,
    enabled: true,
    attributes: given.attributes,
    passwordHistory: [],
    codes: {},
    pending: {},
  };
}

/**
 * Stores a new user with all names that are theirs, or throws what `claim.taken` says and stores nothing: of two callers
 * with one name one wins. With `takeOver` the aliases move here in the same write; addresses to sign in with never do.
 */
export async function insertUser(ctx: Context, pool: Pool, user: User, claim: Claim): Promise<User> {
  ctx.note({ user: user.id });
  const takeOver = claim.takeOver === true && usernameAttributes(pool).length === 0;
  const clash = await ctx.store.users.insert(user, namesOf(pool, user), { takeOver });
  if (clash !== undefined) throw (claim.taken ?? aliasTaken)(clash.taken);
  return user;
}

/** How names that the change brings about are claimed. */
export interface Claim {
  /** An alias that another user holds moves here; theirs becomes unverified. */
  readonly takeOver?: boolean;
  /** What is thrown when a name is another user's; AliasExistsException if not given. */
  readonly taken?: (name: Name) => ApiError;
  /** What is thrown when others keep coming first; TooManyRequestsException if not given. */
  readonly busy?: () => ApiError;
}

/** Under so many writers at once to one user the request gives up; the quota is 10 writes a second. */
const attempts = 20;

/**
 * Applies a change to a user: against the user as they are when it is written, however many write at once. `change` may
 * run several times, and refuses by throwing; the same user given back means that there is nothing to write. Aliases
 * that come and go with the change are claimed and released in the same transaction.
 *
 * Throws UserNotFoundException when the user is gone, AliasExistsException when an alias is taken.
 */
export async function changeUser(
  ctx: Context,
  pool: Pool,
  user: User,
  change: (user: User) => User,
  claim: Claim = {},
): Promise<User> {
  let current = user;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const changed = change(current);
    if (changed === current) return current;
    const written = stamped(ctx, current, changed);
    const result = await ctx.store.users.replace(written, nameChanges(pool, current, written, claim));
    if (result === 'replaced') {
      const kept = { ...written, version: written.version + 1 };
      if (written.signedOutAt === undefined || written.signedOutAt === current.signedOutAt) return kept;
      const ended = await withAllEnded(ctx, kept, claim);
      await ctx.store.sessions.forget(pool.id, user.id, ended.signedOutAt ?? written.signedOutAt);
      return ended;
    }
    if (result !== 'changed') throw (claim.taken ?? aliasTaken)(result.taken);
    const again = await ctx.store.users.find(pool.id, user.id);
    if (again === undefined) throw errors.userNotFound();
    current = again;
  }
  throw (claim.busy ?? errors.tooManyRequests)();
}

/**
 * The user who was signed out, with what began while that was being written ended too: it knew of no sign-out (security
 * SE-4). The sessions that end are forgotten by the caller; they are not shown any more in any case.
 */
async function withAllEnded(ctx: Context, user: User, { busy }: Claim): Promise<User> {
  const signedOutAt = ctx.now();
  let current: User | undefined = user;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    // Who is gone has no sign-ins.
    if (current === undefined) return user;
    if ((current.signedOutAt ?? -1) >= signedOutAt) return current;
    const ended: User = { ...current, signedOutAt };
    const result = await ctx.store.users.replace(ended);
    if (result === 'replaced') return { ...ended, version: ended.version + 1 };
    current = await ctx.store.users.find(user.poolId, user.id);
  }
  throw (busy ?? errors.tooManyRequests)();
}

const aliasTaken = (name: Name) => errors.aliasExists(name.kind);

/** UserLastModifiedDate moves with attributes, status and password, not with codes or sign-outs. */
function stamped(ctx: Context, before: User, after: User): User {
  const moved =
    before.attributes !== after.attributes ||
    before.status !== after.status ||
    before.enabled !== after.enabled ||
    before.password !== after.password;
  return moved ? { ...after, modifiedAt: ctx.now() } : after;
}

function nameChanges(pool: Pool, before: User, after: User, { takeOver = false }: Claim) {
  const old = namesOf(pool, before);
  const now = namesOf(pool, after);
  return {
    claim: now.filter(({ key }) => !old.some((name) => name.key === key)),
    release: old.filter(({ key }) => !now.some((name) => name.key === key)).map(({ key }) => key),
    takeOver,
  };
}

/** `userAttributes` of a trigger event for a user who exists (developer guide, "Trigger event common parameters"). */
export function eventAttributes(pool: Pool, user: User): Readonly<Record<string, string>> {
  const aliases = aliasAttributes(pool)
    .filter((kind) => kind !== 'preferred_username' && user.attributes[`${kind}_verified`] === 'true')
    .map((kind) => [`cognito:${kind}_alias`, user.attributes[kind] ?? '']);
  return {
    sub: user.id,
    'cognito:user_status': user.status,
    ...Object.fromEntries(aliases),
    ...user.attributes,
  };
}
