import type { AttributeType, SchemaAttributeType } from '../api/cognito-idp.ts';
import * as errors from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { Code, User } from '../store/users.ts';
import { writable } from './client.ts';
import { attributeOf } from './schema.ts';
import { hasForm, usernameAttributes } from './username.ts';
import type { Address } from './username.ts';

export type Attributes = User['attributes'];

const addresses = ['email', 'phone_number'] as const;

/**
 * The attributes of a request as a map, each checked against the pool's schema: it exists, has a value of its type
 * and within its bounds. An empty value is not checked: it stands for none. Booleans are put in lower case.
 *
 * Throws InvalidParameterException, which tells all that is wrong, of a user who exists (`of`) in a form of its own.
 */
export function attributesOf(
  pool: Pool,
  list: readonly AttributeType[] = [],
  of: 'new user' | 'existing user' = 'new user',
): Attributes {
  const values = list.map(({ Name, Value }) => {
    const schema = attributeOf(pool, Name);
    if (schema === undefined && of === 'new user' && Name.includes(':')) throw errors.typeUnknown(Name);
    if (Value === undefined) throw errors.attributeNull(Name);
    if (Name === 'identities') throw errors.notMutable(Name);
    return { name: Name, schema, value: normal(schema, Value) };
  });
  const clauses = values
    .map(({ name, schema, value }) => failureOf(name, schema, value))
    .filter((clause) => clause !== '');
  if (clauses.length > 0)
    throw of === 'new user' ? errors.schemaViolation(clauses.join('')) : errors.changeViolation(clauses);
  const attributes = Object.fromEntries(values.map(({ name, value }) => [name, value]));
  if (attributes['email'] && !hasForm('email', attributes['email'])) throw errors.emailForm();
  if (attributes['phone_number'] && !hasForm('phone_number', attributes['phone_number']))
    throw errors.phoneNumberForm();
  return attributes;
}

function normal(schema: SchemaAttributeType | undefined, value: string): string {
  return schema?.AttributeDataType === 'Boolean' ? value.toLowerCase() : value;
}

/** What is wrong with the attribute, as a line of the refusal; the words for numbers and booleans are unconfirmed. Empty: nothing. */
function failureOf(name: string, schema: SchemaAttributeType | undefined, value: string): string {
  if (schema === undefined) return `${name}: Attribute does not exist in the schema.\n`;
  if (value === '') return '';
  switch (schema.AttributeDataType) {
    case 'Number':
      return numberFailure(name, schema, value);
    case 'Boolean':
      return value === 'true' || value === 'false' ? '' : `${name}: Boolean value must be true or false\n`;
    case 'DateTime':
      return '';
    default:
      return stringFailure(name, schema, value);
  }
}

function stringFailure(name: string, schema: SchemaAttributeType, value: string): string {
  const { MinLength, MaxLength } = schema.StringAttributeConstraints ?? {};
  const length = Array.from(value).length;
  if (MinLength !== undefined && length < Number(MinLength))
    return `${name}: String must be no shorter than ${MinLength} characters\n`;
  if (MaxLength !== undefined && length > Number(MaxLength))
    return `${name}: String must be no longer than ${MaxLength} characters\n`;
  return '';
}

function numberFailure(name: string, schema: SchemaAttributeType, value: string): string {
  const { MinValue, MaxValue } = schema.NumberAttributeConstraints ?? {};
  if (!/^-?[0-9]{1,100}$/.test(value)) return `${name}: Number value must be an integer\n`;
  if (MinValue !== undefined && BigInt(value) < BigInt(MinValue))
    return `${name}: Number cannot be less than ${MinValue}\n`;
  if (MaxValue !== undefined && BigInt(value) > BigInt(MaxValue))
    return `${name}: Number cannot be greater than ${MaxValue}\n`;
  return '';
}

/**
 * Refuses what a user may not write through this client: attributes outside its `WriteAttributes`, and whatever only
 * the pool or an administrator sets (security AT-1). Told before anything that the schema has against them. Throws
 * NotAuthorizedException.
 */
export function checkWritable(pool: Pool, client: Client, names: readonly string[]): void {
  if (names.some((name) => isReserved(name) || !writable(pool, client, name)))
    throw errors.unauthorizedAttribute();
}

function isReserved(name: string): boolean {
  return (
    ['sub', 'identities', 'email_verified', 'phone_number_verified'].includes(name) ||
    name.startsWith('cognito:') ||
    name.startsWith('dev:')
  );
}

/** The attributes of the schema that every user must have and these lack. */
export function missingAttributes(pool: Pool, attributes: Attributes): readonly string[] {
  return pool.schema
    .filter(({ Name, Required }) => Required === true && Name !== 'sub' && Name !== undefined)
    .map(({ Name }) => Name ?? '')
    .filter((name) => (attributes[name] ?? '') === '');
}

