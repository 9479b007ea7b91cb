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

/** Developer guide, "Understanding the identity (ID) token". `life` in seconds. */
export function idClaims(ctx: Context, subject: Subject, life: number): Claims {
  const { pool, client, user, groups } = subject;
  const { email, verified, others } = attributeClaims(pool, client, user);
  return {
    sub: user.id,
    ...groupClaim(groups),
    ...verified,
    ...preferredRoleClaim(groups),
    iss: issuerOf(ctx, pool),
    'cognito:username': user.username,
    ...others,
    ...originClaim(subject),
    ...rolesClaim(groups),
    aud: client.id,
    ...identitiesClaim(subject),
    event_id: subject.origin.eventId,
    ...assuranceClaims(pool, subject.origin.proven),
    token_use: 'id',
    ...timeClaims(ctx, subject, life),
    ...email,
  };
}

/** Developer guide, "Understanding the access token". No attributes. */
export function accessClaims(ctx: Context, subject: Subject, life: number): Claims {
  const { deviceKey } = subject;
  return {
    sub: subject.user.id,
    ...(deviceKey === undefined ? {} : { device_key: deviceKey }),
    ...groupClaim(subject.groups),
    iss: issuerOf(ctx, subject.pool),
    client_id: subject.client.id,
    ...originClaim(subject),
    event_id: subject.origin.eventId,
    ...assuranceClaims(subject.pool, subject.origin.proven),
    token_use: 'access',
    scope: subject.scopes.join(' '),
    ...timeClaims(ctx, subject, life),
    username: subject.user.username,
  };
}

/** `origin_jti` and `jti` are there for revocation only (developer guide, "Ending user sessions with token revocation"). */
function originClaim({ client, origin }: Subject): Claims {
  return isRevocable(client) ? { origin_jti: origin.family } : {};
}

function timeClaims(ctx: Context, { client, origin }: Subject, life: number): Claims {
  const iat = Math.floor(ctx.now() / 1000);
  return {
    auth_time: origin.authTime,
    exp: iat + life,
    iat,
    ...(isRevocable(client) ? { jti: randomUUID() } : {}),
  };
}

/** The attributes with a value that the client may read. */
function attributeClaims(pool: Pool, client: Client, user: User) {
  const [email, verified, others]: Record<string, unknown>[] = [{}, {}, {}];
  for (const [name, value] of Object.entries(user.attributes)) {
    // Linked identities have a form and a place of their own.
    if (name === 'sub' || name === 'identities' || value === '' || !readable(pool, client, name)) continue;
    const group = name === 'email' ? email : name.endsWith('_verified') ? verified : others;
    if (group !== undefined) group[name] = attributeClaim(name, value);
  }
  return { email, verified, others };
}

function identitiesClaim({ pool, client, user: { identities = [] } }: Subject): Claims {
  const isShown = identities.length > 0 && readable(pool, client, 'identities');
  return isShown ? { identities: identitiesInToken(identities) } : {};
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

function groupClaim(groups: readonly Group[]): Claims {
  return groups.length === 0 ? {} : { 'cognito:groups': groups.map(({ name }) => name) };
}

export function rolesOf(groups: readonly Group[]): readonly string[] {
  return groups.flatMap(({ roleArn }) => roleArn ?? []);
}

function rolesClaim(groups: readonly Group[]): Claims {
  const roles = rolesOf(groups);
  return roles.length === 0 ? {} : { 'cognito:roles': roles };
}

/**
 * The role of the group with the lowest precedence; none when groups that share it have different roles (developer
 * guide, "Assigning precedence values to groups"). Groups without a role do not count (unconfirmed).
 */
export function preferredRole(groups: readonly Group[]): string | undefined {
  const withRole = groups.filter(({ roleArn }) => roleArn !== undefined);
  const rank = ({ precedence }: Group) => precedence ?? Infinity;
  const first = Math.min(...withRole.map(rank));
  const roles = new Set(withRole.filter((group) => rank(group) === first).map(({ roleArn }) => roleArn));
  const [role] = roles;
  return roles.size === 1 ? role : undefined;
}

function preferredRoleClaim(groups: readonly Group[]): Claims {
  const role = preferredRole(groups);
  return role === undefined ? {} : { 'cognito:preferred_role': role };
}
