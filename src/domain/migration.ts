import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { booleanOf, textOf, textsOf } from '../triggers/response.ts';
import type { Response } from '../triggers/triggers.ts';
import { attributesOf, checkRequired, present } from './attributes.ts';
import type { Attributes } from './attributes.ts';
import { reserveGuess } from './challenges/guesses.ts';
import type { Place } from './challenges/step.ts';
import { releaseFailure } from './failures.ts';
import { tellPreSignUp } from './invitation.ts';
import { isSetUp, withFactor, withMfa } from './mfa.ts';
import { mfaMode } from './mfa-config.ts';
import { withPassword } from './password.ts';
import { isSecondary } from './replica.ts';
import { findUser, hidesUsers, insertUser, newUser } from './user.ts';
import { checkUsername, isTypable, nameKey, namesOf, usernameAttributes } from './username.ts';

type Metadata = Readonly<Record<string, string>>;

type At = Pick<Place, 'pool' | 'client'>;

/** What the function is asked. */
type Request = Readonly<Record<'validationData' | 'clientMetadata', Metadata>> & {
  /** Who has forgotten it has typed none. */
  readonly password?: string;
};

/** What came of asking: a user who is kept here now, or nobody. */
export interface Asked {
  readonly user: User | undefined;
}

/**
 * Asks the pool's migration function for a user whom nobody here knows, and keeps the one it answers with: CONFIRMED
 * with the password that was typed if it says so, else RESET_REQUIRED (developer guide, "Migrate user Lambda trigger").
 * Undefined where the pool has none. The guess at the password is reserved before the function sees it (security LO-1).
 */
export async function migratedAtSignIn(
  ctx: Context,
  place: Place,
  nobody: { readonly name: string; readonly id: string },
  password: string,
): Promise<Asked | undefined> {
  const { pool, validationData } = place;
  const { name, id } = nobody;
  if (!ctx.triggers.has(pool, 'UserMigration') || isSecondary(pool)) return undefined;
  await reserveGuess(ctx, place, { user: undefined, id });
  const request = { password, validationData, clientMetadata: {} };
  const answer = await ask(ctx, place, name, 'UserMigration_Authentication', request);
  const user = answer && (await keep(ctx, place, name, answer, request));
  if (user !== undefined) {
    releaseFailure(ctx, pool);
    // The function has seen the password: who they are is no secret to whom it lets in.
    if (user.status === 'RESET_REQUIRED' && user.password === undefined) throw errors.passwordResetRequired();
  }
  return { user };
}

/** As `migratedAtSignIn` for somebody who has forgotten the password: they need another one in any case. */
export async function migratedAtReset(
  ctx: Context,
  place: At,
  name: string,
  clientMetadata: Metadata | undefined,
): Promise<User | undefined> {
  if (!ctx.triggers.has(place.pool, 'UserMigration')) return undefined;
  const request = { validationData: {}, clientMetadata: clientMetadata ?? {} };
  const answer = await ask(ctx, place, name, 'UserMigration_ForgotPassword', request);
  return answer && keep(ctx, place, name, answer, request);
}

/**
 * Whom the function refuses at sign-in nobody knows: UserNotFoundException with the function's own words (seen against
 * Cognito); where the client hides who exists, as anybody unknown (unconfirmed). In ForgotPassword it is told as of
 * every function.
 */
async function ask(
  ctx: Context,
  { pool, client }: At,
  name: string,
  source: string,
  request: Request,
): Promise<Response | undefined> {
  try {
    return await ctx.triggers.invoke({
      pool,
      trigger: 'UserMigration',
      source,
      clientId: client.id,
      userAgent: ctx.source.userAgent,
      user: { username: name },
      request,
      response: {
        userAttributes: null,
        finalUserStatus: null,
        messageAction: null,
        desiredDeliveryMediums: null,
        forceAliasCreation: null,
        enableSMSMFA: null,
      },
    });
  } catch (error) {
    if (!isOf(error, 'UserLambdaValidationException')) throw error;
    if (hidesUsers(client)) return undefined;
    if (source !== 'UserMigration_Authentication') throw error;
    throw errors.userNotMigrated(error);
  }
}

