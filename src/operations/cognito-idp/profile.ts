import type {
  DeleteUserAttributesRequest,
  DeleteUserRequest,
  GetUserAttributeVerificationCodeRequest,
  GetUserAttributeVerificationCodeResponse,
  GetUserRequest,
  GetUserResponse,
  UpdateUserAttributesRequest,
  UpdateUserAttributesResponse,
  VerifyUserAttributeRequest,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { userOfAccessToken } from '../../domain/access-token.ts';
import { attributesOf, checkWritable, removalOf } from '../../domain/attributes.ts';
import { readable } from '../../domain/client.ts';
import { sendAttributeCode, updateAttributes, verifyAttribute } from '../../domain/verification.ts';
import * as errors from '../../errors.ts';
import { attributesOutput, mfaOutput } from './output.ts';

/** The user who is signed in, with the attributes that the client may read. */
export async function GetUser(ctx: Context, input: GetUserRequest): Promise<GetUserResponse> {
  const { pool, client, user } = await userOfAccessToken(ctx, input.AccessToken);
  return {
    Username: user.username,
    UserAttributes: attributesOutput(user, (name) => readable(pool, client, name)),
    ...mfaOutput(user),
  };
}

/**
 * Writes attributes of the user who is signed in, as far as the client may. A new address is unverified, or waits until
 * it is verified where the pool says so; the answer tells where codes went.
 */
export async function UpdateUserAttributes(
  ctx: Context,
  input: UpdateUserAttributesRequest,
): Promise<UpdateUserAttributesResponse> {
  const { pool, client, user } = await userOfAccessToken(ctx, input.AccessToken);
  checkWritable(
    pool,
    client,
    input.UserAttributes.map(({ Name }) => Name),
  );
  const given = attributesOf(pool, input.UserAttributes, 'existing user');
  const details = await updateAttributes(ctx, pool, user, given, {
    clientId: client.id,
    metadata: input.ClientMetadata,
  });
  return { CodeDeliveryDetailsList: details };
}

/** Removes attributes of the user who is signed in; with an address goes its verification. */
export async function DeleteUserAttributes(ctx: Context, input: DeleteUserAttributesRequest): Promise<void> {
  const { pool, client, user } = await userOfAccessToken(ctx, input.AccessToken);
  const given = removalOf(pool, input.UserAttributeNames);
  checkWritable(pool, client, input.UserAttributeNames);
  await updateAttributes(ctx, pool, user, given, { clientId: client.id, metadata: undefined });
}

/** Sends a code for an e-mail address or phone number of the user who is signed in. */
export async function GetUserAttributeVerificationCode(
  ctx: Context,
  input: GetUserAttributeVerificationCodeRequest,
): Promise<GetUserAttributeVerificationCodeResponse> {
  const { pool, client, user } = await userOfAccessToken(ctx, input.AccessToken);
  const call = { clientId: client.id, metadata: input.ClientMetadata };
  return { CodeDeliveryDetails: await sendAttributeCode(ctx, pool, user, input.AttributeName, call) };
}

/** Verifies an address of the user who is signed in; one that waited for it comes into force. */
export async function VerifyUserAttribute(ctx: Context, input: VerifyUserAttributeRequest): Promise<void> {
  const { pool, user } = await userOfAccessToken(ctx, input.AccessToken);
  await verifyAttribute(ctx, pool, user, input.AttributeName, input.Code);
}

/** Removes the user who is signed in; the `sub` is never used again, the names are free at once. */
export async function DeleteUser(ctx: Context, input: DeleteUserRequest): Promise<void> {
  const { pool, user } = await userOfAccessToken(ctx, input.AccessToken);
  if (!(await ctx.store.users.delete(pool.id, user.id))) throw errors.userNotFound();
}
