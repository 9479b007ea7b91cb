import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { PasswordPolicyType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import { makeVerifier } from '../crypto/srp.ts';
import type { Sealing } from '../crypto/vault.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { Password, User } from '../store/users.ts';
import { idOfNobody, nameOfNobody } from './nobody.ts';
import { passwordPolicy } from './pool.ts';
import { vaultOf } from './pool-key.ts';

/** How the operation puts a refusal (recorded answers; every operation not named here says it as `change`). */
export type Wording = keyof typeof wordings;

const wordings = {
  'sign-up': 'Password did not conform with policy: ',
  invitation: 'Password did not conform with password policy: ',
  change: 'Password does not conform to policy: ',
} as const;

/** Developer guide, "Adding user pool password requirements". A space counts as one unless first or last. */
const symbols = '^$*.[]{}()?"!@#%&/\\,><\':;|_~`=+-';

/**
 * Refuses a password that the policy does not allow (InvalidPasswordException). One failure is named: length, then
 * number, lower case, upper case, symbol. Only basic Latin letters count as such.
 */
export function checkPassword(policy: PasswordPolicyType, password: string, wording: Wording): void {
  const reason = failureOf(policy, password);
  if (reason !== undefined) throw errors.passwordRefused(wordings[wording] + reason);
}

function failureOf(policy: PasswordPolicyType, password: string): string | undefined {
  if (Array.from(password).length < (policy.MinimumLength ?? 8)) return 'Password not long enough';
  // The order among the classes is unconfirmed; a recorded answer names the number before the letters.
  if (policy.RequireNumbers && !/[0-9]/.test(password)) return 'Password must have numeric characters';
  if (policy.RequireLowercase && !/[a-z]/.test(password)) return 'Password must have lowercase characters';
  if (policy.RequireUppercase && !/[A-Z]/.test(password)) return 'Password must have uppercase characters';
  if (policy.RequireSymbols && !hasSymbol(password)) return 'Password must have symbol characters';
  return undefined;
}

function hasSymbol(password: string): boolean {
  return (
    password.trim().includes(' ') || Array.from(password).some((character) => symbols.includes(character))
  );
}

/**
 * A password as it is kept: salt and SRP verifier under the vault, bound to pool and user. A temporary one opens the
 * door to NEW_PASSWORD_REQUIRED for as many days as the policy says.
 */
export function makePassword(
  ctx: Context,
  pool: Pool,
  user: Pick<User, 'id' | 'username'>,
  plain: string,
  { temporary = false }: { readonly temporary?: boolean } = {},
): Password {
  const salt = Buffer.from([randomInt(0x10, 0x100), ...randomBytes(15)]);
  const verifier = makeVerifier(pool.id, user.username, plain, salt);
  const days = passwordPolicy(pool).TemporaryPasswordValidityDays ?? 7;
  return {
    salt: salt.toString('hex'),
    sealed: vaultOf(ctx, pool).seal('verifier', [pool.id, user.id], verifier),
    setAt: ctx.now(),
    ...(temporary ? { temporaryUntil: ctx.now() + days * 24 * 60 * 60 * 1000 } : {}),
  };
}

/** What SRP needs of a user, or what an outsider takes for it (security EN-2). */
export interface Verifier {
  /** `USER_ID_FOR_SRP`: the real user name. */
  readonly userId: string;
  /** Lower-case hex, the first digit never zero. */
  readonly salt: string;
  /** g^x mod N, 384 bytes. */
  readonly verifier: Buffer;
}

/**
 * The salt and verifier of the user; for somebody unknown, or without a password, simulated ones that are the same for
 * this pool and folded name at every call, on every server, after every restart. No password matches those. `id` is
 * that of `subjectOf`.
 */
export function verifierFor(
  ctx: Context,
  pool: Pool,
  user: User | undefined,
  name: string,
  id = user?.id ?? idOfNobody(ctx, pool, name),
): Verifier {
  // For everybody: what is refused by the state of the pool's key does not tell who is there.
  const vault = vaultOf(ctx, pool);
  const opened = user?.password && openVerifier(vault, user, user.password);
  if (user?.password !== undefined && opened !== undefined)
    return { userId: user.username, salt: user.password.salt, verifier: opened };
  // About as much work as opening one.
  const simulated = simulatedVerifier(ctx, pool, id, name);
  return user === undefined ? simulated : { ...simulated, userId: user.username };
}

function openVerifier(vault: Sealing, user: User, password: Password): Buffer | undefined {
  return vault.open('verifier', [user.poolId, user.id], password.sealed);
}

function simulatedVerifier(ctx: Context, pool: Pool, id: string, name: string): Verifier {
  const seed = ctx.vault.mac('unknown-user', 'verifier', pool.id, id);
  const stream = createHash('shake256', { outputLength: 4 + 15 + 384 })
    .update(seed)
    .digest();
  const first = 0x10 + (stream.readUInt32BE(0) % 0xf0);
  const verifier = stream.subarray(19);
  // Below N, whose first bits are ones.
  verifier[0] = (verifier[0] ?? 0) & 0x7f;
  return {
    userId: nameOfNobody(ctx, pool, name, id),
    salt: Buffer.concat([Buffer.from([first]), stream.subarray(4, 19)]).toString('hex'),
    verifier,
  };
}

/**
 * Whether this is the user's password. One exponentiation for everybody: for unknown users and those without a
 * password too, and always false for them (security EN-3). The caller has reserved the guess (LO-1).
 */
export function verifyPassword(
  ctx: Context,
  pool: Pool,
  user: User | undefined,
  plain: string,
  name = user?.username ?? '',
  id?: string,
): boolean {
  const expected = verifierFor(ctx, pool, user, name, id);
  const given = makeVerifier(pool.id, expected.userId, plain, Buffer.from(expected.salt, 'hex'));
  return isSame(given, expected.verifier) && user?.password !== undefined;
}

/** Whether the user signs in by a password: one of ours, or one whose hash was imported. */
export function hasPassword(user: User | undefined): boolean {
  return user?.password !== undefined || user?.importedHash !== undefined;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** Refuses the current password and as many earlier ones as the policy remembers, the current one among them. */
export function checkHistory(ctx: Context, pool: Pool, user: User, plain: string): void {
  const size = passwordPolicy(pool).PasswordHistorySize ?? 0;
  const vault = vaultOf(ctx, pool);
  const remembered = [user.password, ...user.passwordHistory].filter((p) => p !== undefined).slice(0, size);
  const used = remembered.some((password) => {
    const verifier = openVerifier(vault, user, password);
    const given = makeVerifier(pool.id, user.username, plain, Buffer.from(password.salt, 'hex'));
    return verifier !== undefined && isSame(given, verifier);
  });
  if (used) throw errors.passwordUsedBefore();
}

/**
 * The user with another password; the one before goes into the history as far as the policy remembers, and a reset code
 * on its way is void.
 */
export function withPassword(
  ctx: Context,
  pool: Pool,
  user: User,
  plain: string,
  options: { readonly temporary?: boolean } = {},
): User {
  const size = passwordPolicy(pool).PasswordHistorySize ?? 0;
  const earlier = [user.password, ...user.passwordHistory].filter((password) => password !== undefined);
  const { 'reset-password': _void, ...codes } = user.codes;
  return {
    ...user,
    codes,
    importedHash: undefined,
    password: makePassword(ctx, pool, user, plain, options),
    passwordHistory: earlier.slice(0, Math.max(0, size - 1)),
  };
}

/**
 * The user with a password that serves no more: a CONFIRMED one sets a new one by ForgotPassword (RESET_REQUIRED), in
 * other states an administrator gives one (security LO-4). It stays among those that the policy remembers.
 */
export function voidPassword(pool: Pool, user: User): User {
  const { password, importedHash: _gone, ...rest } = user;
  if (!hasPassword(user)) return user;
  const size = passwordPolicy(pool).PasswordHistorySize ?? 0;
  return {
    ...rest,
    status: user.status === 'CONFIRMED' ? 'RESET_REQUIRED' : user.status,
    passwordHistory: [password, ...user.passwordHistory].filter((it) => it !== undefined).slice(0, size),
  };
}

// Without characters that a person mistakes for another, or a mail reader for markup.
const upper = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const lower = 'abcdefghijkmnopqrstuvwxyz';
const digits = '23456789';
const marks = '!#$%*+-=?@_';

/** A random password that the policy accepts: of each class one at least, 12 characters or the minimum length. */
export function generatePassword(policy: PasswordPolicyType): string {
  const length = Math.max(12, policy.MinimumLength ?? 8);
  const classes = [upper, lower, digits, marks];
  const all = classes.join('');
  const drawn = Array.from({ length }, (_, index) => pick(classes[index] ?? all));
  for (let last = drawn.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [drawn[last], drawn[other]] = [drawn[other] ?? '', drawn[last] ?? ''];
  }
  return drawn.join('');
}

const pick = (characters: string) => characters[randomInt(characters.length)] ?? '';

/**
 * Under which key guesses at this user are counted: one whatever name, alias, letter case, flow or client is used; for
 * an unknown name that of `idOfNobody` (security LO-5, EN-4). The request is of them from here on, for its rate and the log.
 * As much work for everybody (security EN-3).
 */
export function subjectOf(ctx: Context, pool: Pool, user: User | undefined, name: string): string {
  const unknown = idOfNobody(ctx, pool, name);
  const id = user?.id ?? unknown;
  ctx.note({ user: id });
  return id;
}
