import type {
  CompleteWebAuthnRegistrationRequest,
  DeleteWebAuthnCredentialRequest,
  ListWebAuthnCredentialsRequest,
  ListWebAuthnCredentialsResponse,
  StartWebAuthnRegistrationRequest,
  StartWebAuthnRegistrationResponse,
  WebAuthnCredentialDescription,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { userOfAccessToken } from '../../domain/access-token.ts';
import type { Bearer } from '../../domain/access-token.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { beginRegistration, completeRegistration, mostPasskeys } from '../../domain/passkey.ts';
import * as errors from '../../errors.ts';
import type { Passkey } from '../../store/passkeys.ts';

/** What a browser needs to make a passkey of the user who is signed in, as `navigator.credentials.create` takes it. */
export async function StartWebAuthnRegistration(
  ctx: Context,
  input: StartWebAuthnRegistrationRequest,
): Promise<StartWebAuthnRegistrationResponse> {
  return { CredentialCreationOptions: await beginRegistration(ctx, await ownerOf(ctx, input.AccessToken)) };
}

/** Registers the passkey that the browser made. */
export async function CompleteWebAuthnRegistration(
  ctx: Context,
  input: CompleteWebAuthnRegistrationRequest,
): Promise<void> {
  await completeRegistration(ctx, await ownerOf(ctx, input.AccessToken), input.Credential);
}

/** The passkeys of the user who is signed in, oldest first. */
export async function ListWebAuthnCredentials(
  ctx: Context,
  input: ListWebAuthnCredentialsRequest,
): Promise<ListWebAuthnCredentialsResponse> {
  const { pool, user } = await ownerOf(ctx, input.AccessToken);
  const [operation, bound] = ['ListWebAuthnCredentials', [pool.id, user.id]] as const;
  const page = pageRequest(ctx, operation, bound, input.MaxResults || mostPasskeys, input.NextToken);
  const { items, next } = await ctx.store.passkeys.ofUser(pool.id, user.id, page);
  return { Credentials: items.map(passkeyOutput), NextToken: nextToken(ctx, operation, bound, next) };
}

/** Removes a passkey of the user who is signed in. Another user's does not exist (security AT-6). */
export async function DeleteWebAuthnCredential(
  ctx: Context,
  input: DeleteWebAuthnCredentialRequest,
): Promise<void> {
  const { pool, user } = await ownerOf(ctx, input.AccessToken);
  if (!(await ctx.store.passkeys.delete(pool.id, user.id, input.CredentialId)))
    throw errors.passkeyNotFound();
}

/** These operations declare neither UserNotFoundException nor UserNotConfirmedException. */
async function ownerOf(ctx: Context, accessToken: string): Promise<Bearer> {
  try {
    return await userOfAccessToken(ctx, accessToken);
  } catch (error) {
    const isUndeclared =
      error instanceof errors.ApiError &&
      (error.code === 'UserNotFoundException' || error.code === 'UserNotConfirmedException');
    throw isUndeclared ? errors.accessTokenRevoked() : error;
  }
}

function passkeyOutput(passkey: Passkey): WebAuthnCredentialDescription {
  return {
    CredentialId: passkey.id,
    FriendlyCredentialName: passkey.friendlyName,
    RelyingPartyId: passkey.relyingPartyId,
    AuthenticatorAttachment: passkey.attachment,
    AuthenticatorTransports: passkey.transports,
    CreatedAt: new Date(passkey.createdAt),
  };
}
