import { isRawNumber } from '../triggers/exact-numbers.ts';
import type { Claims, TokenClaims } from './claims.ts';

/** What a pre token generation function wants changed in one token. */
interface TokenChanges {
  readonly add: ReadonlyMap<string, unknown>;
  readonly suppress: readonly string[];
}

/** What a pre token generation function wants changed. */
export interface Changes {
  readonly id: TokenChanges;
  readonly access: TokenChanges & {
    readonly addScopes: readonly string[];
    readonly suppressScopes: readonly string[];
  };
  /** In place of the user's own; undefined leaves these. */
  readonly groups: GroupOverride | undefined;
}

export interface GroupOverride {
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly preferredRole: string | undefined;
}

/**
 * The claims with the changes: what is both added and suppressed is suppressed. Reserved claims stay as they are,
 * whatever the function wants (that the attempt is ignored is unconfirmed; security JW-9).
 */
export function withChanges(claims: TokenClaims, changes: Changes, clientId: string): TokenClaims {
  const { id, access, groups } = changes;
  return {
    id: changed(withGroups(claims.id, groups, true), id, (name, value) => mayAdd(name) && isFit(name, value)),
    access: withScopes(
      changed(
        withGroups(claims.access, groups, false),
        access,
        (name, value) => mayAdd(name) || (name === 'aud' && value === clientId),
      ),
      access,
    ),
  };
}

function changed(
  claims: Claims,
  { add, suppress }: TokenChanges,
  isAllowed: (name: string, value: unknown) => boolean,
): Claims {
  const result = new Map(Object.entries(claims));
  for (const [name, value] of add) if (isAllowed(name, value)) result.set(name, value);
  for (const name of suppress) {
    if (name === 'cognito:groups') for (const each of groupClaims) result.delete(each);
    else if (!isReserved(name)) result.delete(name);
  }
  return Object.fromEntries(result);
}

const groupClaims = ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'];

function withGroups(claims: Claims, override: GroupOverride | undefined, isIdToken: boolean): Claims {
  if (override === undefined) return claims;
  const { groups, roles, preferredRole } = override;
  const rest = Object.entries(claims).filter(([name]) => !groupClaims.includes(name));
  return {
    ...Object.fromEntries(rest),
    ...(groups.length > 0 && { 'cognito:groups': groups }),
    ...(isIdToken && roles.length > 0 && { 'cognito:roles': roles }),
    ...(isIdToken && preferredRole && { 'cognito:preferred_role': preferredRole }),
  };
}

/** Where no scope is left, the claim goes. */
function withScopes(claims: Claims, { addScopes, suppressScopes }: Changes['access']): Claims {
  if (addScopes.length + suppressScopes.length === 0) return claims;
  const now = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : [];
  const scopes = [...new Set([...now, ...addScopes])].filter((scope) => !suppressScopes.includes(scope));
  const { scope: _before, ...rest } = claims;
  return scopes.length === 0 ? rest : { ...rest, scope: scopes.join(' ') };
}

/** Reference "Claims that can't be changed", and `scope`, which has members of its own. */
const reserved = new Set(
  (
    'acr amr at_hash aud auth_time azp client_id device_key event_id exp iat identities iss jti nbf nonce origin_jti ' +
    'scope sub token_use username version __proto__ constructor prototype'
  ).split(' '),
);

/** In any spelling: what reads tokens may not tell letter cases or forms apart. */
function isReserved(name: string): boolean {
  const folded = folds(name);
  return reserved.has(folded) || folded.startsWith('cognito:');
}

/** Developer-only attributes may be suppressed, not added. */
const mayAdd = (name: string) => !isReserved(name) && !folds(name).startsWith('dev:');

const folds = (name: string) => name.normalize('NFKC').trim().toLowerCase();

/** Some claims of the ID token hold single values only. */
function isFit(name: string, value: unknown): boolean {
  const single = ['email_verified', 'phone_number_verified', 'updated_at', 'address'];
  return !single.includes(name) || typeof value !== 'object' || isRawNumber(value);
}
