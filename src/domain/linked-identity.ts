import type { ProviderUserIdentifierType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { LinkedIdentity, User } from '../store/users.ts';
import type { Provider } from './identity-provider.ts';
import { findUser } from './user.ts';
import { identityKey } from './username.ts';

/** How many a user may have (developer guide, "Quotas"). */
const mostIdentities = 5;

/** The attribute name that stands for whatever the provider knows its users by. */
export const subjectName = 'Cognito_Subject';

/** The user with other identities, and the attribute that tells of them (`identities` of AdminGetUser). */
export function withLinkedIdentities(user: User, identities: readonly LinkedIdentity[]): User {
  const { identities: _before, ...attributes } = user.attributes;
  if (identities.length === 0) return { ...user, attributes, identities: undefined };
  return { ...user, attributes: { ...attributes, identities: identitiesText(identities) }, identities };
}

const identitiesText = (identities: readonly LinkedIdentity[]) => JSON.stringify(identities.map(shown));

function shown({ provider, type, value, primary, linkedAt }: LinkedIdentity) {
  return {
    userId: value,
    providerName: provider,
    providerType: type,
    issuer: null,
    primary,
    dateCreated: linkedAt,
  };
}

/** As the ID token has them: a list, in which flag and time are texts. */
export function identitiesInToken(identities: readonly LinkedIdentity[]): readonly object[] {
  return identities.map((it) => ({
    ...shown(it),
    primary: String(it.primary),
    dateCreated: String(it.linkedAt),
  }));
}

type Key = Pick<LinkedIdentity, 'provider' | 'attribute' | 'value'>;

/** Whose identity it is, linked or from the beginning. */
export async function findByIdentity(ctx: Context, pool: Pool, key: Key): Promise<User | undefined> {
  const user = await ctx.store.users.findByName(pool.id, identityKey(key));
  if (user !== undefined) ctx.note({ user: user.id });
  return user;
}

export const isSameIdentity = (a: Key, b: Key): boolean => identityKey(a) === identityKey(b);

/** The user with one identity more. Throws InvalidParameterException for one they have, LimitExceededException. */
export function withIdentity(user: User, identity: LinkedIdentity): User {
  const identities = user.identities ?? [];
  if (identities.some((it) => isSameIdentity(it, identity))) throw errors.sourceLinked();
  const linked = identities.filter(({ primary }) => !primary);
  if (linked.length >= mostIdentities) throw errors.tooManyIdentities(mostIdentities);
  return withLinkedIdentities(user, [...identities, identity]);
}

/** A local user by name, or one whom a provider knows. Throws UserNotFoundException, InvalidParameterException. */
export async function userOfIdentifier(
  ctx: Context,
  pool: Pool,
  member: 'DestinationUser' | 'User',
  { ProviderName, ProviderAttributeName, ProviderAttributeValue }: ProviderUserIdentifierType,
): Promise<User> {
  if (!ProviderName || !ProviderAttributeValue) throw errors.identityIncomplete(member);
  const user = isLocal(ProviderName)
    ? await findUser(ctx, pool, ProviderAttributeValue)
    : ((await findByIdentity(ctx, pool, {
        provider: ProviderName,
        attribute: ProviderAttributeName || subjectName,
        value: ProviderAttributeValue,
      })) ?? (await findUser(ctx, pool, federatedName(ProviderName, ProviderAttributeValue))));
  if (user === undefined) throw errors.userNotFound();
  return user;
}

/** The pool's own users have it as their provider, in any spelling (`Cognito` in the documents). */
export const isLocal = (providerName: string) => providerName.toLowerCase() === 'cognito';

/** The user name of who first signs in through a provider. */
export const federatedName = (provider: string, subject: string) => `${provider}_${subject}`;

/** Social providers know their users by the subject alone; others also by an attribute that is mapped. */
export function checkSourceAttribute({ body }: Provider, attribute: string): void {
  if (attribute === subjectName) return;
  const isMapped = Object.hasOwn(body.mapping, attribute) || Object.values(body.mapping).includes(attribute);
  if ((body.type !== 'SAML' && body.type !== 'OIDC') || !isMapped)
    throw errors.sourceAttributeInvalid(attribute);
}
