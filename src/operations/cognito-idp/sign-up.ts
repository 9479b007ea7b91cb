import type {
  ConfirmSignUpRequest,
  ResendConfirmationCodeRequest,
  ResendConfirmationCodeResponse,
  SignUpRequest,
  SignUpResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { checkSecretHash, clientOf } from '../../domain/client.ts';
import { confirmSignUp, resendConfirmationCode } from '../../domain/confirmation.ts';
import { signUp } from '../../domain/sign-up.ts';

/**
 * Registers a user. The answer says where the confirmation code went, unless the pool verifies no address of theirs or
 * the pre sign-up function confirmed them.
 */
export async function SignUp(ctx: Context, input: SignUpRequest): Promise<SignUpResponse> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, client, input.Username, input.SecretHash);
  const { user, details } = await signUp(ctx, pool, client, input);
  return { UserConfirmed: user.status === 'CONFIRMED', UserSub: user.id, CodeDeliveryDetails: details };
}

/** Confirms a user by the code that SignUp or ResendConfirmationCode sent; it works once. */
export async function ConfirmSignUp(ctx: Context, input: ConfirmSignUpRequest): Promise<void> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, client, input.Username, input.SecretHash);
  await confirmSignUp(ctx, pool, client, {
    username: input.Username,
    code: input.ConfirmationCode,
    takeOver: input.ForceAliasCreation ?? false,
    metadata: input.ClientMetadata,
  });
}

/** Sends a new confirmation code to a user who is UNCONFIRMED; the one before is void. */
export async function ResendConfirmationCode(
  ctx: Context,
  input: ResendConfirmationCodeRequest,
): Promise<ResendConfirmationCodeResponse> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  checkSecretHash(ctx, client, input.Username, input.SecretHash);
  const details = await resendConfirmationCode(ctx, pool, client, input.Username, input.ClientMetadata);
  return { CodeDeliveryDetails: details };
}
