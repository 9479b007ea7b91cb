import type { CodeDeliveryDetailsType, RecoveryOptionType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import type { Destination } from './code.ts';
import { addressOfNobody, idOfNobody } from './nobody.ts';
import { autoVerified } from './pool.ts';
import type { Address } from './username.ts';

/**
 * The addresses that the pool verifies by itself, the telephone before the mail (developer guide, "Signing up and
 * confirming user accounts").
 */
export function signUpKinds(pool: Pool): readonly Address[] {
  return (['phone_number', 'email'] as const).filter((kind) => autoVerifies(pool, kind));
}

export function autoVerifies(pool: Pool, kind: Address): boolean {
  return autoVerified(pool).includes(kind);
}

/** The first of these addresses that the user has. Undefined: nothing is sent. */
export function firstPresent(
  kinds: readonly Address[],
  attributes: User['attributes'],
): Destination | undefined {
  return kinds
    .map((attribute) => ({ attribute, address: attributes[attribute] ?? '' }))
    .find(({ address }) => address !== '');
}

/**
 * By which addresses a pool lets its users recover their accounts, the first choice first (API reference:
 * AccountRecoverySettingType; pools without the setting: telephone, then mail). Where only an administrator may help, users
 * are refused with NotAuthorizedException, and so is a reset by the administrator, who sets a password instead (API
 * reference: AdminResetUserPassword).
 */
export function recoveryKinds(pool: Pool, by: 'user' | 'administrator' = 'user'): readonly Address[] {
  const mechanisms = pool.settings.AccountRecoverySetting?.RecoveryMechanisms ?? [];
  if (mechanisms.some(({ Name }) => Name === 'admin_only'))
    throw by === 'user' ? errors.contactAdministrator() : errors.noRecovery();
  if (mechanisms.length === 0) return ['phone_number', 'email'];
  return mechanisms.toSorted((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0)).map(kindOf);
}

/** The address to which a pool sends reset codes first; none where only an administrator may help. */
export function primaryRecovery(pool: Pool): Address | undefined {
  const mechanisms = pool.settings.AccountRecoverySetting?.RecoveryMechanisms ?? [];
  if (mechanisms.some(({ Name }) => Name === 'admin_only')) return undefined;
  return recoveryKinds(pool)[0];
}

function kindOf({ Name }: RecoveryOptionType): Address {
  return Name === 'verified_email' ? 'email' : 'phone_number';
}

/** Where a reset code goes: only to an address of the user that is verified. Undefined when there is none. */
export function recoveryDestination(kinds: readonly Address[], user: User): Destination | undefined {
  const verified = kinds.filter((kind) => user.attributes[`${kind}_verified`] === 'true');
  return firstPresent(verified, user.attributes);
}

/** What the answer tells of the way of a code, masked. */
export function deliveryDetails({ attribute, address }: Destination): CodeDeliveryDetailsType {
  return {
    Destination: masked(attribute, address),
    DeliveryMedium: mediumOf(attribute),
    AttributeName: attribute,
  };
}

export function mediumOf(attribute: Address): 'EMAIL' | 'SMS' {
  return attribute === 'email' ? 'EMAIL' : 'SMS';
}

/** `j***@e***` and `+*******4444` (recorded answers). */
function masked(attribute: Address, address: string): string {
  if (attribute === 'phone_number') {
    const digits = address.slice(1);
    return `+${'*'.repeat(Math.max(0, digits.length - 4))}${digits.slice(-4)}`;
  }
  const at = address.lastIndexOf('@');
  const first = (text: string) => Array.from(text)[0] ?? '';
  return `${first(address)}***@${first(address.slice(at + 1))}***`;
}

/**
 * What the answer tells somebody who names a user that does not exist: the same for the same name at every call, from
 * the name itself where it is an address or the UUID that a challenge gave for one, else from a keyed hash of it (security
 * EN-5).
 */
export function simulatedDetails(
  ctx: Context,
  pool: Pool,
  name: string,
  kinds: readonly Address[],
): CodeDeliveryDetailsType {
  const id = idOfNobody(ctx, pool, name);
  const named = addressOfNobody(ctx, pool, name);
  if (named !== undefined && kinds.includes(named.attribute)) return deliveryDetails(named);
  const hash = ctx.vault.mac('unknown-user', 'delivery', pool.id, id);
  const letter = (index: number) => String.fromCodePoint(97 + (hash.readUInt32BE(index) % 26));
  const invented: Readonly<Record<Address, string>> = {
    email: `${letter(0)}@${letter(4)}`,
    phone_number: `+1555555${String(hash.readUInt32BE(8) % 10_000).padStart(4, '0')}`,
  };
  const attribute = kinds[0] ?? 'email';
  return deliveryDetails({ attribute, address: invented[attribute] });
}
