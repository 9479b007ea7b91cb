import type { SearchAttribute, User } from '../users.ts';
import type { Value } from './database.ts';

/**
 * How ListUsers compares (developer guide, "Searching for users"): the user name and the enabled flag to the letter,
 * everything else without case.
 */
const exact = (value: string) => searchable(value);
const folded = (value: string) => searchable(value.toLowerCase());

export const foldOf: Record<SearchAttribute, (value: string) => string> = {
  username: exact,
  status: exact,
  email: folded,
  phone_number: folded,
  name: folded,
  given_name: folded,
  family_name: folded,
  preferred_username: folded,
  'cognito:user_status': folded,
  sub: folded,
};

/** The searched columns of a user, in the order in which the statements name them. */
export function searchColumns(user: User): Value[] {
  const attribute = (name: 'email' | 'phone_number' | 'name' | 'given_name' | 'family_name') =>
    optional(user.attributes[name]);
  return [
    exact(user.username),
    attribute('email'),
    attribute('phone_number'),
    attribute('name'),
    attribute('given_name'),
    attribute('family_name'),
    optional(user.attributes['preferred_username']),
    folded(user.status),
    user.enabled ? 'Enabled' : 'Disabled',
  ];
}

const optional = (value: string | undefined) => (value === undefined ? null : folded(value));

/**
 * What an index holds of a value: its first 512 characters, for an index entry is bounded on PostgreSQL. A filter has
 * 256 characters at most, so nothing is found that only begins alike.
 */
function searchable(value: string): string {
  return value.slice(0, 512).toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Greater than every text that has a place in an index. */
const beyondAll = '\u{10FFFF}'.repeat(257);

/** The smallest text that is greater than all which start with the prefix, by code points. */
export function endOfPrefix(prefix: string): string {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // Surrogates are no characters: UTF-8 has nothing between U+D7FF and U+E000.
    points.push(last === 0xd7ff ? 0xe000 : last + 1);
    return String.fromCodePoint(...points);
  }
  return beyondAll;
}
