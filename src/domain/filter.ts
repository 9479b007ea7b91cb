import * as errors from '../errors.ts';
import type { SearchAttribute, UserFilter } from '../store/users.ts';

const searchAttributes: readonly string[] = [
  'username',
  'email',
  'phone_number',
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'cognito:user_status',
  'status',
  'sub',
] satisfies SearchAttribute[];

/** Name, in quotes or not, `=` or `^=`, and a value in quotes, in which `\"` stands for a quote. */
const grammar = /^\s*("?)([^\s=^"]+)\1\s*(\^?=)\s*"((?:[^"\\]|\\"|\\(?!"))*)"\s*$/;

/**
 * Reads a ListUsers filter: one condition, or none when it is absent or blank. The API reference's own example has the
 * name in quotes (ListUsers, `"email"^="testuser"`).
 *
 * Throws InvalidParameterException for what is no condition, and for attributes that cannot be searched by, custom
 * ones among them.
 */
export function parseFilter(text = ''): UserFilter | undefined {
  if (text.trim() === '') return undefined;
  const [, , name = '', operator, value = ''] = grammar.exec(text) ?? [];
  if (operator === undefined) throw errors.filterInvalid();
  if (!isSearchAttribute(name)) throw errors.searchAttributeInvalid(name);
  const match = operator === '=' ? 'equals' : 'starts-with';
  return { attribute: name, match, value: value.replaceAll('\\"', '"') };
}

const isSearchAttribute = (name: string): name is SearchAttribute => searchAttributes.includes(name);
