import type { AttributeType, PasswordHashingAlgorithmType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { ApiError } from '../../errors.ts';
import type { ImportedCost, Pool } from '../../store/pools.ts';
import type { ImportedHash, Name, User } from '../../store/users.ts';
import { attributesOf, checkRequired, checkVerified, present } from '../attributes.ts';
import type { Attributes } from '../attributes.ts';
import { uuidFrom } from '../ids.ts';
import { costOf, importedHash } from '../imported-password.ts';
import { mfaMode } from '../mfa-config.ts';
import { autoVerified } from '../pool.ts';
import { newUser } from '../user.ts';
import { checkUsername, hasForm, namesOf, usernameAttributes } from '../username.ts';

const mfaColumn = 'cognito:mfa_enabled';
const nameColumn = 'cognito:username';
const hashColumn = 'password_hash';

const standardColumns = [
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'picture',
  'website',
  'email',
  'email_verified',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'phone_number',
  'phone_number_verified',
  'address',
  'updated_at',
];

/** The columns of a file for the pool (GetCSVHeader). The place of `password_hash` is unconfirmed. */
export function csvHeader({ schema }: Pool): readonly string[] {
  const custom = schema.flatMap(({ Name }) => (Name?.startsWith('custom:') ? [Name] : []));
  return [...standardColumns, ...custom, mfaColumn, nameColumn, hashColumn];
}

/** How long a row may be. */
export const longestRow = 16_000;

/** The columns that a first line names; or why it is none, in words of our own. Any order, and not all of them. */
export function columnsOf(
  pool: Pool,
  algorithm: PasswordHashingAlgorithmType | undefined,
  line: string,
): readonly string[] | { readonly failure: string } {
  const columns = fieldsOf(line);
  const known = csvHeader(pool);
  const unknown = columns.find((column) => !known.includes(column));
  if (unknown !== undefined) return { failure: 'The header of the file has an unknown column.' };
  if (new Set(columns).size < columns.length)
    return { failure: 'The header of the file has a column twice.' };
  const needed = [nameColumn, ...(algorithm === undefined ? [] : [hashColumn])];
  const missing = needed.find((column) => !columns.includes(column));
  return missing === undefined ? columns : { failure: `The header of the file lacks the column ${missing}.` };
}

/** The values of a line: commas part them, `\,` is one that does not; nothing is quoted (developer guide, "CSV file"). */
export function fieldsOf(line: string): readonly string[] {
  return line.split(/(?<!\\),/).map((field) => field.replaceAll('\\,', ',').trim());
}

/** What a row makes: a user, or a reason why none. */
export type Made =
  | {
      readonly user: User;
      readonly names: readonly Name[];
      /** What the user's hash costs to check; undefined without one. */
      readonly cost: ImportedCost | undefined;
    }
  | { readonly failure: string };

export interface ImportFile {
  readonly pool: Pool;
  readonly jobId: string;
  readonly algorithm: PasswordHashingAlgorithmType | undefined;
  readonly columns: readonly string[];
}

/**
 * The user of one row. The `sub` is the same whenever the row is read, so that a job which goes on after an interruption
 * knows whom it has made.
 */
export function userOfRow(ctx: Context, file: ImportFile, line: string, number: number): Made {
  const fields = fieldsOf(line);
  if (fields.length !== file.columns.length)
    return { failure: 'The number of values is not that of the columns.' };
  const entries = file.columns.map((column, index) => [column, fields[index] ?? ''] as const);
  const values = new Map(entries.filter(([, value]) => value !== ''));
  try {
    return made(ctx, file, values, number);
  } catch (error) {
    // What an operation would refuse a request for, it refuses a row for.
    if (error instanceof ApiError) return { failure: error.message.replaceAll('\n', ' ').trim() };
    throw error;
  }
}

type Values = ReadonlyMap<string, string>;

function made(ctx: Context, file: ImportFile, values: Values, number: number): Made {
  const { pool, algorithm } = file;
  const attributes = attributesIn(pool, values);
  const failure = mfaFailure(pool, values, attributes) ?? verificationFailure(pool, attributes);
  if (failure !== undefined) return { failure };
  checkVerified(attributes);
  checkRequired(pool, attributes);
  const username = usernameIn(pool, values, attributes);
  if (typeof username === 'object') return username;
  const id = uuidFrom(ctx.vault.mac('imported-user', pool.id, file.jobId, String(number)));
  const user = newUser(ctx, pool, { id, username, status: statusFor(pool, values, attributes), attributes });
  const hash = hashIn(ctx, pool, user, algorithm, values.get(hashColumn));
  if (hash !== undefined && 'failure' in hash) return hash;
  const whole: User = {
    ...user,
    ...(hash && { importedHash: hash.kept }),
    ...(hasMfa(values, attributes) && { mfa: { enabled: ['SMS_MFA'] } }),
  };
  return { user: whole, names: namesOf(pool, whole), cost: hash?.cost };
}

function attributesIn(pool: Pool, values: Values): Attributes {
  const list: AttributeType[] = [...values]
    .filter(([column]) => column !== nameColumn && column !== mfaColumn && column !== hashColumn)
    .map(([Name, Value]) => ({ Name, Value }));
  const birthdate = values.get('birthdate');
  if (birthdate !== undefined && !/^\d\d\/\d\d\/\d{4}$/.test(birthdate))
    throw new ApiError('InvalidParameterException', 'The birthdate must have the form mm/dd/yyyy.');
  return present(attributesOf(pool, list));
}

const hasMfa = (values: Values, { phone_number }: Attributes) =>
  values.get(mfaColumn)?.toLowerCase() === 'true' && phone_number !== undefined;

/**
 * True or blank where the pool requires MFA, false or blank where it has none; true needs a number to send to where MFA is
 * the user's choice. Where it is required users come in without any factor too (developer guide, "Formatting the CSV file").
 */
function mfaFailure(pool: Pool, values: Values, { phone_number }: Attributes): string | undefined {
  const value = values.get(mfaColumn)?.toLowerCase();
  if (value !== undefined && value !== 'true' && value !== 'false')
    return 'The value of cognito:mfa_enabled must be true or false.';
  const mode = mfaMode(pool);
  if (mode === 'ON' && value === 'false') return 'MFA is required in the user pool.';
  if (mode === 'OFF' && value === 'true') return 'MFA is turned off in the user pool.';
  if (mode === 'OPTIONAL' && value === 'true' && phone_number === undefined)
    return 'MFA needs a phone_number.';
  return undefined;
}

function verificationFailure(pool: Pool, attributes: Attributes): string | undefined {
  const isSet = autoVerified(pool).some(
    (kind) => attributes[kind] !== undefined && attributes[`${kind}_verified`] === 'true',
  );
  if (isSet) return undefined;
  return 'The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).';
}

/** Undefined in pools whose users sign in with an address: one of them must be there, whatever the column says. */
function usernameIn(
  pool: Pool,
  values: Values,
  attributes: Attributes,
): string | undefined | { readonly failure: string } {
  const name = values.get(nameColumn);
  const kinds = usernameAttributes(pool);
  if (kinds.length > 0) {
    const isThere = kinds.some((kind) => hasForm(kind, attributes[kind] ?? ''));
    return isThere ? undefined : { failure: `The User Record has no ${kinds.join(' or ')} to sign in with.` };
  }
  if (name === undefined) return { failure: 'The User Record has no cognito:username.' };
  if (!/^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u.test(name))
    return { failure: 'The cognito:username is not valid.' };
  checkUsername(pool, name);
  return name;
}

/** Confirmed who can sign in: by a password whose hash is here, or by a code to an address that is verified. */
function statusFor(pool: Pool, values: Values, attributes: Attributes): 'CONFIRMED' | 'RESET_REQUIRED' {
  const factors = pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  const byCode =
    (factors.includes('EMAIL_OTP') && attributes['email_verified'] === 'true') ||
    (factors.includes('SMS_OTP') && attributes['phone_number_verified'] === 'true');
  return byCode || values.has(hashColumn) ? 'CONFIRMED' : 'RESET_REQUIRED';
}

function hashIn(
  ctx: Context,
  pool: Pool,
  user: User,
  algorithm: PasswordHashingAlgorithmType | undefined,
  text: string | undefined,
): { readonly kept: ImportedHash; readonly cost: ImportedCost } | { readonly failure: string } | undefined {
  if (text === undefined) return undefined;
  if (algorithm === undefined) return { failure: 'The import job has no password hashing algorithm.' };
  const failure = `The password_hash is not valid for the algorithm ${algorithm}.`;
  const kept = importedHash(ctx, pool, user, algorithm, text);
  return kept === undefined ? { failure } : { kept, cost: costOf(algorithm, text) };
}
