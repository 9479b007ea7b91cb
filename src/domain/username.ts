import { createHash } from 'node:crypto';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { LinkedIdentity, Name, User } from '../store/users.ts';

/** Longer than every name there is: user names have 128 characters, aliases what an attribute holds, 2,048 of two units. */
const longestName = 4096;

/**
 * A name as it is compared and kept unique: NFC, and with full case folding where the pool does not tell letter cases
 * apart (`UsernameConfiguration.CaseSensitive: false`). What users see keeps its first spelling. What is too long to be a
 * name stays as it is: the time that NFC takes grows with the square of a row of combining marks (security IN-9).
 */
export function nameKey(pool: Pool, name: string): string {
  if (name.length > longestName) return name;
  const composed = name.normalize('NFC');
  return isCaseSensitive(pool) ? composed : foldCase(composed).normalize('NFC');
}

/** The API's default is to tell letter cases apart (API reference: UsernameConfigurationType). */
function isCaseSensitive(pool: Pool): boolean {
  return pool.settings.UsernameConfiguration?.CaseSensitive !== false;
}

/**
 * Full case folding (Unicode, CaseFolding.txt, C and F). Each character by itself: JavaScript's lower case of a
 * capital sigma depends on its neighbours, folding does not. The dotless i folds to itself, though its capital is I.
 */
function foldCase(text: string): string {
  return Array.from(text, (character) =>
    character === 'ı' ? character : Array.from(character.toLowerCase().toUpperCase(), lower).join(''),
  ).join('');
}

const lower = (character: string) => character.toLowerCase();

/**
 * All names by which the user signs in: the user name; in pools with aliases each alias while it is theirs (an address
 * once it is verified); in pools with username attributes the addresses from the first moment on
 * (developer guide, "Customizing sign-in attributes"). Names never clash with names of another kind.
 */
export function namesOf(pool: Pool, user: User): readonly Name[] {
  // The store finds every user by the sub, which is the user name of these pools; elsewhere see `signsInBy`.
  const own: Name[] =
    user.username === user.id ? [] : [{ key: nameKey(pool, user.username), kind: 'username' }];
  const aliases = [...usernameAttributes(pool), ...aliasAttributes(pool).filter((kind) => isHeld(user, kind))]
    .map((kind) => ({ kind, value: user.attributes[kind] }))
    .filter(({ value }) => value !== undefined && value !== '')
    .map(({ kind, value }) => ({ kind, key: nameKey(pool, value ?? '') }));
  const identities = (user.identities ?? []).map((it) => ({
    key: identityKey(it),
    kind: 'identity' as const,
  }));
  const names = [...own, ...aliases, ...identities];
  return names.filter(({ key }, index) => names.findIndex((name) => name.key === key) === index);
}

/**
 * Whether a name that finds the user signs them in, too: the `sub` of one who has a user name is for administrators (measured
 * by the author of ministack#1758: UserNotFoundException at InitiateAuth).
 */
export function signsInBy(pool: Pool, user: User, name: string): boolean {
  if (user.username === user.id || name.toLowerCase() !== user.id) return true;
  return namesOf(pool, user).some(({ key }) => key === user.id);
}

/**
 * The name that an identity is found by, to the letter. It begins as no name does that somebody signs in with: see
 * `isTypable`.
 */
export function identityKey({
  provider,
  attribute,
  value,
}: Pick<LinkedIdentity, 'provider' | 'attribute' | 'value'>): string {
  return `\n${createHash('sha256')
    .update(JSON.stringify([provider, attribute, value]))
    .digest('base64url')}`;
}

/** Whether it may be a name that somebody signs in with. */
export const isTypable = (name: string) => !name.startsWith('\n') && name.length <= longestName;

function isHeld(user: User, kind: Alias): boolean {
  return kind === 'preferred_username' || user.attributes[`${kind}_verified`] === 'true';
}

export type Address = 'email' | 'phone_number';
export type Alias = Address | 'preferred_username';

export function usernameAttributes(pool: Pool): readonly Address[] {
  return pool.settings.UsernameAttributes ?? [];
}

export function aliasAttributes(pool: Pool): readonly Alias[] {
  return pool.settings.AliasAttributes ?? [];
}

/**
 * Refuses a name of the wrong form for a new user. In pools with username attributes it must be an address of an
 * allowed kind, and the kind is given back; in pools with aliases it must not look like one, not even folded.
 */
export function checkUsername(pool: Pool, name: string): Address | undefined {
  const kinds = usernameAttributes(pool);
  if (kinds.length > 0) {
    const kind = kinds.find((kind) => hasForm(kind, name));
    if (kind === undefined) throw errors.usernameForm(kinds);
    return kind;
  }
  for (const kind of ['email', 'phone_number'] as const) {
    if (aliasAttributes(pool).includes(kind) && hasForm(kind, nameKey(pool, name)))
      throw errors.usernameLooksLike(kind);
  }
  return undefined;
}

/** Whether the text is an address of that kind. */
export function hasForm(kind: Address, text: string): boolean {
  return kind === 'email' ? isEmail(text) : isPhoneNumber(text);
}

/** An address as mail systems deliver to: `local@domain`, the domain with a dot, no quoting, no comments. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const labels = text.slice(at + 1).split('.');
  return (
    at > 0 &&
    at <= 64 &&
    text.length <= 254 &&
    /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u.test(local) &&
    labels.length > 1 &&
    labels.every((label) => /^[\p{L}\p{M}\p{N}-]{1,63}$/u.test(label))
  );
}

/** E.164: a plus and at most fifteen digits, the first not zero. */
function isPhoneNumber(text: string): boolean {
  return /^\+[1-9][0-9]{1,14}$/.test(text);
}