const isOf = (error: unknown, code: string): error is errors.ApiError =>
  error instanceof errors.ApiError && error.code === code;

/**
 * Stores the user. An entry `username` names them otherwise than was typed; nobody is stored whom the typed name does
 * not find, as their alias or their address. No welcome is sent: there is nothing that they would have to be told
 * (Cognito sends one unless `messageAction` is SUPPRESS; its words are unconfirmed).
 */
async function keep(
  ctx: Context,
  place: At,
  name: string,
  answer: Response,
  request: Request,
): Promise<User | undefined> {
  const { pool } = place;
  const given = textsOf(answer, 'userAttributes');
  const confirmed = textOf(answer, 'finalUserStatus') === 'CONFIRMED';
  if (given === undefined) return undefined;
  const attributes = attributesFrom(pool, given);
  const byAddress = usernameAttributes(pool).length > 0;
  const username = byAddress ? undefined : (given.get('username') ?? name);
  if (username !== undefined) checkUsername(pool, username);
  const kept = confirmed ? request.password : undefined;
  const status = kept === undefined ? 'RESET_REQUIRED' : 'CONFIRMED';
  const user = withSmsMfa(pool, newUser(ctx, pool, { username, status, attributes }), answer);
  const key = nameKey(pool, name);
  if (!isTypable(name) || !namesOf(pool, user).some((its) => its.key === key)) return undefined;
  if (!(await isAdmitted(ctx, place, user, request))) return undefined;
  // The policy is not asked about a password that served elsewhere.
  const whole = kept === undefined ? user : await ctx.work.run(() => withPassword(ctx, pool, user, kept));
  return stored(ctx, pool, whole, name, booleanOf(answer, 'forceAliasCreation'));
}

/**
 * Whether the pre sign-up function lets the user in, whom it sees as one made by an administrator (as users of Cognito
 * tell; unconfirmed). Where the client hides who exists, whom it refuses is nobody; else its refusal is told.
 */
async function isAdmitted(
  ctx: Context,
  { pool, client }: At,
  user: User,
  request: Request,
): Promise<boolean> {
  const { validationData, clientMetadata } = request;
  try {
    await tellPreSignUp(ctx, pool, user, { userAttributes: user.attributes, validationData, clientMetadata });
    return true;
  } catch (error) {
    if (hidesUsers(client) && isOf(error, 'UserLambdaValidationException')) return false;
    throw error;
  }
}

/** `enableSMSMFA` needs a phone number, and a pool with MFA; without these it has no effect (developer guide). */
function withSmsMfa(pool: Pool, user: User, answer: Response): User {
  const isMeant = booleanOf(answer, 'enableSMSMFA') && mfaMode(pool) !== 'OFF' && isSetUp(user, 'SMS_MFA');
  return isMeant ? withMfa(user, (mfa) => withFactor(mfa, 'SMS_MFA', true)) : user;
}

function attributesFrom(pool: Pool, given: ReadonlyMap<string, string>): Attributes {
  const list = [...given].filter(([key]) => key !== 'username' && key !== 'sub');
  const attributes = present(
    attributesOf(
      pool,
      list.map(([Name, Value]) => ({ Name, Value })),
    ),
  );
  checkRequired(pool, attributes);
  return attributes;
}

/** Where a name or alias is taken, the user is whom the name stands for now: another request may have brought them. */
async function stored(
  ctx: Context,
  pool: Pool,
  user: User,
  name: string,
  takeOver: boolean,
): Promise<User | undefined> {
  try {
    return await insertUser(ctx, pool, user, { takeOver });
  } catch (error) {
    if (!isOf(error, 'AliasExistsException')) throw error;
    return findUser(ctx, pool, name);
  }
}
