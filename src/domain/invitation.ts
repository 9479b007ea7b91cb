import type { AdminCreateUserRequest, DeliveryMediumType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { Name, User } from '../store/users.ts';
import { attributesOf, checkVerified, present } from './attributes.ts';
import type { Attributes } from './attributes.ts';
import type { Destination } from './code.ts';
import { isPasswordless } from './first-factors.ts';
import { sendInvitation } from './message.ts';
import { checkPassword, generatePassword, withPassword } from './password.ts';
import { passwordPolicy } from './pool.ts';
import { reserveSending, sendableKinds } from './sending.ts';
import { namedValues, sentAttributes } from './sign-up.ts';
import { changeUser, insertUser, newUser, userOf } from './user.ts';
import { checkUsername, usernameAttributes } from './username.ts';
import type { Address } from './username.ts';

type Given = Omit<AdminCreateUserRequest, 'UserPoolId'>;

/**
 * Makes a user in FORCE_CHANGE_PASSWORD with a temporary password, given or generated, and sends it by every medium
 * asked for (without any: by each that the user has an address for); SUPPRESS sends nothing. Without one given, a user
 * who can sign in by a code has none and is CONFIRMED (API reference: AdminCreateUser, TemporaryPassword); nothing is
 * sent to them, for there is nothing to tell (unconfirmed).
 *
 * Required attributes may be missing: NEW_PASSWORD_REQUIRED asks for them. Throws UsernameExistsException for a taken
 * name and for an address sent as verified that is another user's alias, unless ForceAliasCreation moves it here;
 * InvalidParameterException for one that is sent as verified and not sent.
 */
export async function inviteUser(ctx: Context, pool: Pool, given: Given): Promise<User> {
  const kind = checkUsername(pool, given.Username);
  const { sub, ...asked } = attributesOf(pool, given.UserAttributes);
  const id = sub === undefined ? undefined : pinnedId(ctx, sub);
  const attributes = present(kind === undefined ? asked : { [kind]: given.Username, ...present(asked) });
  checkVerified(attributes);
  const needsNone = given.TemporaryPassword === undefined && isPasswordless(pool, attributes);
  const password = needsNone ? undefined : temporaryPassword(pool, given.TemporaryPassword);
  const username = kind === undefined ? given.Username : undefined;
  const status = needsNone ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
  const fresh = newUser(ctx, pool, { id, username, status, attributes });
  const destinations =
    given.MessageAction === 'SUPPRESS' || needsNone
      ? []
      : await destinationsOf(ctx, pool, fresh, given.DesiredDeliveryMediums);
  await tellPreSignUp(ctx, pool, fresh, {
    userAttributes: sentAttributes(pool, given),
    validationData: given.ValidationData === undefined ? null : namedValues(given.ValidationData),
    clientMetadata: given.ClientMetadata ?? null,
  });
  const claim = { takeOver: given.ForceAliasCreation ?? false, taken };
  if (password === undefined) return insertUser(ctx, pool, fresh, claim);
  const whole = await ctx.work.run(() => withPassword(ctx, pool, fresh, password, { temporary: true }));
  const user = await insertUser(ctx, pool, whole, claim);
  await sendInvitations(ctx, pool, user, destinations, password, given.ClientMetadata);
  return user;
}

/** Other emulators let tests choose the `sub` of a user by the attribute; Cognito does not. */
function pinnedId(ctx: Context, sub: string): string {
  if (ctx.settings.mode !== 'dev') throw errors.notMutable('sub');
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(sub)) throw errors.pinnedSubForm();
  return sub;
}

function temporaryPassword(pool: Pool, given: string | undefined): string {
  if (given === undefined) return generatePassword(passwordPolicy(pool));
  checkPassword(passwordPolicy(pool), given, 'invitation');
  return given;
}

// AdminCreateUser has no AliasExistsException: a clash of aliases is a clash of names here.
const taken = ({ kind }: Name) =>
  kind === 'username' ? errors.userAccountExists() : errors.addressExists(kind);

/**
 * Without a medium named: every one that has an address and can be sent by, the telephone first. A named one must have its
 * address, and a way. What cannot be sent at all is refused before anything is written.
 */
async function destinationsOf(
  ctx: Context,
  pool: Pool,
  user: User,
  media: readonly DeliveryMediumType[] = [],
): Promise<readonly Destination[]> {
  const named = media.map((medium) => (medium === 'EMAIL' ? 'email' : 'phone_number'));
  const missing = named.find((kind) => user.attributes[kind] === undefined);
  if (missing !== undefined) throw errors.mediumWithoutAddress(missing);
  const kinds = (['phone_number', 'email'] as const).filter((kind) => user.attributes[kind]);
  const chosen: readonly Address[] =
    named.length === 0
      ? sendableKinds(ctx, pool, kinds, 'change')
      : kinds.filter((kind) => named.includes(kind));
  const destinations = chosen.map((attribute) => ({ attribute, address: user.attributes[attribute] ?? '' }));
  await reserveSending(ctx, pool, destinations, 'change');
  return destinations;
}

/**
 * Tells the pre sign-up function of a user who did not sign up. It may refuse; what it answers about confirming and
 * verifying does not count here.
 */
export async function tellPreSignUp(
  ctx: Context,
  pool: Pool,
  user: User,
  request: Readonly<Record<'userAttributes' | 'validationData' | 'clientMetadata', Attributes | null>>,
): Promise<void> {
  if (!ctx.triggers.has(pool, 'PreSignUp')) return;
  await ctx.triggers.invoke({
    pool,
    trigger: 'PreSignUp',
    source: 'PreSignUp_AdminCreateUser',
    clientId: undefined,
    userAgent: ctx.source.userAgent,
    user,
    request,
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  });
}

async function sendInvitations(
  ctx: Context,
  pool: Pool,
  user: User,
  destinations: readonly Destination[],
  password: string,
  clientMetadata: Given['ClientMetadata'],
): Promise<void> {
  const occasion = { pool, user, clientMetadata, source: 'CustomMessage_AdminCreateUser' };
  const username = signInName(pool, user.attributes) ?? user.username;
  for (const to of destinations) await sendInvitation(ctx, occasion, to, username, password);
}

/** What a user of a pool with username attributes signs in with: their user name is a UUID that means nothing to them. */
function signInName(pool: Pool, attributes: Attributes): string | undefined {
  return usernameAttributes(pool)
    .map((kind) => attributes[kind])
    .find((address) => address !== undefined);
}

/**
 * Sends a new temporary password to a user who has not signed in yet; its days start anew, nothing else changes.
 * Throws UnsupportedUserStateException for a user in another status.
 */
export async function inviteAgain(ctx: Context, pool: Pool, given: Given): Promise<User> {
  const user = checkInvited(await userOf(ctx, pool, given.Username), given.Username);
  const destinations = await destinationsOf(ctx, pool, user, given.DesiredDeliveryMediums);
  const password = temporaryPassword(pool, given.TemporaryPassword);
  const invited = await ctx.work.run(() =>
    changeUser(ctx, pool, user, (now) =>
      withPassword(ctx, pool, checkInvited(now, given.Username), password, { temporary: true }),
    ),
  );
  await sendInvitations(ctx, pool, invited, destinations, password, given.ClientMetadata);
  return invited;
}

function checkInvited(user: User, username: string): User {
  if (user.status !== 'FORCE_CHANGE_PASSWORD') throw errors.resendNotPossible(username);
  return user;
}
