import type {
  AdminConfirmSignUpRequest,
  AdminCreateUserRequest,
  AdminCreateUserResponse,
  AdminDeleteUserAttributesRequest,
  AdminDeleteUserRequest,
  AdminDisableUserRequest,
  AdminEnableUserRequest,
  AdminGetUserRequest,
  AdminGetUserResponse,
  AdminResetUserPasswordRequest,
  AdminSetUserPasswordRequest,
  AdminUpdateUserAttributesRequest,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { attributesOf, removalOf } from '../../domain/attributes.ts';
import { confirmByAdministrator } from '../../domain/confirmation.ts';
import { inviteAgain, inviteUser } from '../../domain/invitation.ts';
import { signedOut } from '../../domain/origin.ts';
import { checkHistory, checkPassword, withPassword } from '../../domain/password.ts';
import { passwordPolicy, poolOf } from '../../domain/pool.ts';
import { resetByAdministrator } from '../../domain/recovery.ts';
import { changeUser, userOf } from '../../domain/user.ts';
import { updateAttributes } from '../../domain/verification.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import { attributesOutput, mfaOutput, userOutput } from './output.ts';

/** Whom an administrator's call is about: a user name, a `sub` or an alias of this pool. */
async function subjectOf(
  ctx: Context,
  input: { readonly UserPoolId: string; readonly Username: string },
): Promise<{ readonly pool: Pool; readonly user: User }> {
  const pool = await poolOf(ctx, input.UserPoolId);
  return { pool, user: await userOf(ctx, pool, input.Username) };
}

/**
 * Invites a user: creates them in FORCE_CHANGE_PASSWORD and sends a temporary password where they can be reached.
 *
 * SUPPRESS sends nothing. RESEND sends a new temporary password to a user who has not signed in yet and changes
 * nothing else.
 */
export async function AdminCreateUser(
  ctx: Context,
  input: AdminCreateUserRequest,
): Promise<AdminCreateUserResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const invite = input.MessageAction === 'RESEND' ? inviteAgain : inviteUser;
  return { User: userOutput(await invite(ctx, pool, input)) };
}

/** A user with all attributes. */
export async function AdminGetUser(ctx: Context, input: AdminGetUserRequest): Promise<AdminGetUserResponse> {
  const { user } = await subjectOf(ctx, input);
  const { Attributes: _shownApart, ...shown } = userOutput(user);
  return {
    ...shown,
    Username: user.username,
    UserAttributes: attributesOutput(user),
    ...mfaOutput(user),
  };
}

/** Sets a password: for good, which confirms the user, or one that they must change when they sign in. Tells nobody. */
export async function AdminSetUserPassword(ctx: Context, input: AdminSetUserPasswordRequest): Promise<void> {
  const { pool, user } = await subjectOf(ctx, input);
  checkPassword(passwordPolicy(pool), input.Password, 'change');
  const temporary = input.Permanent !== true;
  await ctx.work.run(() =>
    changeUser(ctx, pool, user, (now) => {
      checkHistory(ctx, pool, now, input.Password);
      const status = temporary ? 'FORCE_CHANGE_PASSWORD' : 'CONFIRMED';
      return { ...withPassword(ctx, pool, now, input.Password, { temporary }), status };
    }),
  );
}

/** Makes the password void and sends the user a code to set a new one: RESET_REQUIRED. */
export async function AdminResetUserPassword(
  ctx: Context,
  input: AdminResetUserPasswordRequest,
): Promise<void> {
  const { pool, user } = await subjectOf(ctx, input);
  await resetByAdministrator(ctx, pool, user, input.ClientMetadata);
}

/** Confirms a user who signed up, without a code; verifies no address. */
export async function AdminConfirmSignUp(ctx: Context, input: AdminConfirmSignUpRequest): Promise<void> {
  const { pool, user } = await subjectOf(ctx, input);
  await confirmByAdministrator(ctx, pool, user, input.ClientMetadata);
}

/** Lets a disabled user sign in again; the tokens from before stay void. */
export async function AdminEnableUser(ctx: Context, input: AdminEnableUserRequest): Promise<void> {
  const { pool, user } = await subjectOf(ctx, input);
  await changeUser(ctx, pool, user, (now) => (now.enabled ? now : { ...now, enabled: true }));
}

/**
 * Shuts a user out: no sign-in, and all tokens void (security RF-5). Of who is out already, too: a call before may not have
 * come to its end.
 */
export async function AdminDisableUser(ctx: Context, input: AdminDisableUserRequest): Promise<void> {
  const { pool, user } = await subjectOf(ctx, input);
  await changeUser(ctx, pool, user, (now) => signedOut(ctx, { ...now, enabled: false }));
}

/** Removes a user; the `sub` is never used again, the names are free at once. */
export async function AdminDeleteUser(ctx: Context, input: AdminDeleteUserRequest): Promise<void> {
  const { pool, user } = await subjectOf(ctx, input);
  if (!(await ctx.store.users.delete(pool.id, user.id))) throw errors.userNotFound();
}

/**
 * Writes attributes of a user, those among them that users may not write themselves: `dev:…`, and `email_verified` and
 * `phone_number_verified`, by which the administrator vouches for an address.
 */
export async function AdminUpdateUserAttributes(
  ctx: Context,
  input: AdminUpdateUserAttributesRequest,
): Promise<void> {
  const { pool, user } = await subjectOf(ctx, input);
  const given = attributesOf(pool, input.UserAttributes, 'existing user');
  await updateAttributes(ctx, pool, user, given, { clientId: undefined, metadata: input.ClientMetadata });
}

/** Removes attributes of a user; with an address goes its verification. */
export async function AdminDeleteUserAttributes(
  ctx: Context,
  input: AdminDeleteUserAttributesRequest,
): Promise<void> {
  const { pool, user } = await subjectOf(ctx, input);
  const given = removalOf(pool, input.UserAttributeNames);
  await updateAttributes(ctx, pool, user, given, { clientId: undefined, metadata: undefined });
}
