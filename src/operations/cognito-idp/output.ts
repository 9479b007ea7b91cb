import type { AttributeType, GetUserResponse, UserType } from '../../api/cognito-idp.ts';
import type { User } from '../../store/users.ts';

/** A user as AdminCreateUser, ListUsers and ListUsersInGroup show them. */
export function userOutput(user: User, attributesToGet?: readonly string[]): UserType {
  const shown = attributesToGet && new Set(attributesToGet);
  return {
    Username: user.username,
    Attributes: attributesOutput(user, shown && ((name) => shown.has(name))),
    UserCreateDate: new Date(user.createdAt),
    UserLastModifiedDate: new Date(user.modifiedAt),
    Enabled: user.enabled,
    UserStatus: user.status,
    MFAOptions: mfaOutput(user).MFAOptions,
  };
}

/** The second factors that are on, as GetUser and AdminGetUser show them. MFAOptions tells of the older form alone. */
export function mfaOutput({
  mfa,
}: User): Pick<GetUserResponse, 'MFAOptions' | 'PreferredMfaSetting' | 'UserMFASettingList'> {
  if (mfa === undefined) return {};
  return {
    MFAOptions: mfa.byOlderForm ? [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }] : undefined,
    PreferredMfaSetting: mfa.preferred,
    UserMFASettingList: mfa.enabled.length === 0 ? undefined : mfa.enabled,
  };
}

/** The attributes as a list, `sub` first; of an app client's user only those that it may read. */
export function attributesOutput(
  user: User,
  isReadable: (name: string) => boolean = () => true,
): readonly AttributeType[] {
  return Object.entries({ sub: user.id, ...user.attributes })
    .filter(([name]) => isReadable(name))
    .map(([Name, Value]) => ({ Name, Value }));
}
