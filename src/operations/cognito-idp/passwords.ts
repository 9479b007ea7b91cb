import type {
  ChangePasswordRequest,
  ConfirmForgotPasswordRequest,
  ForgotPasswordRequest,
  ForgotPasswordResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { userOfAccessToken } from '../../domain/access-token.ts';
import { checkSecretHash, clientOf } from '../../domain/client.ts';
import { countUse } from '../../domain/code.ts';
import { checkHistory, checkPassword, verifyPassword, withPassword } from '../../domain/password.ts';
import { passwordPolicy } from '../../domain/pool.ts';
import { confirmForgotPassword, forgotPassword } from '../../domain/recovery.ts';
import { changeUser } from '../../domain/user.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';

/** Sends a code by which the user sets a new password, to a verified address by the pool's recovery setting. */
export async function ForgotPassword(
  ctx: Context,
  input: ForgotPasswordRequest,
): Promise<ForgotPasswordResponse> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, client, input.Username, input.SecretHash);
  const details = await forgotPassword(ctx, pool, client, input.Username, input.ClientMetadata);
  return { CodeDeliveryDetails: details };
}

/** Sets a new password for the code of ForgotPassword or AdminResetUserPassword; the code works once. */
export async function ConfirmForgotPassword(
  ctx: Context,
  input: ConfirmForgotPasswordRequest,
): Promise<void> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, client, input.Username, input.SecretHash);
  await confirmForgotPassword(ctx, pool, client, {
    username: input.Username,
    code: input.ConfirmationCode,
    password: input.Password,
    metadata: input.ClientMetadata,
  });
}

/**
 * Changes the password of the user who is signed in. The previous one is a guess like any other and counted as such;
 * users without a password leave it out. Tokens stay.
 */
export async function ChangePassword(ctx: Context, input: ChangePasswordRequest): Promise<void> {
  const { pool, user } = await userOfAccessToken(ctx, input.AccessToken);
  await countUse(ctx, pool, 'change-password', user.id);
  if (user.status === 'RESET_REQUIRED') throw errors.passwordResetRequired();
  checkPassword(passwordPolicy(pool), input.ProposedPassword, 'change');
  await checkPrevious(ctx, pool, user, input.PreviousPassword);
  await changeUser(ctx, pool, user, (now) => {
    // Somebody else changed it since it was compared.
    if (now.password?.sealed !== user.password?.sealed) throw errors.wrongCredentials();
    checkHistory(ctx, pool, now, input.ProposedPassword);
    return withPassword(ctx, pool, now, input.ProposedPassword);
  });
}

async function checkPrevious(
  ctx: Context,
  pool: Pool,
  user: User,
  previous: string | undefined,
): Promise<void> {
  if (user.password === undefined) return;
  if (previous === undefined) throw errors.missingParameter('PreviousPassword');
  if (!(await ctx.store.attempts.reserve(pool.id, user.id, ctx.now()))) throw errors.attemptsExceeded();
  if (!verifyPassword(ctx, pool, user, previous)) throw errors.wrongCredentials();
  await ctx.store.attempts.clear(pool.id, user.id);
}
