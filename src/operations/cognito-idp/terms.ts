import { randomUUID } from 'node:crypto';
import type {
  CreateTermsRequest,
  CreateTermsResponse,
  DeleteTermsRequest,
  DescribeTermsByClientRequest,
  DescribeTermsByClientResponse,
  DescribeTermsRequest,
  DescribeTermsResponse,
  ListTermsRequest,
  ListTermsResponse,
  TermsType,
  UpdateTermsRequest,
  UpdateTermsResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { clientOfPool } from '../../domain/client.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { poolOf } from '../../domain/pool.ts';
import { changeResource, insertResource, newResource } from '../../domain/resource.ts';
import * as errors from '../../errors.ts';
import type { Resource } from '../../store/resources.ts';

/** As many as a pool may have (developer guide, "Quotas"). */
const mostTerms = 40;

/** A client has one document of each name. */
const nameOf = (clientId: string, termsName: string) => `${clientId} ${termsName}`;

/**
 * Gives a client terms of use or a privacy policy: a link for each language.
 *
 * Throws InvalidParameterException for a link that leads nowhere on the web, TermsExistsException for a client that has
 * one of the name, LimitExceededException, ResourceNotFoundException.
 */
export async function CreateTerms(ctx: Context, input: CreateTermsRequest): Promise<CreateTermsResponse> {
  const { ClientId, TermsName, TermsSource, Enforcement, Links = {} } = input;
  checkLinks(Links);
  const { pool } = await clientOfPool(ctx, input.UserPoolId, ClientId);
  const terms = newResource(ctx, pool, {
    kind: 'terms',
    id: randomUUID(),
    clientId: ClientId,
    body: { name: TermsName, source: TermsSource, enforcement: Enforcement, links: Links },
  });
  const refusals = {
    exists: () => errors.termsExist(TermsName, ClientId),
    full: () => errors.tooManyInPool('Terms', mostTerms),
  };
  await insertResource(ctx, terms, refusals, { names: [nameOf(ClientId, TermsName)], most: mostTerms });
  return { Terms: termsOutput(terms) };
}

/** Nobody is led to a script (the words are unconfirmed). */
function checkLinks(links: Readonly<Record<string, string>>): void {
  const bad = Object.values(links).find((link) => !/^https?:\/\//i.test(link) || !URL.canParse(link));
  if (bad !== undefined) throw errors.linkInvalid(bad);
}

function termsOutput(terms: Resource<'terms'>): TermsType {
  const { poolId, id, clientId = '', body } = terms;
  return {
    TermsId: id,
    UserPoolId: poolId,
    ClientId: clientId,
    TermsName: body.name,
    TermsSource: body.source,
    Enforcement: body.enforcement,
    Links: body.links,
    CreationDate: new Date(terms.createdAt),
    LastModifiedDate: new Date(terms.modifiedAt),
  };
}

/** Throws ResourceNotFoundException. */
export async function DescribeTerms(
  ctx: Context,
  { UserPoolId, TermsId }: DescribeTermsRequest,
): Promise<DescribeTermsResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const terms = await ctx.store.resources.find(pool.id, 'terms', TermsId);
  if (terms === undefined) throw errors.termsNotFound(TermsId);
  return { Terms: termsOutput(terms) };
}

/** The document of that name of a client. Throws ResourceNotFoundException. */
export async function DescribeTermsByClient(
  ctx: Context,
  { UserPoolId, ClientId, TermsName }: DescribeTermsByClientRequest,
): Promise<DescribeTermsByClientResponse> {
  const { pool } = await clientOfPool(ctx, UserPoolId, ClientId);
  const terms = await ctx.store.resources.findByName(pool.id, 'terms', nameOf(ClientId, TermsName));
  if (terms === undefined) throw errors.termsNotFound(TermsName);
  return { Terms: termsOutput(terms) };
}

/**
 * Changes terms; what is left out is kept, links are replaced whole.
 *
 * Throws as CreateTerms does, and ConcurrentModificationException.
 */
export async function UpdateTerms(ctx: Context, input: UpdateTermsRequest): Promise<UpdateTermsResponse> {
  const { TermsId, TermsName, TermsSource, Enforcement, Links } = input;
  checkLinks(Links ?? {});
  const pool = await poolOf(ctx, input.UserPoolId);
  const before = await ctx.store.resources.find(pool.id, 'terms', TermsId);
  const clientId = before?.clientId ?? '';
  const changed = await changeResource(ctx, pool, 'terms', TermsId, {
    missing: () => errors.termsNotFound(TermsId),
    taken: () => errors.termsExist(TermsName ?? '', clientId),
    busy: errors.termsChangedMeanwhile,
    names: ({ name }) => ({ names: [nameOf(clientId, name)] }),
    change: (body) => ({
      name: TermsName ?? body.name,
      source: TermsSource ?? body.source,
      enforcement: Enforcement ?? body.enforcement,
      links: Links ?? body.links,
    }),
  });
  return { Terms: termsOutput(changed) };
}

/** Throws ResourceNotFoundException. */
export async function DeleteTerms(ctx: Context, { UserPoolId, TermsId }: DeleteTermsRequest): Promise<void> {
  const pool = await poolOf(ctx, UserPoolId);
  if (!(await ctx.store.resources.delete(pool.id, 'terms', TermsId))) throw errors.termsNotFound(TermsId);
}

/** The documents of all clients of a pool, by id, without their links. */
export async function ListTerms(
  ctx: Context,
  { UserPoolId, MaxResults, NextToken }: ListTermsRequest,
): Promise<ListTermsResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const page = pageRequest(ctx, 'ListTerms', [pool.id], MaxResults, NextToken);
  const { items, next } = await ctx.store.resources.list(pool.id, 'terms', page);
  return {
    Terms: items.map((terms) => ({
      TermsId: terms.id,
      TermsName: terms.body.name,
      Enforcement: terms.body.enforcement,
      CreationDate: new Date(terms.createdAt),
      LastModifiedDate: new Date(terms.modifiedAt),
    })),
    NextToken: nextToken(ctx, 'ListTerms', [pool.id], next),
  };
}
