import type {
  AddUserPoolClientSecretRequest,
  AddUserPoolClientSecretResponse,
  ClientSecretDescriptorType,
  DeleteUserPoolClientSecretRequest,
  ListUserPoolClientSecretsRequest,
  ListUserPoolClientSecretsResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { changeClient, clientOfPool } from '../../domain/client.ts';
import { makeSecret } from '../../domain/client-secret.ts';
import { newClientSecret } from '../../domain/ids.ts';
import * as errors from '../../errors.ts';
import type { ClientSecret } from '../../store/pools.ts';

/** So that a secret can be replaced while both are in use. */
const mostSecrets = 2;

/**
 * Gives a client that has a secret a second one; either serves. The value is in the answer only when it was generated.
 *
 * Throws LimitExceededException for a third, InvalidParameterException for a public client: it can never have one.
 */
export async function AddUserPoolClientSecret(
  ctx: Context,
  { UserPoolId, ClientId, ClientSecret }: AddUserPoolClientSecretRequest,
): Promise<AddUserPoolClientSecretResponse> {
  const value = ClientSecret ?? newClientSecret();
  const changed = await changeClient(ctx, UserPoolId, ClientId, (pool, client) => {
    if (client.secrets.length === 0) throw errors.clientWithoutSecret(client.id);
    if (client.secrets.length >= mostSecrets) throw errors.tooManyClientSecrets(mostSecrets);
    return { ...client, secrets: [...client.secrets, makeSecret(ctx, { pool, client }, value)] };
  });
  return {
    ClientSecretDescriptor: {
      ...changed.secrets.slice(-1).map(secretOutput)[0],
      ...(ClientSecret === undefined && { ClientSecretValue: value }),
    },
  };
}

/** The secrets of a client, oldest first, without their values. */
export async function ListUserPoolClientSecrets(
  ctx: Context,
  { UserPoolId, ClientId }: ListUserPoolClientSecretsRequest,
): Promise<ListUserPoolClientSecretsResponse> {
  const { client } = await clientOfPool(ctx, UserPoolId, ClientId);
  return { ClientSecrets: client.secrets.map(secretOutput) };
}

/** Ends a secret. Throws ResourceNotFoundException for one that is not there, InvalidParameterException for the last. */
export async function DeleteUserPoolClientSecret(
  ctx: Context,
  { UserPoolId, ClientId, ClientSecretId }: DeleteUserPoolClientSecretRequest,
): Promise<void> {
  await changeClient(ctx, UserPoolId, ClientId, (_pool, client) => {
    const kept = client.secrets.filter(({ id }) => id !== ClientSecretId);
    if (kept.length === client.secrets.length) throw errors.clientSecretNotFound(ClientSecretId);
    if (kept.length === 0) throw errors.lastClientSecret();
    return { ...client, secrets: kept };
  });
}

function secretOutput({ id, createdAt }: ClientSecret): ClientSecretDescriptorType {
  return { ClientSecretId: id, ClientSecretCreateDate: new Date(createdAt) };
}
