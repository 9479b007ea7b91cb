import type {
  AdminDisableProviderForUserRequest,
  AdminLinkProviderForUserRequest,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { providerOf } from '../../domain/identity-provider.ts';
import {
  checkSourceAttribute,
  federatedName,
  isLocal,
  isSameIdentity,
  subjectName,
  userOfIdentifier,
  withIdentity,
  withLinkedIdentities,
} from '../../domain/linked-identity.ts';
import { hasPassword } from '../../domain/password.ts';
import { poolOf } from '../../domain/pool.ts';
import { changeUser, findUser } from '../../domain/user.ts';
import * as errors from '../../errors.ts';
import type { LinkedIdentity, User } from '../../store/users.ts';

/**
 * Lets somebody whom a provider knows sign in as a user who is here. The identity must not have signed in yet, and is one
 * user's at a time; of two callers one links it.
 *
 * Throws InvalidParameterException for a local user or a known identity as the source, LimitExceededException,
 * UserNotFoundException, ResourceNotFoundException for an unknown provider.
 */
export async function AdminLinkProviderForUser(
  ctx: Context,
  { UserPoolId, DestinationUser, SourceUser }: AdminLinkProviderForUserRequest,
): Promise<void> {
  const pool = await poolOf(ctx, UserPoolId);
  const { ProviderName: name, ProviderAttributeName, ProviderAttributeValue: value } = SourceUser;
  if (!name || !value) throw errors.identityIncomplete('SourceUser');
  if (isLocal(name)) throw errors.sourceIsLocal();
  const provider = await providerOf(ctx, pool, name);
  const attribute = ProviderAttributeName || subjectName;
  checkSourceAttribute(provider, attribute);
  const user = await userOfIdentifier(ctx, pool, 'DestinationUser', DestinationUser);
  if (attribute === subjectName && (await findUser(ctx, pool, federatedName(name, value))) !== undefined)
    throw errors.sourceSignedUp();
  const identity: LinkedIdentity = {
    provider: name,
    type: provider.body.type,
    attribute,
    value,
    primary: false,
    linkedAt: ctx.now(),
  };
  await changeUser(ctx, pool, user, (now) => withIdentity(now, identity), { taken: errors.sourceSignedUp });
}

/**
 * Ends a way to sign in: a link is removed; what a user was made by is kept and serves no more; a local user's password
 * is gone.
 *
 * Throws UserNotFoundException for whom nobody here is known by.
 */
export async function AdminDisableProviderForUser(
  ctx: Context,
  { UserPoolId, User: identifier }: AdminDisableProviderForUserRequest,
): Promise<void> {
  const pool = await poolOf(ctx, UserPoolId);
  const user = await userOfIdentifier(ctx, pool, 'User', identifier);
  const { ProviderName = '', ProviderAttributeName, ProviderAttributeValue: value = '' } = identifier;
  const key = { provider: ProviderName, attribute: ProviderAttributeName || subjectName, value };
  await changeUser(ctx, pool, user, (now) =>
    isLocal(ProviderName) ? withoutPassword(now) : withoutIdentity(now, key),
  );
}

function withoutPassword(user: User): User {
  if (!hasPassword(user)) return user;
  const { password: _gone, importedHash: _too, ...rest } = user;
  return rest;
}

function withoutIdentity(user: User, key: Pick<LinkedIdentity, 'provider' | 'attribute' | 'value'>): User {
  const identities = (user.identities ?? []).flatMap((identity) => {
    if (!isSameIdentity(identity, key)) return [identity];
    return identity.primary ? [{ ...identity, disabled: true }] : [];
  });
  return withLinkedIdentities(user, identities);
}
