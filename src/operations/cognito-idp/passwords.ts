import type {
  ChangePasswordRequest,
  ConfirmForgotPasswordRequest,
  ForgotPasswordRequest,
  ForgotPasswordResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { userOfAccessToken } from '../../domain/access-token.ts';
import type { Bearer } from '../../domain/access-token.ts';
import { forgetGuesses, reserveGuess, wrongPassword } from '../../domain/challenges/guesses.ts';
import { checkSecretHash, clientOf } from '../../domain/client.ts';
import { countUse } from '../../domain/code.ts';
import { provenByImport } from '../../domain/imported-password.ts';
import {
  checkHistory,
  checkPassword,
  hasPassword,
  verifyPassword,
  withPassword,
} from '../../domain/password.ts';
import { passwordPolicy } from '../../domain/pool.ts';
import { confirmForgotPassword, forgotPassword } from '../../domain/recovery.ts';
import { checkNewPassword } from '../../domain/threat/compromised.ts';
import { recordEvent } from '../../domain/threat/event.ts';
import { userVisit } from '../../domain/threat/visit.ts';
import { changeUser } from '../../domain/user.ts';
import * as errors from '../../errors.ts';
import type { User } from '../../store/users.ts';

/** Sends a code by which the user sets a new password, to a verified address by the pool's recovery setting. */
export async function ForgotPassword(
  ctx: Context,
  input: ForgotPasswordRequest,
): Promise<ForgotPasswordResponse> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, { pool, client }, input.Username, input.SecretHash);
  const visit = await userVisit(ctx, { pool, client }, input.UserContextData);
  const details = await forgotPassword(ctx, pool, client, input.Username, input.ClientMetadata, visit);
  return { CodeDeliveryDetails: details };
}

/** Sets a new password for the code of ForgotPassword or AdminResetUserPassword; the code works once. */
export async function ConfirmForgotPassword(
  ctx: Context,
  input: ConfirmForgotPasswordRequest,
): Promise<void> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, { pool, client }, input.Username, input.SecretHash);
  const visit = await userVisit(ctx, { pool, client }, input.UserContextData);
  await confirmForgotPassword(ctx, pool, client, {
    username: input.Username,
    code: input.ConfirmationCode,
    password: input.Password,
    metadata: input.ClientMetadata,
    visit,
  });
}

/**
 * Changes the password of the user who is signed in. The previous one is a guess like any other and counted as such;
 * users without a password leave it out. Tokens stay.
 */
export async function ChangePassword(ctx: Context, input: ChangePasswordRequest): Promise<void> {
  const bearer = await userOfAccessToken(ctx, input.AccessToken);
  const { pool, user } = bearer;
  await countUse(ctx, pool, 'change-password', user.id);
  if (user.status === 'RESET_REQUIRED') throw errors.passwordResetRequired();
  checkPassword(passwordPolicy(pool), input.ProposedPassword, 'change');
  const visit = await userVisit(ctx, bearer);
  const compromised = await checkNewPassword(ctx, pool, visit, 'PASSWORD_CHANGE', input.ProposedPassword);
  const record = (response: 'Pass' | 'Fail') =>
    recordEvent(ctx, pool, visit, { user, id: user.id }, { type: 'PasswordChange', response, compromised });
  const proven = await provenByPrevious(ctx, bearer, input.PreviousPassword, record);
  await ctx.work.resume(() =>
    changeUser(ctx, pool, user, (now) => {
      // Somebody else changed it since it was compared.
      if (now.password?.sealed !== proven.password?.sealed) throw errors.wrongCredentials();
      checkHistory(ctx, pool, now, input.ProposedPassword);
      return withPassword(ctx, pool, now, input.ProposedPassword);
    }),
  );
  await record('Pass');
}

async function provenByPrevious(
  ctx: Context,
  bearer: Bearer,
  previous: string | undefined,
  record: (response: 'Fail') => Promise<void>,
): Promise<User> {
  const { pool, user } = bearer;
  if (!hasPassword(user)) return user;
  if (previous === undefined) throw errors.missingParameter('PreviousPassword');
  const right = await ctx.work.run(async () => {
    await reserveGuess(ctx, bearer, { user, id: user.id });
    return verifyPassword(ctx, pool, user, previous);
  });
  const proven = right ? user : await provenByImport(ctx, pool, user, previous);
  if (proven === undefined) {
    await record('Fail');
    throw wrongPassword(ctx, bearer, user);
  }
  await forgetGuesses(ctx, pool, user);
  return proven;
}
