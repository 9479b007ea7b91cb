import type {
  CreateResourceServerRequest,
  CreateResourceServerResponse,
  DeleteResourceServerRequest,
  DescribeResourceServerRequest,
  DescribeResourceServerResponse,
  ListResourceServersRequest,
  ListResourceServersResponse,
  ResourceServerScopeType,
  ResourceServerType,
  UpdateResourceServerRequest,
  UpdateResourceServerResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { poolOf } from '../../domain/pool.ts';
import { changeResource, insertResource, newResource } from '../../domain/resource.ts';
import { managedServer, reservedIdentifier } from '../../domain/resource-server.ts';
import * as errors from '../../errors.ts';
import type { Resource } from '../../store/resources.ts';

/**
 * Makes a resource server; app clients may then be given its scopes as `<identifier>/<scope>`.
 *
 * Throws InvalidParameterException for an identifier that is in use or Cognito's own, and for a scope that is named twice
 * (whether Cognito refuses that is unconfirmed); LimitExceededException.
 */
export async function CreateResourceServer(
  ctx: Context,
  { UserPoolId, Identifier, Name, Scopes = [] }: CreateResourceServerRequest,
): Promise<CreateResourceServerResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  checkIdentifier(Identifier);
  checkScopes(Scopes);
  const body = { name: Name, scopes: Scopes };
  const server = newResource(ctx, pool, { kind: 'resource-server', id: Identifier, body });
  const most = ctx.settings.quotas['resource-servers'];
  const refusals = {
    exists: () => errors.resourceServerExists(Identifier, pool.id),
    full: () => errors.tooManyInPool('Resource servers', most),
  };
  await insertResource(ctx, server, refusals, { names: [], most });
  return { ResourceServer: serverOutput(server) };
}

function checkIdentifier(identifier: string): void {
  if (reservedIdentifier.test(identifier)) throw errors.resourceServerReserved(identifier);
}

function checkScopes(scopes: readonly ResourceServerScopeType[]): void {
  const names = scopes.map(({ ScopeName }) => ScopeName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw errors.scopeTwice(twice);
}

/** Throws ResourceNotFoundException. */
export async function DescribeResourceServer(
  ctx: Context,
  { UserPoolId, Identifier }: DescribeResourceServerRequest,
): Promise<DescribeResourceServerResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const managed = managedServer(pool);
  if (managed?.Identifier === Identifier) return { ResourceServer: managed };
  const server = await ctx.store.resources.find(pool.id, 'resource-server', Identifier);
  if (server === undefined) throw errors.resourceServerNotFound(Identifier);
  return { ResourceServer: serverOutput(server) };
}

function serverOutput({ poolId, id, body }: Resource<'resource-server'>): ResourceServerType {
  return {
    UserPoolId: poolId,
    Identifier: id,
    Name: body.name,
    ...(body.scopes.length > 0 && { Scopes: body.scopes }),
  };
}

/**
 * Gives a resource server another name and other scopes: all of them, or none. Clients keep scopes that are gone, without
 * an effect. Throws as CreateResourceServer does, and ResourceNotFoundException.
 */
export async function UpdateResourceServer(
  ctx: Context,
  { UserPoolId, Identifier, Name, Scopes = [] }: UpdateResourceServerRequest,
): Promise<UpdateResourceServerResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  checkIdentifier(Identifier);
  checkScopes(Scopes);
  const changed = await changeResource(ctx, pool, 'resource-server', Identifier, {
    missing: () => errors.resourceServerNotFound(Identifier),
    change: () => ({ name: Name, scopes: Scopes }),
  });
  return { ResourceServer: serverOutput(changed) };
}

/** Throws ResourceNotFoundException. */
export async function DeleteResourceServer(
  ctx: Context,
  { UserPoolId, Identifier }: DeleteResourceServerRequest,
): Promise<void> {
  const pool = await poolOf(ctx, UserPoolId);
  checkIdentifier(Identifier);
  if (!(await ctx.store.resources.delete(pool.id, 'resource-server', Identifier)))
    throw errors.resourceServerNotFound(Identifier);
}

/** The resource servers of a pool by identifier; the one that Cognito manages comes first. */
export async function ListResourceServers(
  ctx: Context,
  { UserPoolId, MaxResults, NextToken }: ListResourceServersRequest,
): Promise<ListResourceServersResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const page = pageRequest(ctx, 'ListResourceServers', [pool.id], MaxResults, NextToken);
  const managed = page.after === undefined ? managedServer(pool) : undefined;
  const rest = { ...page, limit: managed === undefined ? page.limit : page.limit - 1 };
  const { items, next } =
    rest.limit === 0
      ? { items: [], next: [''] }
      : await ctx.store.resources.list(pool.id, 'resource-server', rest);
  return {
    ResourceServers: [...(managed === undefined ? [] : [managed]), ...items.map(serverOutput)],
    NextToken: nextToken(ctx, 'ListResourceServers', [pool.id], next),
  };
}
