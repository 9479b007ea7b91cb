import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import type { Group } from '../store/groups.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { assuranceClaims } from './assurance.ts';
import { readable } from './client.ts';
import { issuerOf } from './issuer.ts';
import { identitiesInToken } from './linked-identity.ts';
import { isRevocable } from './origin.ts';
import type { Origin } from './origin.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** Of the two tokens of a sign-in. */
export interface TokenClaims {
  readonly id: Claims;
  readonly access: Claims;
}

/** What the tokens of a user are made from. */
export interface Subject {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  /** By precedence. */
  readonly groups: readonly Group[];
  readonly origin: Origin;
  readonly scopes: readonly string[];
  /** With which device the user signed in, where the pool remembers devices. */
  readonly deviceKey?: string | undefined;
}

// The claims are written one by one into one object: objects that are spread into another cost a sign-in ten times as much.

/** Developer guide, "Understanding the identity (ID) token". `life` in seconds. */
export function idClaims(ctx: Context, subject: Subject, life: number): Claims {
  const { pool, client, user, groups, origin } = subject;
  const shown = shownAttributes(subject);
  const claims: Record<string, unknown> = { sub: user.id };
  addGroups(claims, groups);
  addAttributes(claims, user, shown, 'verified');
  const role = preferredRole(groups);
  if (role !== undefined) claims['cognito:preferred_role'] = role;
  claims['iss'] = issuerOf(ctx, pool);
  claims['cognito:username'] = user.username;
  addAttributes(claims, user, shown, 'other');
  if (isRevocable(client)) claims['origin_jti'] = origin.family;
  const roles = rolesOf(groups);
  if (roles.length > 0) claims['cognito:roles'] = roles;
  claims['aud'] = client.id;
  addIdentities(claims, subject);
  claims['event_id'] = origin.eventId;
  addAssurance(claims, subject);
  claims['token_use'] = 'id';
  addTimes(claims, ctx, subject, life);
  addAttributes(claims, user, shown, 'email');
  return claims;
}

/** Developer guide, "Understanding the access token". No attributes. */
export function accessClaims(ctx: Context, subject: Subject, life: number): Claims {
  const { pool, client, user, groups, origin, deviceKey } = subject;
  const claims: Record<string, unknown> = { sub: user.id };
  if (deviceKey !== undefined) claims['device_key'] = deviceKey;
  addGroups(claims, groups);
  claims['iss'] = issuerOf(ctx, pool);
  claims['client_id'] = client.id;
  if (isRevocable(client)) claims['origin_jti'] = origin.family;
  claims['event_id'] = origin.eventId;
  addAssurance(claims, subject);
  claims['token_use'] = 'access';
  claims['scope'] = subject.scopes.join(' ');
  addTimes(claims, ctx, subject, life);
  claims['username'] = user.username;
  return claims;
}

/**
 * `origin_jti` and `jti` are there for revocation only (developer guide, "Ending user sessions with token revocation").
 */
function addTimes(
  claims: Record<string, unknown>,
  ctx: Context,
  { client, origin }: Subject,
  life: number,
): void {
  const iat = Math.floor(ctx.now() / 1000);
  claims['auth_time'] = origin.authTime;
  claims['exp'] = iat + life;
  claims['iat'] = iat;
  if (isRevocable(client)) claims['jti'] = randomUUID();
}

function addAssurance(claims: Record<string, unknown>, { pool, origin }: Subject): void {
  const { acr, amr } = assuranceClaims(pool, origin.proven);
  if (acr === undefined) return;
  claims['acr'] = acr;
  claims['amr'] = amr;
}

/** The attributes with a value that the client may read. Linked identities have a form and a place of their own. */
function shownAttributes({ pool, client, user: { attributes } }: Subject): readonly string[] {
  return Object.keys(attributes).filter(
    (name) =>
      name !== 'sub' && name !== 'identities' && attributes[name] !== '' && readable(pool, client, name),
  );
}

/** Where among the claims an attribute stands. */
type Kind = 'email' | 'verified' | 'other';

const kindOf = (name: string): Kind =>
  name === 'email' ? 'email' : name.endsWith('_verified') ? 'verified' : 'other';

function addAttributes(
  claims: Record<string, unknown>,
  { attributes }: User,
  names: readonly string[],
  kind: Kind,
): void {
  for (const name of names) {
    if (kindOf(name) === kind) claims[name] = attributeClaim(name, attributes[name] ?? '');
  }
}

function addIdentities(claims: Record<string, unknown>, { pool, client, user }: Subject): void {
  const { identities = [] } = user;
  if (identities.length > 0 && readable(pool, client, 'identities'))
    claims['identities'] = identitiesInToken(identities);
}

/** OpenID Connect Core §5.1 and §5.1.1; custom attributes are texts whatever their type. */
function attributeClaim(name: string, value: string): unknown {
  switch (name) {
    case 'email_verified':
    case 'phone_number_verified':
      return value === 'true';
    case 'updated_at':
      // The type is unconfirmed.
      return /^\d{1,15}$/.test(value) ? Number(value) : value;
    case 'address':
      // The form is unconfirmed.
      return { formatted: value };
    default:
      return value;
  }
}

function addGroups(claims: Record<string, unknown>, groups: readonly Group[]): void {
  if (groups.length > 0) claims['cognito:groups'] = groups.map(({ name }) => name);
}

export function rolesOf(groups: readonly Group[]): readonly string[] {
  return groups.flatMap(({ roleArn }) => roleArn ?? []);
}

/**
 * The role of the group with the lowest precedence; none when groups that share it have different roles (developer
 * guide, "Assigning precedence values to groups"). Groups without a role do not count (unconfirmed).
 */
export function preferredRole(groups: readonly Group[]): string | undefined {
  if (groups.length === 0) return undefined;
  const withRole = groups.filter(({ roleArn }) => roleArn !== undefined);
  const rank = ({ precedence }: Group) => precedence ?? Infinity;
  const first = Math.min(...withRole.map(rank));
  const roles = new Set(withRole.filter((group) => rank(group) === first).map(({ roleArn }) => roleArn));
  const [role] = roles;
  return roles.size === 1 ? role : undefined;
}