/** Nobody vouches for an address that is not there: seen against Cognito. Throws InvalidParameterException. */
export function checkVerified(attributes: Attributes): void {
  for (const kind of addresses) {
    if (attributes[`${kind}_verified`] === 'true' && attributes[kind] === undefined)
      throw errors.verifiedWithoutAddress(kind);
  }
}

/** Refuses attributes that lack a required one: one line for each, in the order of the schema. */
export function checkRequired(pool: Pool, attributes: Attributes): void {
  const missing = missingAttributes(pool, attributes);
  if (missing.length > 0)
    throw errors.schemaViolation(missing.map((name) => `${name}: The attribute is required\n`).join(''));
}

/**
 * Refuses what nobody changes in a user who exists: `sub`, immutable attributes; and the removal, by an empty value, of
 * a required attribute or of the last address by which the user signs in.
 */
export function checkChange(pool: Pool, user: User, given: Attributes): void {
  for (const [name, value] of Object.entries(given)) {
    if (name === 'sub' || name === 'identities') throw errors.notMutable(name);
    const schema = attributeOf(pool, name);
    if (schema?.Mutable === false) throw errors.attributeImmutable(name);
    if (value === '' && isKept(pool, user, name, given)) throw errors.attributeKept(name);
  }
}

function isKept(pool: Pool, user: User, name: string, given: Attributes): boolean {
  if (attributeOf(pool, name)?.Required === true) return true;
  const kinds: readonly string[] = usernameAttributes(pool);
  const rest = kinds.filter((kind) => (given[kind] ?? user.attributes[kind] ?? '') !== '');
  return kinds.includes(name) && rest.length === 0;
}

/** As `attributesOf` for a request that removes attributes: the names as empty values. */
export function removalOf(pool: Pool, names: readonly string[]): Attributes {
  const missing = names.filter((name) => attributeOf(pool, name) === undefined);
  if (missing.length > 0) throw errors.attributesUnknown(missing);
  return Object.fromEntries(names.map((name) => [name, '']));
}

/** Without the empty values: what a new user has. */
export function present(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));
}

/**
 * The user with these attributes, an empty value removing one. Another address is unverified from then on, and codes
 * that went to the old one are void; where the pool asks for verification before the update it waits in `pending`
 * instead, used for nothing until its code comes back (security AT-3, MF-6). `*_verified` in `given` says that an
 * administrator vouches for the address.
 */
export function withAttributes(pool: Pool, user: User, given: Attributes): User {
  const apart = addresses.filter((kind) => given[kind] !== undefined).flatMap((kind) => [kind, flagOf(kind)]);
  const plain = Object.fromEntries(Object.entries(given).filter(([name]) => !apart.includes(name)));
  const start: User = { ...user, attributes: present({ ...user.attributes, ...plain }) };
  return addresses.reduce((changed, kind) => {
    const address = given[kind];
    return address === undefined ? changed : withAddress(pool, changed, kind, address, given[flagOf(kind)]);
  }, start);
}

const flagOf = (kind: Address) => `${kind}_verified`;

function withAddress(pool: Pool, user: User, kind: Address, address: string, flag: string | undefined): User {
  const { [kind]: _waiting, ...pending } = user.pending;
  const changed = address !== (user.attributes[kind] ?? '');
  if (changed && address !== '' && flag !== 'true' && waitsForCode(pool, kind)) {
    return {
      ...user,
      pending: { ...pending, [kind]: address },
      codes: codesBut(user, (purpose) => purpose === `verify-${kind}`),
    };
  }
  const verified = address === '' ? '' : (flag ?? (changed ? 'false' : user.attributes[flagOf(kind)]) ?? '');
  return {
    ...user,
    pending,
    attributes: present({ ...user.attributes, [kind]: address, [flagOf(kind)]: verified }),
    codes: changed ? codesBut(user, (_, code) => code.attribute === kind) : user.codes,
  };
}

function codesBut(user: User, isVoid: (purpose: string, code: Code) => boolean): User['codes'] {
  return Object.fromEntries(Object.entries(user.codes).filter(([purpose, code]) => !isVoid(purpose, code)));
}

/** API reference: UserAttributeUpdateSettingsType. */
function waitsForCode(pool: Pool, kind: Address): boolean {
  return (
    pool.settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate?.includes(kind) ??
    false
  );
}

/** The user with this address in force and verified, as a code has proven. */
export function withVerified(user: User, kind: Address, address: string): User {
  const { [kind]: _waiting, ...pending } = user.pending;
  return {
    ...user,
    pending,
    attributes: { ...user.attributes, [kind]: address, [flagOf(kind)]: 'true' },
  };
}
