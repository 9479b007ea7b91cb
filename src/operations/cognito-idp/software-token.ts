import type {
  AdminDeleteSoftwareTokenRequest,
  AssociateSoftwareTokenRequest,
  AssociateSoftwareTokenResponse,
  VerifySoftwareTokenRequest,
  VerifySoftwareTokenResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { userOfAccessToken } from '../../domain/access-token.ts';
import { associateInSetup, verifyInSetup } from '../../domain/challenges/mfa-setup.ts';
import { poolOf } from '../../domain/pool.ts';
import { associateToken, removeToken, verifyToken } from '../../domain/software-token.ts';
import { userOf } from '../../domain/user.ts';
import * as errors from '../../errors.ts';

/**
 * Begins the registration of an authenticator app: for the user of an access token, or in a sign-in that waits in
 * MFA_SETUP. The secret is shown this once; a later call voids it.
 */
export async function AssociateSoftwareToken(
  ctx: Context,
  { AccessToken, Session }: AssociateSoftwareTokenRequest,
): Promise<AssociateSoftwareTokenResponse> {
  if (AccessToken !== undefined) {
    const { pool, user } = await bearerOf(ctx, AccessToken);
    return { SecretCode: await associateToken(ctx, pool, user) };
  }
  const { secretCode, session } = await associateInSetup(ctx, sessionIn(Session));
  return { SecretCode: secretCode, Session: session };
}

/** This operation declares none of the errors that tell the user's state. */
async function bearerOf(ctx: Context, accessToken: string) {
  try {
    return await userOfAccessToken(ctx, accessToken);
  } catch (error) {
    const declared = ['NotAuthorizedException', 'OperationNotEnabledException'];
    if (!(error instanceof errors.ApiError) || declared.includes(error.code)) throw error;
    throw errors.accessTokenRevoked();
  }
}

function sessionIn(session: string | undefined): string {
  if (session === undefined) throw errors.missingParameter('AccessToken');
  return session;
}

/**
 * Registers the app by its first code. By an access token it is registered only: SetUserMFAPreference turns it on. In a
 * sign-in it is on and preferred at once, and the session that is given back answers MFA_SETUP.
 */
export async function VerifySoftwareToken(
  ctx: Context,
  input: VerifySoftwareTokenRequest,
): Promise<VerifySoftwareTokenResponse> {
  const app = { code: input.UserCode, name: input.FriendlyDeviceName };
  if (input.AccessToken !== undefined) {
    const { pool, user } = await userOfAccessToken(ctx, input.AccessToken);
    await verifyToken(ctx, pool, user, app);
    return { Status: 'SUCCESS' };
  }
  return { Status: 'SUCCESS', Session: await verifyInSetup(ctx, sessionIn(input.Session), app) };
}

/** Removes a user's authenticator app, so that another one can be set up. Nothing happens where there is none. */
export async function AdminDeleteSoftwareToken(
  ctx: Context,
  input: AdminDeleteSoftwareTokenRequest,
): Promise<void> {
  const pool = await poolOf(ctx, input.UserPoolId);
  await removeToken(ctx, pool, await userOf(ctx, pool, input.Username));
}
