import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Group } from '../store/groups.ts';
import type { Pool } from '../store/pools.ts';
import { listOf, objectOf, textOf, textsOf } from '../triggers/response.ts';
import type { Response } from '../triggers/triggers.ts';
import { preferredRole, rolesOf } from './claims.ts';
import type { Changes, GroupOverride } from './claim-changes.ts';
import type { Grant } from './tokens.ts';
import { eventAttributes } from './user.ts';

/** Developer guide, "Pre token generation Lambda trigger": claims and scopes together. */
const mostChanges = 5000;

/**
 * Asks the pool's pre token generation function what to change in the tokens. Undefined where there is none, or it wants
 * no change. What it may change is for `withChanges` to say.
 */
export async function askPreTokenGeneration(
  ctx: Context,
  grant: Grant & { readonly scopes: readonly string[] },
  groups: readonly Group[],
): Promise<Changes | undefined> {
  const { pool, client, user, source } = grant;
  if (!ctx.triggers.has(pool, 'PreTokenGeneration')) return undefined;
  const plain = versionOf(pool) === 'V1_0';
  const details = plain ? 'claimsOverrideDetails' : 'claimsAndScopeOverrideDetails';
  const response = await ctx.triggers.invoke({
    pool,
    trigger: 'PreTokenGeneration',
    source,
    clientId: client.id,
    userAgent: ctx.source.userAgent,
    user,
    request: {
      userAttributes: eventAttributes(pool, user),
      groupConfiguration: {
        groupsToOverride: groups.map(({ name }) => name),
        iamRolesToOverride: rolesOf(groups),
        preferredRole: preferredRole(groups) ?? null,
      },
      ...(plain ? {} : { scopes: grant.scopes }),
      clientMetadata: grant.clientMetadata ?? {},
    },
    response: { [details]: null },
  });
  const wanted = objectOf(response, details);
  return wanted && checked(plain ? plainChanges(wanted) : fullChanges(wanted));
}

/**
 * As `askPreTokenGeneration`, for the access token of a program: only functions of V3_0 are asked, and there are no
 * attributes and no groups (developer guide, "Pre token generation trigger sources").
 */
export async function askForClient(
  ctx: Context,
  { pool, client, scopes, clientMetadata = {} }: Omit<Grant, 'user' | 'source'>,
): Promise<Changes | undefined> {
  if (versionOf(pool) !== 'V3_0' || !ctx.triggers.has(pool, 'PreTokenGeneration')) return undefined;
  const details = 'claimsAndScopeOverrideDetails';
  const response = await ctx.triggers.invoke({
    pool,
    trigger: 'PreTokenGeneration',
    source: 'TokenGeneration_ClientCredentials',
    clientId: client.id,
    userAgent: ctx.source.userAgent,
    user: { username: 'ClientCredentials' },
    request: { userAttributes: {}, groupConfiguration: null, scopes, clientMetadata },
    response: { [details]: null },
  });
  const wanted = objectOf(response, details);
  return wanted && { ...checked(fullChanges(wanted)), groups: undefined };
}

const versionOf = ({ settings }: Pool) =>
  settings.LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0';

const none = { add: new Map<string, unknown>(), suppress: [], addScopes: [], suppressScopes: [] };

/** V1_0: texts, in the ID token. */
function plainChanges(details: Response): Changes {
  return {
    id: {
      add: textsOf(details, 'claimsToAddOrOverride') ?? none.add,
      suppress: listOf(details, 'claimsToSuppress') ?? [],
    },
    access: none,
    groups: groupOverride(details),
  };
}

/** V2_0 and V3_0: values of any kind, in both tokens, and scopes. */
function fullChanges(details: Response): Changes {
  const id = objectOf(details, 'idTokenGeneration') ?? {};
  const access = objectOf(details, 'accessTokenGeneration') ?? {};
  return {
    id: { add: valuesOf(id), suppress: listOf(id, 'claimsToSuppress') ?? [] },
    access: {
      add: valuesOf(access),
      suppress: listOf(access, 'claimsToSuppress') ?? [],
      addScopes: listOf(access, 'scopesToAdd') ?? [],
      suppressScopes: listOf(access, 'scopesToSuppress') ?? [],
    },
    groups: groupOverride(details),
  };
}

/** Names without a value are left out (unconfirmed). */
function valuesOf(token: Response): ReadonlyMap<string, unknown> {
  const given = objectOf(token, 'claimsToAddOrOverride') ?? {};
  return new Map(Object.entries(given).filter(([, value]) => value !== null));
}

/** Left out: groups stay. Null or empty: there are none. Otherwise it takes the place of all three. */
function groupOverride(details: Response): GroupOverride | undefined {
  if (!Object.hasOwn(details, 'groupOverrideDetails')) return undefined;
  const given = objectOf(details, 'groupOverrideDetails') ?? {};
  return {
    groups: listOf(given, 'groupsToOverride') ?? [],
    roles: listOf(given, 'iamRolesToOverride') ?? [],
    preferredRole: textOf(given, 'preferredRole'),
  };
}

/** InvalidLambdaResponseException for more than may be, and for scopes that are none (RFC 6749 §3.3). */
function checked(changes: Changes): Changes {
  const { id, access } = changes;
  const count =
    [id, access].reduce((sum, { add, suppress }) => sum + add.size + suppress.length, 0) +
    access.addScopes.length +
    access.suppressScopes.length;
  const areScopes = access.addScopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope));
  if (count > mostChanges || !areScopes) throw errors.functionAnswerUnrecognizable();
  return changes;
}
