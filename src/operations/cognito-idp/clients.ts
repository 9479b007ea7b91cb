import type {
  CreateUserPoolClientRequest,
  CreateUserPoolClientResponse,
  DeleteUserPoolClientRequest,
  DescribeUserPoolClientRequest,
  DescribeUserPoolClientResponse,
  ListUserPoolClientsRequest,
  ListUserPoolClientsResponse,
  UpdateUserPoolClientRequest,
  UpdateUserPoolClientResponse,
  UserPoolClientType,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { changeClient, clientOfPool } from '../../domain/client.ts';
import { checkClientSettings } from '../../domain/client-rules.ts';
import { makeSecret, openSecret } from '../../domain/client-secret.ts';
import { clientSettings } from '../../domain/client-settings.ts';
import { knownProviders } from '../../domain/identity-provider.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { clientIdFor, clientSecretFor } from '../../domain/pinned-ids.ts';
import { poolOf } from '../../domain/pool.ts';
import { checkKey } from '../../domain/pool-key.ts';
import { knownScopes } from '../../domain/resource-server.ts';
import * as errors from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';

export {
  AddUserPoolClientSecret,
  DeleteUserPoolClientSecret,
  ListUserPoolClientSecrets,
} from './client-secrets.ts';

/**
 * Makes an app client, with a secret of its own choice or a generated one if asked for.
 *
 * Throws InvalidParameterException, ScopeDoesNotExistException, InvalidOAuthFlowException for settings that do not go
 * together, FeatureUnavailableInTierException for those that the pool's plan lacks, LimitExceededException.
 */
export async function CreateUserPoolClient(
  ctx: Context,
  input: CreateUserPoolClientRequest,
): Promise<CreateUserPoolClientResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const secret = secretFor(ctx, pool, input);
  const settings = clientSettings(pool, input);
  const named = await namedThings(ctx, pool, input);
  checkClientSettings(pool, settings, { ...named, doing: 'creating', hasSecret: secret !== undefined });
  const owner = { poolId: pool.id, id: clientIdFor(ctx, pool, input.ClientName) };
  const now = ctx.now();
  const client: Client = {
    ...owner,
    name: input.ClientName,
    version: 1,
    createdAt: now,
    modifiedAt: now,
    secrets: secret === undefined ? [] : [makeSecret(ctx, { pool, client: owner }, secret)],
    settings,
  };
  ctx.note({ client: client.id });
  const most = ctx.settings.quotas['app-clients'];
  if (!(await ctx.store.clients.insert(client, most))) throw await whyNot(ctx, client, most);
  return { UserPoolClient: clientOutput(ctx, pool, client) };
}

async function whyNot(ctx: Context, { id, poolId }: Client, most: number): Promise<errors.ApiError> {
  await poolOf(ctx, poolId);
  const isTaken = (await ctx.store.clients.recent(id)) !== undefined;
  return isTaken ? errors.pinnedIdTaken(id) : errors.tooManyInPool('App clients', most);
}

/** Which of the scopes and providers that a client asks for are there. */
async function namedThings(
  ctx: Context,
  pool: Pool,
  asked: Pick<CreateUserPoolClientRequest, 'AllowedOAuthScopes' | 'SupportedIdentityProviders'>,
) {
  return {
    scopes: await knownScopes(ctx, pool, asked.AllowedOAuthScopes),
    providers: await knownProviders(ctx, pool, asked.SupportedIdentityProviders),
  };
}

function secretFor(
  ctx: Context,
  pool: Pool,
  { ClientSecret, GenerateSecret }: CreateUserPoolClientRequest,
): string | undefined {
  if (ClientSecret !== undefined && GenerateSecret) throw errors.secretGivenAndGenerated();
  return GenerateSecret ? clientSecretFor(ctx, pool) : ClientSecret;
}

export async function DescribeUserPoolClient(
  ctx: Context,
  { UserPoolId, ClientId }: DescribeUserPoolClientRequest,
): Promise<DescribeUserPoolClientResponse> {
  const { pool, client } = await clientOfPool(ctx, UserPoolId, ClientId);
  return { UserPoolClient: clientOutput(ctx, pool, client) };
}

/** With the newest of its secrets, if it has any. */
function clientOutput(ctx: Context, pool: Pool, client: Client): UserPoolClientType {
  const newest = client.secrets.at(-1);
  return {
    ...client.settings,
    UserPoolId: client.poolId,
    ClientId: client.id,
    ClientName: client.name,
    ClientSecret: newest && openSecret(ctx, { pool, client }, newest),
    CreationDate: new Date(client.createdAt),
    LastModifiedDate: new Date(client.modifiedAt),
  };
}

/**
 * Replaces all settings of a client: those left out go back to their defaults. Name and secrets stay.
 *
 * Throws as CreateUserPoolClient does, and ConcurrentModificationException when many write at once.
 */
export async function UpdateUserPoolClient(
  ctx: Context,
  input: UpdateUserPoolClientRequest,
): Promise<UpdateUserPoolClientResponse> {
  const seen = await poolOf(ctx, input.UserPoolId);
  const named = await namedThings(ctx, seen, input);
  const change = (pool: Pool, client: Client): Client => {
    const settings = clientSettings(pool, input);
    const hasSecret = client.secrets.length > 0;
    // The answer shows it.
    if (hasSecret) checkKey(seen);
    checkClientSettings(pool, settings, { ...named, doing: 'updating', hasSecret });
    return { ...client, name: input.ClientName ?? client.name, settings };
  };
  const changed = await changeClient(
    ctx,
    input.UserPoolId,
    input.ClientId,
    change,
    errors.clientChangedMeanwhile,
  );
  return { UserPoolClient: clientOutput(ctx, seen, changed) };
}

/** Deletes a client; nobody signs in through it any more. */
export async function DeleteUserPoolClient(
  ctx: Context,
  { UserPoolId, ClientId }: DeleteUserPoolClientRequest,
): Promise<void> {
  await clientOfPool(ctx, UserPoolId, ClientId);
  if (!(await ctx.store.clients.delete(UserPoolId, ClientId))) throw errors.clientNotFound(ClientId);
}

/** The clients of a pool by id; with `ClientType` the pages hold only those of the type, and may be short. */
export async function ListUserPoolClients(
  ctx: Context,
  input: ListUserPoolClientsRequest,
): Promise<ListUserPoolClientsResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const bound = [pool.id, input.ClientType ?? ''];
  const page = pageRequest(ctx, 'ListUserPoolClients', bound, input.MaxResults, input.NextToken);
  const { items, next } = await ctx.store.clients.list(pool.id, page);
  const shown = items.filter(
    ({ settings }) => input.ClientType === undefined || settings.ClientType === input.ClientType,
  );
  return {
    UserPoolClients: shown.map(({ id, name }) => ({ ClientId: id, UserPoolId: pool.id, ClientName: name })),
    NextToken: nextToken(ctx, 'ListUserPoolClients', bound, next),
  };
}
