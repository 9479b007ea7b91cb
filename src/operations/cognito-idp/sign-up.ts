import type {
  ConfirmSignUpRequest,
  ConfirmSignUpResponse,
  ResendConfirmationCodeRequest,
  ResendConfirmationCodeResponse,
  SignUpRequest,
  SignUpResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { confirmedSession, signUpSession } from '../../domain/challenges/sign-up-session.ts';
import { checkSecretHash, clientOf } from '../../domain/client.ts';
import { confirmSignUp, resendConfirmationCode } from '../../domain/confirmation.ts';
import { signUp } from '../../domain/sign-up.ts';
import { userVisit } from '../../domain/threat/visit.ts';

/**
 * Registers a user. The answer says where the confirmation code went, unless the pool verifies no address of theirs or
 * the pre sign-up function confirmed them. Where such a code lets users in, it has a session for ConfirmSignUp.
 */
export async function SignUp(ctx: Context, input: SignUpRequest): Promise<SignUpResponse> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, { pool, client }, input.Username, input.SecretHash);
  const visit = await userVisit(ctx, { pool, client }, input.UserContextData);
  const { user, details } = await signUp(ctx, pool, client, input, visit);
  const sentTo = details?.AttributeName === 'email' ? 'email' : 'phone_number';
  return {
    UserConfirmed: user.status === 'CONFIRMED',
    UserSub: user.id,
    CodeDeliveryDetails: details,
    Session: details && signUpSession(ctx, { pool, client }, user, input.Username, sentTo),
  };
}

/**
 * Confirms a user by the code that SignUp or ResendConfirmationCode sent; it works once. Where such a code lets users in,
 * the answer has a session, which InitiateAuth takes to sign the user in at once.
 */
export async function ConfirmSignUp(
  ctx: Context,
  input: ConfirmSignUpRequest,
): Promise<ConfirmSignUpResponse> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, { pool, client }, input.Username, input.SecretHash);
  await userVisit(ctx, { pool, client }, input.UserContextData);
  const { user, sentTo } = await confirmSignUp(ctx, pool, client, {
    username: input.Username,
    code: input.ConfirmationCode,
    takeOver: input.ForceAliasCreation ?? false,
    metadata: input.ClientMetadata,
    analytics: input.AnalyticsMetadata,
  });
  const place = { pool, client };
  return { Session: sentTo && confirmedSession(ctx, place, user, input.Username, sentTo, input.Session) };
}

/** Sends a new confirmation code to a user who is UNCONFIRMED; the one before is void. */
export async function ResendConfirmationCode(
  ctx: Context,
  input: ResendConfirmationCodeRequest,
): Promise<ResendConfirmationCodeResponse> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, { pool, client }, input.Username, input.SecretHash);
  const visit = await userVisit(ctx, { pool, client }, input.UserContextData);
  const details = await resendConfirmationCode(
    ctx,
    pool,
    client,
    input.Username,
    input.ClientMetadata,
    visit,
  );
  return { CodeDeliveryDetails: details };
}
